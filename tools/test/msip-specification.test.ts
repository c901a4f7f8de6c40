// docs/msip.md and its list of statements say the same: the same ids in the same order, each with its level in its text.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

interface Statement {
  readonly id: string;
  readonly text: string;
}

const page = read('docs/msip.md');
const [body = ''] = page.split('\n## Appendix A');
const stated: readonly Statement[] = [
  ...body.matchAll(/^- \*\*\[(MSIP-[\d.]+-\d+)\]\*\*((?:.|\n(?! *[-#|\n]))+)/gm),
].map(([, id = '', text = '']) => ({ id, text }));
const listed = read('spec/msip-1.tsv')
  .trimEnd()
  .split('\n')
  .slice(1)
  .map((line) => line.split('\t'));

it('the page and the list have the same statements in the same order', () => {
  expect(stated.map(({ id }) => id)).toEqual(listed.map(([id]) => id));
});

it('the text of each statement has the word that is its level', () => {
  const wrong = listed.filter(([id, level]) => {
    const text = stated.find((statement) => statement.id === id)?.text ?? '';
    return !new RegExp(`\\b${level}\\b`).test(text);
  });
  expect(wrong).toEqual([]);
});

it('a statement that binds by MUST says so; one that does not has the weaker word alone', () => {
  const wrong = listed.filter(([id, level]) => {
    const text = stated.find((statement) => statement.id === id)?.text ?? '';
    return level !== 'MUST' && /\bMUST\b/.test(text);
  });
  expect(wrong).toEqual([]);
});

it('every id that the page mentions is a statement', () => {
  const known = new Set(listed.map(([id]) => id));
  const mentioned = [...page.matchAll(/\[(MSIP-\d[\d.]*-\d+)\]/g)].map(([, id]) => id);
  expect(mentioned.filter((id) => !known.has(id))).toEqual([]);
});
