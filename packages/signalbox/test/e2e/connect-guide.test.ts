// The code in docs/guide/connect.md, run as it stands: it prints what its comments say, in that order.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { codeOf, runCode } from '../support/document-code.ts';

const CERTIFICATES = new URL('../support/certificates/', import.meta.url);
const PAGE = readFileSync(new URL('../../../../docs/guide/connect.md', import.meta.url), 'utf8');

/** The code with files as they are here; `await using`, which older versions of Node do not know, in what it stands for. */
function atHome(code: string): string {
  const file = (_: string, name: string): string => JSON.stringify(fileURLToPath(new URL(name, CERTIFICATES)));
  return code
    .replace(/'(\w+\.(?:crt|key))'/g, file)
    .replace(
      /^ {2}await using (\w+) = (.*?);.*\n(.*)$/m,
      '  const $1 = $2;\n  try {\n$3\n  } finally {\n    await $1.close();\n  }',
    );
}

/** Names of the fields of an interface, from its source. */
function fieldsOf(source: string, name: string): string[] {
  const text = readFileSync(new URL(`../../src/connect/${source}`, import.meta.url), 'utf8');
  const body = new RegExp(`^export interface ${name}\\b.*?{\\n(.*?)^}`, 'ms').exec(text)?.[1] ?? '';
  return [...body.matchAll(/^ {2}readonly (\w+)/gm)].map(([, field]) => field ?? '');
}

describe('docs/guide/connect.md', () => {
  const examples = codeOf('guide/connect.md');

  it('has examples', () => {
    expect(examples.length).toBeGreaterThan(6);
  });

  it.each([
    ['connection-options.ts', 'ConnectionOptions', ['clock']],
    ['liveness.ts', 'KeepAliveOptions', []],
    ['link-queue.ts', 'LinkQueueOptions', []],
    ['link-options.ts', 'LinkOptions', ['dial']],
    ['requester.ts', 'RequesterOptions', ['clock']],
  ] as const)('has every option: %s, %s', (source, name, left) => {
    const fields = fieldsOf(source, name).filter((field) => !(left as readonly string[]).includes(field));
    expect(fields.length).toBeGreaterThan(1);
    expect(fields.filter((field) => !new RegExp(`\\b${field}\\b`).test(PAGE))).toEqual([]);
  });

  it.each(examples.map((code, index) => [index + 1, code] as const))(
    'example %i does what it says',
    async (_, code) => {
      const lines: string[] = [];
      const text = (word: unknown): string => (typeof word === 'string' ? word : inspect(word));
      const console = { log: (...words: unknown[]) => void lines.push(words.map(text).join(' ')) };
      await runCode(atHome(code), { console });
      expect(lines).toEqual([...code.matchAll(/\/\/ prints: (.*)$/gm)].map(([, line]) => line));
    },
  );
});
