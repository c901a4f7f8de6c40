// SCRAM-SHA-256: the example of RFC 7677, dialogues recorded with another implementation, and clients that mean no good.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ScramUsers, scramMethod } from '../../src/access/scram.ts';
import { deriveScramKeys, fakeScramKeys, type ScramKeys } from '../../src/access/scram-keys.ts';
import { readClientFinal, readClientFirst } from '../../src/access/scram-messages.ts';
import type { AuthenticationStep } from '../../src/broker/admission/authentication-method.ts';
import { clientInfo, credentials } from '../support/clients.ts';

interface Dialogue {
  readonly username: string;
  readonly password: string;
  readonly iterations: number;
  readonly salt: string;
  readonly nonce: string;
  readonly clientFirst: string;
  readonly serverFirst: string;
  readonly clientFinal: string;
  /** Null where the password was wrong. */
  readonly serverFinal: string | null;
}

/** Spoken by scramp 1.5.0 (Python) as the client. */
const RECORDED = JSON.parse(readFileSync(new URL('./scram-dialogues.json', import.meta.url), 'utf8')) as Dialogue[];

/** RFC 7677 §3. */
const RFC: Dialogue = {
  username: 'user',
  password: 'pencil',
  iterations: 4096,
  salt: 'W22ZaJ0SNY7soEsUEjb6gQ==',
  nonce: '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
  clientFirst: 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO',
  serverFirst: 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
  clientFinal:
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  serverFinal: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
};

const bytes = (text: string) => Buffer.from(text);
const text = (step: AuthenticationStep) =>
  step.type === 'failure' ? 'failure' : Buffer.from(step.data ?? []).toString();

function keysOf({ password, salt, iterations }: Dialogue): ScramKeys {
  return deriveScramKeys(password, { salt: Buffer.from(salt, 'base64'), iterations });
}

function exchange(users: ScramUsers, nonce: string, username?: string) {
  const method = scramMethod(users, { nonce: () => nonce });
  return method.begin(clientInfo(), username === undefined ? undefined : credentials(username));
}

const one = (keys: ScramKeys): ScramUsers => ({ keysOf: () => ({ keys, exists: true }) });

describe('SCRAM-SHA-256', () => {
  it.each([RFC, ...RECORDED].map((dialogue) => [dialogue.username, dialogue] as const))(
    'the dialogue of %s',
    async (_, dialogue) => {
      const each = exchange(one(keysOf(dialogue)), dialogue.nonce);
      expect(text(await each.next(bytes(dialogue.clientFirst)))).toBe(dialogue.serverFirst);
      const last = await each.next(bytes(dialogue.clientFinal));
      expect(text(last)).toBe(dialogue.serverFinal ?? 'failure');
      if (dialogue.serverFinal !== null)
        expect(last).toMatchObject({ type: 'success', admission: { username: dialogue.username.normalize('NFKC') } });
    },
  );

  it('waits for a keystore that answers later, and asks a client without data to begin', async () => {
    const each = exchange({ keysOf: () => Promise.resolve({ keys: keysOf(RFC), exists: true }) }, RFC.nonce);
    expect(await each.next(undefined)).toEqual({ type: 'continue' });
    expect(text(await each.next(bytes(RFC.clientFirst)))).toBe(RFC.serverFirst);
    expect(text(await each.next(bytes(RFC.clientFinal)))).toBe(RFC.serverFinal);
  });

  it('gives another nonce each time', async () => {
    const method = scramMethod(one(keysOf(RFC)));
    const firsts = await Promise.all(
      [1, 2].map(async () => text(await method.begin(clientInfo(), undefined).next(bytes(RFC.clientFirst)))),
    );
    expect(firsts[0]).not.toBe(firsts[1]);
    expect(firsts[0]).toMatch(/^r=rOprNGfwEbeRWgbNEkqO[A-Za-z0-9+/]{24},s=/);
  });

  it('a user that does not exist gets a challenge like any other, always the same salt, and fails as a wrong password does', async () => {
    const secret = Buffer.alloc(32, 7);
    const users: ScramUsers = { keysOf: (name) => ({ keys: fakeScramKeys(name, secret, 4096), exists: false }) };
    const salts = [];
    for (const nonce of ['one', 'two']) {
      const each = exchange(users, nonce);
      const challenge = text(await each.next(bytes(RFC.clientFirst)));
      salts.push(/s=([^,]+),i=4096$/.exec(challenge)?.[1]);
      const final = `c=biws,r=rOprNGfwEbeRWgbNEkqO${nonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`;
      expect(await each.next(bytes(final))).toEqual({ type: 'failure', reasonCode: 0x86 });
    }
    expect(salts[0]).toBe(salts[1]);
    expect(Buffer.from(salts[0]!, 'base64')).toHaveLength(16);
    expect(fakeScramKeys('other', secret, 4096).salt).not.toEqual(fakeScramKeys('user', secret, 4096).salt);
  });

  it('y instead of n is fine, as channel binding is not offered, and must be said again at the end', async () => {
    const keys = keysOf(RFC);
    const each = exchange(one(keys), RFC.nonce);
    await each.next(bytes(RFC.clientFirst.replace(/^n/, 'y')));
    expect((await each.next(bytes(RFC.clientFinal))).type).toBe('failure'); // it says biws = n,,
  });

  it.each([
    ['a client that insists on channel binding', 'p=tls-exporter,,n=user,r=abc'],
    ['an extension that must be understood', 'n,,m=x,n=user,r=abc'],
    ['another identity than its own', 'n,a=admin,n=user,r=abc'],
    ['no user name', 'n,,n=,r=abc'],
    ['a name with a bare equals sign', 'n,,n=a=b,r=abc'],
    ['a nonce with a space', 'n,,n=user,r=a c'],
    ['no nonce', 'n,,n=user,r='],
    ['a name that SASLprep forbids', 'n,,n=us\u0007er,r=abc'],
    ['nothing that is SCRAM', 'hello'],
    ['far too much', `n,,n=${'u'.repeat(3_000)},r=abc`],
  ])('refuses %s', async (_, first) => {
    const each = exchange(one(keysOf(RFC)), 'x');
    expect(await each.next(bytes(first))).toEqual({ type: 'failure', reasonCode: 0x86 });
    expect(await each.next(bytes(RFC.clientFirst))).toEqual({ type: 'failure', reasonCode: 0x86 });
  });

  it('refuses another user than CONNECT names, and a final message with another nonce, a short proof or none', async () => {
    expect((await exchange(one(keysOf(RFC)), 'x', 'admin').next(bytes(RFC.clientFirst))).type).toBe('failure');
    expect((await exchange(one(keysOf(RFC)), 'x', 'user').next(bytes(RFC.clientFirst))).type).toBe('continue');
    const finals = [
      RFC.clientFinal.replace('r=rOpr', 'r=xOpr'),
      RFC.clientFinal.replace(/p=.*/, 'p=AAAA'),
      RFC.clientFinal.replace(/,p=.*/, ''),
      '',
    ];
    for (const final of finals) {
      const each = exchange(one(keysOf(RFC)), RFC.nonce);
      await each.next(bytes(RFC.clientFirst));
      expect((await each.next(bytes(final))).type).toBe('failure');
      expect((await each.next(bytes(RFC.clientFinal))).type).toBe('failure'); // one try each
    }
  });

  it('whatever a client sends, nothing is thrown, and only the right proof is let in', async () => {
    const piece = fc.constantFrom(
      'n,,',
      'y,',
      'a=',
      'n=user',
      'r=',
      'abc',
      ',',
      '=',
      '=2C',
      'c=biws',
      'p=AAAA',
      '\0',
      '\u20ac',
    );
    const message = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc.array(piece, { maxLength: 12 }).map((parts) => bytes(parts.join(''))),
    );
    const keys = keysOf(RFC);
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 4 }), async (messages) => {
        const each = exchange(one(keys), 'nonce');
        for (const data of messages) expect((await each.next(data)).type).not.toBe('success');
        for (const data of messages) {
          readClientFirst(data);
          readClientFinal(data);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
