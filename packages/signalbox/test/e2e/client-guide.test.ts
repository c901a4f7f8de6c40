// The code in docs/guide/client.md, run as it stands against a broker: it prints what its comments say, in that order.
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Broker } from '../../src/broker/index.ts';
import { codeOf, runCode } from '../support/document-code.ts';

let broker: Broker;
let url = '';

beforeAll(async () => {
  broker = new Broker({ systemTopicsIntervalMs: 0 });
  url = (await broker.listen('mqtt://127.0.0.1:0')).url;
});

afterAll(() => broker.close());

describe('docs/guide/client.md', () => {
  const examples = codeOf('guide/client.md');

  it('has examples', () => {
    expect(examples.length).toBeGreaterThan(9);
  });

  it.each(examples.map((code, index) => [index + 1, code] as const))(
    'example %i does what it says',
    async (_, code) => {
      const lines: string[] = [];
      const text = (word: unknown): string => (typeof word === 'string' ? word : inspect(word));
      const console = { log: (...words: unknown[]) => void lines.push(words.map(text).join(' ')) };
      await runCode(code.replaceAll('mqtt://127.0.0.1:1883', url), { console });
      expect(lines).toEqual([...code.matchAll(/\/\/ prints: (.*)$/gm)].map(([, line]) => line));
    },
  );
});
