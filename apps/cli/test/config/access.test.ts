// Options about access: what goes together, and who is let in where.
import { describe, expect, it } from 'vitest';
import { opennessOf } from '../../src/access-assembly.ts';
import { load, mistakes } from './load.ts';

const REACHABLE = ['--listen', 'mqtt://0.0.0.0:1883'];
const PASSWORDS = ['--password-file', 'x'];

describe('a listener that others can reach', () => {
  it('does not start without anybody who asks who they are, unless that is meant', () => {
    expect(mistakes({ args: REACHABLE })).toEqual([
      '--listen mqtt://0.0.0.0:1883 would admit everybody from everywhere: give --password-file, a key for tokens (--jwt-…), --auth-http or --certificate-user; or say --allow-anonymous',
    ]);
    for (const more of [PASSWORDS, ['--auth-http', 'http://x'], ['--allow-anonymous'], ['--certificate-user', 'dns']]) {
      expect(mistakes({ args: [...REACHABLE, ...more] })).toEqual([]);
    }
    expect(mistakes({ file: 'listeners:\n  - url: mqtt://0.0.0.0:1883\n    allowAnonymous: true\n' })).toEqual([]);
    expect(mistakes({ file: 'listeners:\n  - url: mqtt://[::]:1883\n' })[0]).toContain('would admit everybody');
  });

  it('may ask for certificates instead', () => {
    const tls = { cert: 'c', key: 'k', ca: 'a' };
    const file = JSON.stringify({ listeners: [{ url: 'mqtts://0.0.0.0:8883', tls }] });
    expect(mistakes({ file })).toEqual([]);
  });
});

describe('what the start says of a listener', () => {
  const said = (args: string[]) => {
    const configuration = load({ args });
    return configuration.listeners.map((listener) => opennessOf(listener, configuration));
  };

  it('is who may connect there', () => {
    expect(said([])).toEqual(Array(3).fill('open to everybody from this machine'));
    expect(said([...REACHABLE, '--allow-anonymous'])).toEqual(['open to everybody from everywhere']);
    expect(said([...REACHABLE, ...PASSWORDS])).toEqual(['open to clients that authenticate themselves']);
    expect(said([...REACHABLE, '--no-allow-anonymous'])).toEqual(['open to nobody']);
  });
});

describe('client identifiers', () => {
  it('can be bound to users only where there are some', () => {
    expect(mistakes({ args: ['--client-ids', '%u-*'] })).toEqual([
      expect.stringContaining('--client-ids needs clients'),
    ]);
    expect(mistakes({ args: ['--client-ids', '%u-*', ...PASSWORDS] })).toEqual([]);
  });
});

describe('tokens', () => {
  it('have one key, and algorithms', () => {
    const key = ['--jwt-public-key', 'x'];
    expect(mistakes({ args: [...key, '--jwt-jwks', 'y'] })).toEqual([
      'give one of --jwt-public-key, --jwt-jwks and --jwt-secret-file',
    ]);
    expect(mistakes({ args: key })[0]).toContain('tokens need --jwt-algorithm');
    expect(mistakes({ args: ['--jwt-algorithm', 'ES256'] })[0]).toContain('--jwt-algorithm needs one of');
    expect(mistakes({ args: [...key, '--jwt-algorithm', 'none'] })[0]).toContain('must be a list, each one of HS256');
    expect(mistakes({ args: [...key, '--jwt-algorithm', 'ES256'] })).toEqual([]);
  });
});
