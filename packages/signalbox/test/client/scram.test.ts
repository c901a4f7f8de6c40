// SCRAM-SHA-256 of the client: the example of RFC 7677, our own server half, and servers that mean no good.
import { describe, expect, it } from 'vitest';
import { scramMethod } from '../../src/access/scram.ts';
import { deriveScramKeys } from '../../src/access/scram-keys.ts';
import { scramSha256 } from '../../src/client/authentication/scram.ts';
import { clientInfo } from '../support/clients.ts';

/** RFC 7677 §3. */
const NONCE = 'rOprNGfwEbeRWgbNEkqO';
const SERVER_FIRST = `r=${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`;
const CLIENT_FINAL = `c=biws,r=${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`;
const SERVER_FINAL = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array | undefined) => new TextDecoder().decode(data);

const begin = (username = 'user', password = 'pencil') =>
  scramSha256({ username, password }, { nonce: () => NONCE }).begin();

async function answered(serverFirst = SERVER_FIRST) {
  const exchange = begin();
  await exchange.first();
  await exchange.next(bytes(serverFirst));
  return exchange;
}

/** The server has not shown that it knows the password. */
const UNTRUSTED = expect.objectContaining({ code: 'SERVER_NOT_AUTHENTIC' });

describe('SCRAM-SHA-256 of a client', () => {
  it('speaks the dialogue of RFC 7677', async () => {
    const exchange = begin();
    expect(text((await exchange.first())!)).toBe(`n,,n=user,r=${NONCE}`);
    expect(text((await exchange.next(bytes(SERVER_FIRST)))!)).toBe(CLIENT_FINAL);
    await exchange.last(bytes(SERVER_FINAL));
  });

  it.each([
    ['Müller,=x', 'geheim'],
    ['user', 'pass\u00a0word \u2168'],
  ])('is understood by our server: %s', async (username, password) => {
    const keys = deriveScramKeys(password, { salt: Buffer.from('0123456789abcdef'), iterations: 4096 });
    const asked: string[] = [];
    const server = scramMethod({
      keysOf: (name: string) => {
        asked.push(name);
        return { keys, exists: true };
      },
    }).begin(clientInfo(), undefined);
    const exchange = scramSha256({ username, password }).begin();
    const challenge = await server.next((await exchange.first())!);
    if (challenge.type !== 'continue') throw new Error(challenge.type);
    const success = await server.next((await exchange.next(challenge.data!))!);
    if (success.type !== 'success') throw new Error(success.type);
    await exchange.last(success.data!);
    expect(asked).toEqual([username]);
  });

  it.each([
    ['with a nonce of its own', SERVER_FIRST.replace(NONCE, 'x')],
    ['with our nonce alone', `r=${NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`],
    ['with few iterations', SERVER_FIRST.replace('4096', '4095')],
    ['with iterations without end', SERVER_FIRST.replace('4096', '999999999')],
    ['with another protocol', 'hello'],
    ['with an extension that must be understood', `m=x,${SERVER_FIRST}`],
    ['with nothing', ''],
  ])('a server %s gets no proof', async (_, serverFirst) => {
    await expect(answered(serverFirst)).rejects.toMatchObject({ code: 'SERVER_NOT_AUTHENTIC' });
  });

  it.each([['v=AAAA'], [''], ['e=invalid-proof'], [SERVER_FINAL.slice(0, -4)]])(
    'a server that ends with %o is not trusted',
    async (serverFinal) => {
      const exchange = await answered();
      expect(() => exchange.last(bytes(serverFinal))).toThrowError(UNTRUSTED);
    },
  );

  it('a server that asks twice, or ends before it asked, is not trusted', async () => {
    const exchange = await answered();
    await expect(exchange.next(bytes(SERVER_FIRST))).rejects.toMatchObject({ code: 'SERVER_NOT_AUTHENTIC' });
    expect(() => begin().last(bytes(SERVER_FINAL))).toThrowError(UNTRUSTED);
    expect(() => begin().last(undefined)).toThrowError(UNTRUSTED);
  });

  it.each([
    ['', 'x'],
    ['x', ''],
    ['a\u0007', 'x'],
  ])('user name %o and password %o are refused at once', (username, password) => {
    expect(() => scramSha256({ username, password })).toThrowError(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});
