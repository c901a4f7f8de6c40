// Keys, groups of Diffie-Hellman, and options in the words of node:tls: what they become, and which are refused.
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { GROUPS, PREFERRED_GROUPS } from '../../src/dtls/groups.ts';
import { DerReader, dotted } from '../../src/node-crypto/der-reader.ts';
import { identityOf } from '../../src/node-crypto/keys.ts';
import { peerCertificateOf } from '../../src/node-crypto/peer-certificate.ts';
import { NODE_PRIMITIVES } from '../../src/node-crypto/primitives.ts';
import { clientOptionsOf, serverOptionsOf } from '../../src/node-crypto/tls-options.ts';
import { issue } from '../support/certificates.ts';
import { AUTHORITY, clientCertificate, HOST, serverCertificate } from '../support/dtls-parties.ts';

const own = serverCertificate();
const ca = AUTHORITY.cert;
const psk = { identity: 'lamp', key: new Uint8Array(16) };
const invalid = expect.objectContaining({ code: 'INVALID_ARGUMENT' });

describe.each(PREFERRED_GROUPS)('the group %s', (group) => {
  it('gives both the same secret', () => {
    const [one, other] = [NODE_PRIMITIVES.keyShare(group), NODE_PRIMITIVES.keyShare(group)];
    expect(one.publicKey.length).toBe(GROUPS[group].publicKeySize);
    expect(one.agree(other.publicKey)).toEqual(other.agree(one.publicKey));
  });

  it('refuses keys that are none of it', () => {
    const share = NODE_PRIMITIVES.keyShare(group);
    const { publicKeySize } = GROUPS[group];
    expect(share.agree(new Uint8Array(publicKeySize))).toBeUndefined();
    expect(share.agree(new Uint8Array(publicKeySize).fill(4))).toSatisfy((secret) => group === 'x25519' || !secret);
    expect(share.agree(new Uint8Array(publicKeySize - 1))).toBeUndefined();
    expect(share.agree(new Uint8Array(0))).toBeUndefined();
  });
});

describe('a certificate of our own', () => {
  it('comes with those behind it, and a key that may be locked', () => {
    const middle = issue({ name: 'between', issuer: AUTHORITY, isAuthority: true });
    const leaf = issue({ name: 'leaf', issuer: middle });
    const passphrase = 'open';
    const key = leaf.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase }) as string;
    const identity = identityOf({ cert: `${leaf.cert}${middle.cert}`, key, passphrase });
    expect(identity.chain).toEqual([leaf.raw, middle.raw]);
    expect(() => identityOf({ cert: leaf.cert, key, passphrase: 'wrong' })).toThrow(invalid);
    expect(identityOf({ cert: Buffer.from(leaf.cert), key: Buffer.from(leaf.key) }).keyType).toBe('ec');
  });

  const rsa1024 = issue({ name: 'small', keyType: 'rsa1024' });
  const dsa = generateKeyPairSync('ed448').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  it.each([
    ['the key of another', { cert: own.cert, key: clientCertificate().key }],
    ['a key of another kind', { cert: own.cert, key: dsa }],
    ['a key that is none', { cert: own.cert, key: 'no key' }],
    ['a key that is too weak', rsa1024.pem],
    ['no certificate', { cert: 'nothing', key: own.key }],
    ['a broken certificate', { cert: own.cert.replace(/.{20}\n-----END/, 'A\n-----END'), key: own.key }],
  ])('%s is refused', (_, pem) => {
    expect(() => identityOf(pem)).toThrow(invalid);
  });

  it('is told to programs as every carrier tells it', () => {
    expect(peerCertificateOf(own.raw)).toMatchObject({ subject: 'CN=server ec', commonName: 'server ec' });
    expect(peerCertificateOf(own.raw).fingerprint256.replaceAll(':', '').toLowerCase()).toBe(own.fingerprint);
  });
});

describe('options of a client', () => {
  it('call the server by its name, and verify that', () => {
    expect(clientOptionsOf({ ca }, HOST)).toMatchObject({ serverName: HOST, verifyPeer: expect.any(Function) });
    expect(clientOptionsOf({ ca, servername: 'a.example' }, HOST).serverName).toBe('a.example');
    expect(clientOptionsOf({ ca }, '192.0.2.1').serverName).toBeUndefined();
    expect(clientOptionsOf({ ca, ...own.pem }, HOST).identity?.keyType).toBe('ec');
    expect(clientOptionsOf({ ca, limits: { certificates: 3 } }, HOST).limits).toEqual({ certificates: 3 });
  });

  it('with a shared key, verify certificates only when told whose', () => {
    expect(clientOptionsOf({ psk }, HOST).verifyPeer).toBeUndefined();
    expect(clientOptionsOf({ psk, ca }, HOST).verifyPeer).toBeDefined();
    expect(clientOptionsOf({ psk, fingerprints: [own.fingerprint] }, HOST).verifyPeer).toBeDefined();
  });

  it.each([
    { crl: 'x' },
    { checkServerIdentity: () => undefined },
    { cert: own.cert },
    { key: own.key },
    { servername: 'ümlaut.example' },
    { psk: { identity: '', key: psk.key } },
    { psk: { identity: 'lamp', key: new Uint8Array(15) } },
    { psk: { identity: 'lamp', key: 'text' as never } },
  ])('%j are refused', (options) => {
    expect(() => clientOptionsOf({ ca, ...options } as object, HOST)).toThrow(invalid);
  });
});

describe('options of a server', () => {
  it('choose the certificate by the name', () => {
    const other = issue({ name: 'other' });
    const options = serverOptionsOf({ ...own.pem, identities: { 'Other.example': other.pem } });
    expect(options.identityFor?.('oTHER.example')?.chain[0]).toEqual(other.raw);
    expect(options.identityFor?.(HOST)?.chain[0]).toEqual(own.raw);
    expect(options.identityFor?.(undefined)?.chain[0]).toEqual(own.raw);
    expect(serverOptionsOf({ identities: { a: other.pem } }).identityFor?.('b')).toBeUndefined();
    expect(options.clientCertificate).toBeUndefined();
  });

  it('ask for certificates or demand them', () => {
    expect(serverOptionsOf({ ...own.pem, ca, requestCert: true }).clientCertificate).toBe('required');
    const relaxed = serverOptionsOf({ ...own.pem, requestCert: true, rejectUnauthorized: false });
    expect(relaxed.clientCertificate).toBe('requested');
  });

  it('know shared keys by identity', () => {
    const lamp = new Uint8Array(Buffer.from('lamp'));
    expect(serverOptionsOf({ psk }).pskFor?.(lamp)).toBe(psk.key);
    expect(serverOptionsOf({ psk }).pskFor?.(Uint8Array.of(1))).toBeUndefined();
    const byFunction = serverOptionsOf({ psk: (identity) => (identity === 'lamp' ? psk.key : undefined) });
    expect([byFunction.pskFor?.(lamp), byFunction.pskFor?.(Uint8Array.of(1))]).toEqual([psk.key, undefined]);
    expect(() => serverOptionsOf({ psk: () => new Uint8Array(3) }).pskFor?.(lamp)).toThrow(invalid);
    expect(serverOptionsOf({ psk }).identityFor).toBeUndefined();
  });

  it('do not let in whom public authorities know', () => {
    expect(() => serverOptionsOf({ ...own.pem, requestCert: true })).toThrow(invalid);
    expect(() => serverOptionsOf({ ...own.pem, servername: 'x' } as object)).toThrow(invalid);
  });

  it('pass limits on', () => {
    expect(serverOptionsOf({ ...own.pem, limits: { certificates: 3 } }).limits).toEqual({ certificates: 3 });
  });
});

describe('DER', () => {
  it.each([
    ['nothing', []],
    ['no length', [0x30]],
    ['an indefinite length', [0x30, 0x80, 0, 0]],
    ['a length of four bytes', [0x30, 0x84, 0, 0, 0, 0]],
    ['more than there is', [0x30, 2, 0]],
    ['another tag', [0x31, 0]],
  ])('%s is none', (_, bytes) => {
    expect(() => new DerReader(Uint8Array.from(bytes)).expect(0x30)).toThrow();
  });

  it('object identifiers', () => {
    expect(dotted(Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d))).toBe('1.2.840.10045');
    expect(dotted(Uint8Array.of(0x55, 0x1d, 0x25))).toBe('2.5.29.37');
    expect(dotted(new Uint8Array(0))).toBe('0.0');
  });
});
