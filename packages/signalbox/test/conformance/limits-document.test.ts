// docs/guide/limits.md against the code: every limit is there once, with its default, and nothing else is.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/broker/limits.ts';

const DOCUMENT = readFileSync(new URL('../../../../docs/guide/limits.md', import.meta.url), 'utf8');
const ROWS = DOCUMENT.split('\n')
  .filter((line) => /^\| `/.test(line))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

it('docs/guide/limits.md has every limit with its default, and no other', () => {
  const documented = ROWS.map(([name = '', value = '']) => [name.slice(1, -1), Number(value.replaceAll(',', ''))]);
  expect(Object.fromEntries(documented)).toEqual(DEFAULT_LIMITS);
  expect(documented).toHaveLength(Object.keys(DEFAULT_LIMITS).length);
});

it('docs/guide/limits.md says of every limit what a client meets', () => {
  for (const row of ROWS) expect(row.filter((cell) => cell !== '')).toHaveLength(4);
});
