// Tokens: who is let in with which, and every way in which one is not right.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, SignJWT } from 'jose';
import type { ClientInfo } from 'signalbox/access';
import { describe, expect, it, onTestFinished } from 'vitest';
import { JwtAuthenticator, type JwtOptions } from '../src/jwt-authenticator.ts';

const NOW = 1_800_000_000;
const SECRET = 'a secret of thirty-two bytes or more';
const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 });
const EC = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const WRONG = 0x86;

function file(text: string): { path: string; write(text: string): void } {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-jwt-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'file');
  writeFileSync(path, text);
  return { path, write: (other) => writeFileSync(path, other) };
}

const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();

function token(
  claims: object,
  { alg = 'HS256', key = Buffer.from(SECRET), kid }: { alg?: string; key?: Uint8Array | KeyObject; kid?: string } = {},
) {
  const header = kid === undefined ? { alg } : { alg, kid };
  return new SignJWT({ sub: 'alice', exp: NOW + 60, ...claims }).setProtectedHeader(header).sign(key);
}

function authenticator(options: Partial<JwtOptions> = {}) {
  const keys = options.publicKeyFile ?? options.jwksFile ?? options.secretFile;
  const base = keys === undefined ? { secret: SECRET, algorithms: ['HS256'] as const } : {};
  const jwt = new JwtAuthenticator({ now: () => NOW * 1_000, algorithms: [], ...base, ...options });
  const ask = async (password: string | undefined, username?: string) =>
    jwt.authenticate({} as ClientInfo, {
      username,
      password: password === undefined ? undefined : Buffer.from(password),
      cleanStart: true,
      will: undefined,
      userProperties: [],
    });
  return { jwt, ask };
}

describe('a token', () => {
  it('says who the client is, its groups and rights, and when it has to go', async () => {
    const { ask } = authenticator();
    const acl = { publish: ['a/#'], subscribe: ['b'] };
    expect(await ask(await token({ groups: ['staff'], acl }))).toEqual({
      username: 'alice',
      groups: ['staff'],
      acl,
      expiresAt: (NOW + 65) * 1_000,
    });
    expect(await ask(await token({ acl: { publish: ['x'] } }))).toMatchObject({
      acl: { publish: ['x'], subscribe: [] },
    });
  });

  it('can be in the user name, and its claims can have other names', async () => {
    const { ask } = authenticator({
      tokenFrom: 'username',
      usernameClaim: 'client',
      groupsClaim: 'roles',
      aclClaim: 'mqtt',
    });
    const said = await token({ client: 'c1', roles: ['r'], mqtt: { publish: ['p'] } });
    expect(await ask(undefined, said)).toMatchObject({
      username: 'c1',
      groups: ['r'],
      acl: { publish: ['p'], subscribe: [] },
    });
  });

  it('is for others when it does not look like one', async () => {
    const { ask } = authenticator();
    for (const password of ['secret', '', 'a.b', 'a.b.c.d', 'a b.c.d', undefined])
      expect(await ask(password)).toBeUndefined();
  });

  it.each<[string, object]>([
    ['has run out', { exp: NOW - 10 }],
    ['has no exp', { exp: undefined }],
    ['is not valid yet', { nbf: NOW + 10 }],
    ['has no user', { sub: undefined }],
    ['has an empty user', { sub: '' }],
    ['has a user that is no text', { sub: 7 }],
    ['has groups that are no list', { groups: 'staff' }],
    ['has rights that are no lists', { acl: { publish: 'a' } }],
    ['has rights that are nothing', { acl: null }],
  ])('that %s is refused with 0x86', async (_, claims) => {
    expect(await authenticator().ask(await token(claims))).toBe(WRONG);
  });

  it('has the issuer, the audience and the claims that are asked for', async () => {
    const { ask } = authenticator({ issuer: 'me', audience: ['broker', 'all'], requiredClaims: ['exp', 'site'] });
    const right = { iss: 'me', aud: ['x', 'broker'], site: 1 };
    expect(await ask(await token(right))).toMatchObject({ username: 'alice' });
    for (const wrong of [{ iss: 'you' }, { iss: undefined }, { aud: 'x' }, { aud: undefined }, { site: undefined }]) {
      expect(await ask(await token({ ...right, ...wrong }))).toBe(WRONG);
    }
  });

  it('may be a little late', async () => {
    const late = await token({ exp: NOW - 20 });
    expect(await authenticator({ clockToleranceSeconds: 30 }).ask(late)).toMatchObject({
      expiresAt: (NOW + 10) * 1_000,
    });
    expect(await authenticator({ clockToleranceSeconds: 10 }).ask(late)).toBe(WRONG);
  });
});

describe('the signature of a token', () => {
  it('of another key, of no key, or changed is refused', async () => {
    const { ask } = authenticator();
    const right = await token({});
    const [header = '', payload = '', signature = ''] = right.split('.');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    const admin = Buffer.from(JSON.stringify({ sub: 'admin', exp: NOW + 60 })).toString('base64url');
    const wrong = [
      await token({}, { key: Buffer.alloc(32, 1) }),
      `${none}.${payload}.`,
      `${none}.${payload}.${signature}`,
      `${header}.${admin}.${signature}`,
      `${header}.${payload}.`,
      `${header}.!.${signature}`.replace('!', 'AAAA'),
      'AAAA.AAAA.AAAA',
    ];
    for (const each of wrong) expect(await ask(each), each).toBe(WRONG);
    expect(await ask(right)).toMatchObject({ username: 'alice' });
  });

  it('with a public key: an HMAC made of that key is refused', async () => {
    const text = pem(RSA.publicKey);
    const { ask } = authenticator({ publicKeyFile: file(text).path, algorithms: ['RS256'] });
    expect(await ask(await token({}, { alg: 'RS256', key: RSA.privateKey }))).toMatchObject({ username: 'alice' });
    expect(await ask(await token({}, { alg: 'RS512', key: RSA.privateKey }))).toBe(WRONG); // not listed
    expect(await ask(await token({}, { alg: 'HS256', key: Buffer.from(text) }))).toBe(WRONG);
  });

  it('with a key set: the key is found by its kid, and the set is read again by reload', async () => {
    const jwk = async (key: KeyObject, kid: string) => ({ ...(await exportJWK(key)), kid });
    const set = file(JSON.stringify({ keys: [await jwk(RSA.publicKey, 'old')] }));
    const { jwt, ask } = authenticator({ jwksFile: set.path, algorithms: ['RS256', 'ES256'] });
    const [old, recent] = [
      await token({}, { alg: 'RS256', key: RSA.privateKey, kid: 'old' }),
      await token({}, { alg: 'ES256', key: EC.privateKey, kid: 'new' }),
    ];
    expect([await ask(old), await ask(recent)]).toEqual([expect.objectContaining({ username: 'alice' }), WRONG]);
    set.write(JSON.stringify({ keys: [await jwk(EC.publicKey, 'new')] }));
    jwt.reload();
    expect([await ask(old), await ask(recent)]).toEqual([WRONG, expect.objectContaining({ username: 'alice' })]);
    set.write('nonsense');
    expect(() => jwt.reload()).toThrow(/no JSON Web Key Set/);
    expect(await ask(recent)).toMatchObject({ username: 'alice' });
  });

  it('with a secret from a file, without the end of its line', async () => {
    expect(
      await authenticator({ secretFile: file(`${SECRET}\n`).path, algorithms: ['HS256'] }).ask(await token({})),
    ).toMatchObject({ username: 'alice' });
  });
});

describe('options that make no sense', () => {
  it.each<[string, Partial<JwtOptions>, RegExp]>([
    ['no key', { secret: undefined } as unknown as Partial<JwtOptions>, /give one of/],
    ['two keys', { secretFile: 'x', secret: SECRET }, /give one of/],
    ['no algorithm', { algorithms: [] }, /must be listed/],
    ['an algorithm of another kind', { algorithms: ['RS256'] }, /does not go with secret/],
    ['none', { algorithms: ['none' as 'HS256'] }, /does not go with secret/],
    ['a short secret', { secret: 'short' }, /5 bytes: 32 are needed/],
    ['an HMAC with a public key', { publicKeyFile: 'x', algorithms: ['HS256'] }, /does not go with publicKeyFile/],
    ['no file', { publicKeyFile: '/nowhere', algorithms: ['RS256'] }, /ENOENT/],
  ])('%s', (_, options, message) => {
    expect(() => authenticator(options)).toThrow(message);
  });

  it('a private key where the public one belongs, secret keys in a set, and what is no key', () => {
    const priv = RSA.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(() => authenticator({ publicKeyFile: file(priv).path, algorithms: ['RS256'] })).toThrow(/private key/);
    expect(() => authenticator({ publicKeyFile: file('x').path, algorithms: ['RS256'] })).toThrow(/no public key/);
    const oct = JSON.stringify({ keys: [{ kty: 'oct', k: 'AAAA' }] });
    expect(() => authenticator({ jwksFile: file(oct).path, algorithms: ['RS256'] })).toThrow(/secret keys/);
  });
});
