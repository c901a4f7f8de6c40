// The code in docs/guide/client.md, run as it stands against a broker: it prints what its comments say, in that order.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deriveScramKeys, scramMethod } from '../../src/access/index.ts';
import { Broker } from '../../src/broker/index.ts';
import { codeOf, runCode } from '../support/document-code.ts';
import { CLIENT_TLS, SERVER_TLS } from '../transport/stage.ts';
import { httpProxy, type TestProxy } from '../transport/test-proxies.ts';

const CERTIFICATES = new URL('../support/certificates/', import.meta.url);
let broker: Broker;
let proxy: TestProxy;
/** What stands on the page, and what it is here. */
let places: readonly (readonly [string, string])[] = [];

beforeAll(async () => {
  const keys = deriveScramKeys('secret', { iterations: 4096 });
  const scram = scramMethod({ keysOf: (username) => ({ keys, exists: username === 'alice' }) });
  broker = new Broker({ systemTopicsIntervalMs: 0, hooks: { authenticationMethods: [scram] } });
  proxy = await httpProxy();
  const tls = { ...SERVER_TLS, ca: CLIENT_TLS.ca, requestCert: true };
  const secure = new URL((await broker.listen('mqtts://localhost:0', { tls })).url);
  places = [
    ['mqtt://127.0.0.1:1883', (await broker.listen('mqtt://127.0.0.1:0')).url],
    ['mqtts://localhost:8883', `mqtts://localhost:${secure.port}`],
    ['http://127.0.0.1:3128', `http://127.0.0.1:${proxy.port}`],
  ];
});

afterAll(async () => {
  await broker.close();
  await proxy.close();
});

/** The code with addresses and files as they are here. */
function atHome(code: string): string {
  const file = (_: string, name: string): string => JSON.stringify(fileURLToPath(new URL(name, CERTIFICATES)));
  return places
    .reduce((text, [there, here]) => text.replaceAll(there, here), code)
    .replace(/'(\w+\.(?:crt|key))'/g, file);
}

/** Names of the fields of an interface of the client, from its source. */
function fieldsOf(source: string, name: string): string[] {
  const text = readFileSync(new URL(`../../src/client/${source}`, import.meta.url), 'utf8');
  const body = new RegExp(`^export interface ${name}\\b.*?{\\n(.*?)^}`, 'ms').exec(text)?.[1] ?? '';
  return [...body.matchAll(/^ {2}readonly (\w+)/gm)].map(([, field]) => field ?? '');
}

describe('docs/guide/client.md', () => {
  const examples = codeOf('guide/client.md');

  it('has examples', () => {
    expect(examples.length).toBeGreaterThan(9);
  });

  it.each([
    ['client-options.ts', 'ClientOptions'],
    ['client-options.ts', 'QueueOptions'],
    ['receiving/subscription.ts', 'SubscribeOptions'],
  ])('has every option: %s, %s', (source, name) => {
    const page = readFileSync(new URL('../../../../docs/guide/client.md', import.meta.url), 'utf8');
    const fields = fieldsOf(source, name);
    expect(fields.length).toBeGreaterThan(4);
    expect(fields.filter((field) => !new RegExp(`\`(?:queue\\.)?${field}\\b`).test(page))).toEqual([]);
  });

  it.each(examples.map((code, index) => [index + 1, code] as const))(
    'example %i does what it says',
    async (_, code) => {
      const lines: string[] = [];
      const text = (word: unknown): string => (typeof word === 'string' ? word : inspect(word));
      const console = { log: (...words: unknown[]) => void lines.push(words.map(text).join(' ')) };
      const tunnels = proxy.targets.length;
      await runCode(atHome(code), { console });
      expect(proxy.targets.length - tunnels).toBe(code.includes('proxy:') ? 1 : 0);
      expect(lines).toEqual([...code.matchAll(/\/\/ prints: (.*)$/gm)].map(([, line]) => line));
    },
  );
});
