// The code in docs/guide/msip.md and docs/guide/coming-from-msip.md, run as it stands against a broker; and nothing of the
// client is left out there.
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { transformSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Broker } from '../../src/broker/index.ts';
import { MsipClient } from '../../src/msip-client/index.ts';
import { codeOf, runCode } from '../support/document-code.ts';
import { MsipReferenceClient } from '../support/msip-reference-client.ts';

const page = (name: string) => readFileSync(new URL(`../../../../docs/guide/${name}.md`, import.meta.url), 'utf8');
let broker: Broker;
let port = '';

beforeAll(async () => {
  broker = new Broker({ systemTopicsIntervalMs: 0 });
  port = new URL((await broker.listen('msip://127.0.0.1:0')).url).port;
});
afterAll(() => broker.close());

/** The lines a program prints. `await using` is newer than the oldest Node this runs on. */
async function linesOf(code: string): Promise<string[]> {
  const lines: string[] = [];
  const text = (word: unknown): string => (typeof word === 'string' ? word : inspect(word));
  const console = { log: (...words: unknown[]) => void lines.push(words.map(text).join(' ')) };
  const here = code.replaceAll('127.0.0.1:9000', `127.0.0.1:${port}`).replaceAll('port: 9000', `port: ${port}`);
  const imports = [...here.matchAll(/^import .*$/gm)].map(([line]) => line).join('\n');
  const body = `async () => {\n${here.replace(/^import .*$/gm, '')}\n}`;
  const { code: lowered } = transformSync(body, { target: 'es2022' });
  await runCode(`${imports}\nawait (${lowered.replace(/^var __.*?(?=\(?async \(\))/s, '').replace(/;\s*$/, '')})();`, {
    console,
    ...helpersOf(lowered),
  });
  return lines;
}

/** What the lowered code takes for granted. */
function helpersOf(lowered: string): Record<string, unknown> {
  const declared = /^(var __.*?)(?=\(?async \(\))/s.exec(lowered)?.[1] ?? '';
  const names = [...declared.matchAll(/^var (__\w+)/gm)].map(([, name]) => name!);
  return new Function(`${declared}; return { ${names.join(', ')} };`)() as Record<string, unknown>;
}

/** Names of the fields of an interface of the client, from its source. */
function fieldsOf(source: string, name: string): string[] {
  const text = readFileSync(new URL(`../../src/msip-client/${source}`, import.meta.url), 'utf8');
  const body = new RegExp(`^export interface ${name}\\b.*?{\\n(.*?)^}`, 'ms').exec(text)?.[1] ?? '';
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??:/gm)].map(([, field]) => field ?? '');
}

describe('docs/guide/msip.md', () => {
  const examples = codeOf('guide/msip.md');

  it('has examples', () => {
    expect(examples.length).toBeGreaterThan(5);
  });

  it.each(examples.map((code, index) => [index + 1, code] as const))(
    'example %i does what it says',
    async (_, code) => {
      const printed = [...code.matchAll(/\/\/ prints: (.*)$/gm)].map(([, line]) => line);
      const lines = await linesOf(code);
      expect([...lines].sort()).toEqual([...printed].sort());
    },
  );

  it.each([
    ['client-options.ts', 'MsipClientOptions'],
    ['client-options.ts', 'MsipQueueOptions'],
    ['publication.ts', 'MsipPublishOptions'],
    ['subscription.ts', 'MsipSubscribeOptions'],
    ['client-events.ts', 'MsipClientEvents'],
  ])('has everything of %s, %s', (source, name) => {
    const fields = fieldsOf(source, name);
    const text = page('msip');
    expect(fields.length).toBeGreaterThan(2);
    expect(fields.filter((field) => !new RegExp(`\`[^\`]*\\b${field}\\b`).test(text))).toEqual([]);
  });
});

describe('docs/guide/coming-from-msip.md', () => {
  const text = page('coming-from-msip');

  it('has every option, method and event of the reference', () => {
    const { options } = new MsipReferenceClient();
    const methods = Object.getOwnPropertyNames(MsipReferenceClient.prototype).filter((name) => name !== 'constructor');
    const events = ['connect', 'disconnect', 'reconnecting', 'message', 'event', 'ack', 'pong', 'error', 'frame'];
    for (const name of [...Object.keys(options), ...methods, ...events]) {
      expect(text).toMatch(new RegExp(`^\\| [^|]*\`${name}\\b`, 'm'));
    }
    const ours = MsipClient.prototype as unknown as Record<string, unknown>;
    expect(methods.filter((name) => typeof ours[name] !== 'function')).toEqual([]);
  });

  it('the program there runs with either import', async () => {
    const code = /^```js after\n(.*?)^```$/ms.exec(text)![1]!;
    const before = /^```js before\n(.*?)^```$/ms.exec(text)![1]!;
    const body = (one: string) => one.replace(/^import .*$/m, '').replace(/MSIPClient/i, 'Client');
    expect(body(before).toLowerCase()).toBe(body(code).toLowerCase());
    const lines = await linesOf(
      `${code}\nawait new Promise((resolve) => client.on('message', resolve));\nawait client.disconnect();`,
    );
    expect(lines).toEqual(['room/1 hello']);
  });
});
