// Chains that are weak where one does not look at once, and chains that are meant to cost.
import { createPublicKey, type KeyObject, randomBytes, X509Certificate } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { strengthOf } from '../../src/node-crypto/keys.ts';
import { verifyPeerBy } from '../../src/node-crypto/peer-verification.ts';
import { type Issued, issue } from '../support/certificates.ts';
import { AUTHORITY } from '../support/dtls-parties.ts';

const WIDE = issue({ name: 'RSA authority', isAuthority: true, keyType: 'rsa' });

function judge(chain: readonly Issued[], ca: readonly string[] = [AUTHORITY.cert, WIDE.cert]): string {
  const verdict = verifyPeerBy({ ca }, { purpose: 'client' })(chain.map(({ raw }) => raw));
  return 'refused' in verdict ? verdict.refused : 'trusted';
}

afterEach(() => void vi.restoreAllMocks());

describe('a weak key above the first certificate', () => {
  const weak = { isAuthority: true, keyType: 'rsa1024' } as const;

  it('of an authority in the chain', () => {
    const middle = issue({ name: 'weak', issuer: AUTHORITY, ...weak });
    expect(judge([issue({ name: 'leaf', issuer: middle }), middle])).toBe('UNSUPPORTED_CERTIFICATE');
  });

  it('of an authority in `ca`', () => {
    const root = issue({ name: 'weak root', ...weak });
    expect(judge([issue({ name: 'leaf', issuer: root })], [root.cert])).toBe('UNSUPPORTED_CERTIFICATE');
  });

  it('of a curve we do not sign with, but sound', () => {
    const root = issue({ name: 'koblitz root', isAuthority: true, keyType: 'ec-koblitz' });
    expect(judge([issue({ name: 'leaf', issuer: root })], [root.cert])).toBe('trusted');
  });
});

describe('RSASSA-PSS', () => {
  it('with SHA-256', () => {
    expect(judge([issue({ name: 'leaf', issuer: WIDE, isPss: true })])).toBe('trusted');
  });

  it('with SHA-1, which is what it means without parameters', () => {
    expect(judge([issue({ name: 'leaf', issuer: WIDE, isPss: true, hash: 'sha1' })])).toBe('BAD_CERTIFICATE');
  });
});

describe('what a chain may cost', () => {
  it('many authorities of one name and key, each of which has issued all others: sixteen signatures are checked', () => {
    const same = { name: 'one of many', isAuthority: true };
    const many = Array.from({ length: 9 }, () => issue(same));
    const impostor = issue({ name: 'one of many (another key)', isAuthority: true });
    const leaf = issue({ name: 'leaf', issuer: { ...impostor, name: same.name } });
    const verify = vi.spyOn(X509Certificate.prototype, 'verify');
    expect(judge([leaf, ...many])).toBe('UNKNOWN_CA');
    expect(judge([issue({ name: 'leaf', issuer: many[0]! }), ...many])).toBe('UNKNOWN_CA');
    expect(verify.mock.calls.length).toBeLessThanOrEqual(2 * 16);
    const turns = Array.from({ length: 9 }, (_, at) => issue({ ...same, name: at % 2 ? 'one' : same.name }));
    verify.mockClear();
    judge([issue({ name: 'leaf', issuer: turns[0]! }), ...turns, ...turns, ...turns]);
    expect(verify.mock.calls.length).toBeLessThanOrEqual(16);
  });

  function rsa(bits: number, exponent: Uint8Array): KeyObject {
    const modulus = randomBytes(bits / 8);
    modulus[0]! |= 0x80;
    modulus[modulus.length - 1]! |= 1;
    const [n, e] = [modulus.toString('base64url'), Buffer.from(exponent).toString('base64url')];
    return createPublicKey({ key: { kty: 'RSA', n, e }, format: 'jwk' });
  }

  it.each([
    [1024, [1, 0, 1], 'weak'],
    [2048, [1, 0, 1], 'sound'],
    [8192, [255, 255, 255, 255], 'sound'],
    [8200, [1, 0, 1], 'excessive'],
    [16_384, [1, 0, 1], 'excessive'],
    [2048, [1, 0, 0, 0, 1], 'excessive'],
  ] as const)('RSA with %i bits and the exponent %j is %s', (bits, exponent, expected) => {
    expect(strengthOf(rsa(bits, Uint8Array.from(exponent)))).toBe(expected);
  });
});
