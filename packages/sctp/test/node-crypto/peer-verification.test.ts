// Whose certificates are taken: everything that can be wrong with a chain, each by its code.
import { describe, expect, it } from 'vitest';
import { type PeerTrust, verifyPeerBy } from '../../src/node-crypto/peer-verification.ts';
import { type CertificateWishes, type Issued, issue } from '../support/certificates.ts';

const ROOT = issue({ name: 'root', isAuthority: true, keyUsage: [5, 6] });
const MIDDLE = issue({ name: 'middle', issuer: ROOT, isAuthority: true, keyUsage: [5], pathLength: 0 });
const HOST = 'sign.example';

function server(wishes: Partial<CertificateWishes> = {}): Issued {
  return issue({ name: 'server', issuer: ROOT, hosts: [HOST], ...wishes });
}

interface Question extends PeerTrust {
  readonly host?: string;
  readonly purpose?: 'client' | 'server';
}

/** 'trusted', 'taken' or the code of the refusal. */
function judge(chain: readonly Issued[], { host, purpose = 'server', ...trust }: Question = {}): string {
  const expectation = { purpose, ...(host !== undefined && { host }) };
  const wanted = trust.fingerprints === undefined && trust.ca === undefined ? { ca: ROOT.cert, ...trust } : trust;
  const verdict = verifyPeerBy(wanted, expectation)(chain.map(({ raw }) => raw));
  if ('refused' in verdict) return verdict.refused;
  return verdict.isTrusted ? 'trusted' : 'taken';
}

describe('a chain to an authority', () => {
  it('of one, two or three certificates, in whatever order the others are', () => {
    const wide = issue({ name: 'wide', issuer: ROOT, isAuthority: true });
    const narrow = issue({ name: 'narrow', issuer: wide, isAuthority: true });
    const deep = server({ issuer: narrow });
    expect(judge([server()])).toBe('trusted');
    expect(judge([server({ issuer: MIDDLE }), MIDDLE])).toBe('trusted');
    expect(judge([deep, narrow, wide])).toBe('trusted');
    expect(judge([deep, wide, narrow])).toBe('trusted');
    expect(judge([deep, wide, MIDDLE, ROOT, narrow])).toBe('trusted');
  });

  it('an authority that was renewed with its key: the valid one counts, wherever it stands', () => {
    const old = issue({ name: 'root', isAuthority: true, validToDays: -0.5 });
    expect(judge([server()], { ca: [old.cert, ROOT.cert] })).toBe('trusted');
    expect(judge([server()], { ca: [ROOT.cert, old.cert] })).toBe('trusted');
    expect(judge([server()], { ca: old.cert })).toBe('CERTIFICATE_EXPIRED');
  });

  it('trusts a certificate that signs itself when it is given itself', () => {
    const lonely = issue({ name: 'lonely', hosts: [HOST] });
    expect(judge([lonely], { ca: lonely.cert, host: HOST })).toBe('trusted');
    expect(judge([lonely])).toBe('UNKNOWN_CA');
  });

  const wrong: readonly (readonly [string, () => readonly Issued[], string])[] = [
    ['of a stranger', () => [server({ issuer: issue({ name: 'stranger', isAuthority: true }) })], 'UNKNOWN_CA'],
    [
      'of a stranger with the name of ours',
      () => [server({ issuer: { ...ROOT, privateKey: MIDDLE.privateKey } })],
      'UNKNOWN_CA',
    ],
    ['with a certificate missing in the middle', () => [server({ issuer: MIDDLE })], 'UNKNOWN_CA'],
    ['expired', () => [server({ validToDays: -0.5 })], 'CERTIFICATE_EXPIRED'],
    ['not valid yet', () => [server({ validFromDays: 1 })], 'CERTIFICATE_EXPIRED'],
    [
      'without a path length to spare',
      () => {
        const below = issue({ name: 'below', issuer: MIDDLE, isAuthority: true });
        return [server({ issuer: below }), below, MIDDLE];
      },
      'UNKNOWN_CA',
    ],
    [
      'issued by somebody who is no authority',
      () => {
        const neighbour = server({ name: 'neighbour' });
        return [server({ issuer: neighbour }), neighbour];
      },
      'UNKNOWN_CA',
    ],
    [
      'issued by an authority that may not issue',
      () => {
        const idle = issue({ name: 'idle', issuer: ROOT, isAuthority: true, keyUsage: [0, 6] });
        return [server({ issuer: idle }), idle];
      },
      'UNKNOWN_CA',
    ],
    [
      'issued by an authority that has expired',
      () => {
        const old = issue({ name: 'old', issuer: ROOT, isAuthority: true, validToDays: -0.5 });
        return [server({ issuer: old }), old];
      },
      'CERTIFICATE_EXPIRED',
    ],
    ['that may not sign', () => [server({ keyUsage: [2] })], 'UNSUPPORTED_CERTIFICATE'],
    ['for clients', () => [server({ extendedKeyUsage: ['1.3.6.1.5.5.7.3.2'] })], 'UNSUPPORTED_CERTIFICATE'],
    ['with a critical extension nobody knows', () => [server({ unknownCritical: true })], 'UNSUPPORTED_CERTIFICATE'],
    [
      'of an authority with RSA of 1024 bits',
      () => {
        const weak = issue({ name: 'weak authority', keyType: 'rsa1024', issuer: ROOT, isAuthority: true });
        return [server({ issuer: weak }), weak];
      },
      'UNSUPPORTED_CERTIFICATE',
    ],
    [
      'of an authority for some names only',
      () => {
        const limited = issue({ name: 'limited', issuer: ROOT, isAuthority: true, hasNameConstraints: true });
        return [server({ issuer: limited }), limited];
      },
      'UNSUPPORTED_CERTIFICATE',
    ],
    ['signed with SHA-1', () => [server({ hash: 'sha1' })], 'BAD_CERTIFICATE'],
    ['with RSA of 1024 bits', () => [server({ name: 'weak', keyType: 'rsa1024' })], 'UNSUPPORTED_CERTIFICATE'],
    [
      'with a curve we do not use',
      () => [server({ name: 'koblitz', keyType: 'ec-koblitz' })],
      'UNSUPPORTED_CERTIFICATE',
    ],
    [
      'with a key that cannot be read',
      () => {
        const raw = server().raw.slice();
        const at = Buffer.from(raw).indexOf(Buffer.from('2a8648ce3d0301', 'hex')); // the curve
        return [{ ...server(), raw: raw.fill(1, at, at + 8) }];
      },
      'BAD_CERTIFICATE',
    ],
    ['that is none', () => [{ ...server(), raw: Uint8Array.of(0x30, 0) }], 'BAD_CERTIFICATE'],
  ];
  it.each(wrong)('%s', (_, chain, code) => {
    expect(judge(chain())).toBe(code);
  });

  it.each(['server', 'client'] as const)('a purpose is enough for a %s', (purpose) => {
    const id = purpose === 'server' ? '1.3.6.1.5.5.7.3.1' : '1.3.6.1.5.5.7.3.2';
    expect(judge([server({ extendedKeyUsage: [id], keyUsage: [0] })], { purpose })).toBe('trusted');
    expect(judge([server({ extendedKeyUsage: ['2.5.29.37.0'] })], { purpose })).toBe('trusted');
  });

  it('the clock can be another', () => {
    const verify = verifyPeerBy({ ca: ROOT.cert }, { purpose: 'server', clock: () => Date.now() + 40 * 86_400_000 });
    expect(verify([server().raw])).toMatchObject({ refused: 'CERTIFICATE_EXPIRED' });
  });
});

describe('the host', () => {
  it.each([
    [HOST, [HOST], 'trusted'],
    ['SIGN.example', [HOST], 'trusted'],
    ['other.example', [HOST], 'WRONG_HOST'],
    ['a.sign.example', ['*.sign.example'], 'trusted'],
    ['a.b.sign.example', ['*.sign.example'], 'WRONG_HOST'],
    ['sign.example', ['*.example'], 'WRONG_HOST'],
    ['sign.example', ['s*.example'], 'WRONG_HOST'],
    ['127.0.0.1', ['127.0.0.1'], 'trusted'],
    ['127.0.0.2', ['127.0.0.1'], 'WRONG_HOST'],
    ['::1', ['::1'], 'trusted'],
    ['127.0.0.1', [HOST], 'WRONG_HOST'],
  ])('%s and the names %j: %s', (host, hosts, expected) => {
    expect(judge([server({ hosts })], { host })).toBe(expected);
  });

  it('is not in the Common Name', () => {
    expect(judge([issue({ name: HOST, issuer: ROOT })], { host: HOST })).toBe('WRONG_HOST');
  });
});

describe('fingerprints', () => {
  const own = server();
  const written = own.fingerprint.toUpperCase().replace(/(..)(?=.)/g, '$1:');

  it('take exactly these certificates, whoever issued them and for whatever host', () => {
    const lonely = issue({ name: 'lonely' });
    expect(judge([lonely], { fingerprints: [lonely.fingerprint], host: HOST })).toBe('trusted');
    expect(judge([own], { fingerprints: [written] })).toBe('trusted');
    expect(judge([own], { fingerprints: [lonely.fingerprint] })).toBe('CERTIFICATE_UNKNOWN');
    const old = server({ validToDays: -0.5 });
    expect(judge([old], { fingerprints: [old.fingerprint] })).toBe('CERTIFICATE_EXPIRED');
  });

  it('revoke: the certificate itself, one above it, and one that is pinned', () => {
    expect(judge([own], { revokedFingerprints: [written] })).toBe('CERTIFICATE_REVOKED');
    const below = server({ issuer: MIDDLE });
    expect(judge([below, MIDDLE], { revokedFingerprints: [MIDDLE.fingerprint] })).toBe('CERTIFICATE_REVOKED');
    const both = { fingerprints: [own.fingerprint], revokedFingerprints: [own.fingerprint] };
    expect(judge([own], both)).toBe('CERTIFICATE_REVOKED');
  });

  it.each([{ fingerprints: ['12:34'] }, { fingerprints: [own.fingerprint], ca: ROOT.cert }, { ca: 'no PEM' }])(
    '%j makes no sense',
    (trust) => {
      expect(() => verifyPeerBy(trust, { purpose: 'server' })).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      );
    },
  );
});

describe('rejectUnauthorized: false', () => {
  it('takes anybody, and says that nobody vouches for them', () => {
    const stranger = issue({ name: 'stranger' });
    expect(judge([stranger], { rejectUnauthorized: false })).toBe('taken');
    expect(judge([server()], { rejectUnauthorized: false })).toBe('trusted');
    expect(judge([issue({ name: 'weak', keyType: 'rsa1024' })], { rejectUnauthorized: false })).toBe(
      'UNSUPPORTED_CERTIFICATE',
    );
    expect(judge([{ ...stranger, raw: Uint8Array.of(1) }], { rejectUnauthorized: false })).toBe('BAD_CERTIFICATE');
  });
});

describe('without `ca`', () => {
  it('the authorities Node comes with are asked', () => {
    const verdict = verifyPeerBy({}, { purpose: 'server', host: HOST })([server().raw]);
    expect(verdict).toMatchObject({ refused: 'UNKNOWN_CA' });
  });
});
