// Bytes that are two certificates at once, for two readers: the rights of one must not go with the key of the other.
import { describe, expect, it } from 'vitest';
import { ascii, concat } from '../../src/dtls/byte-fields.ts';
import { verifyPeerBy } from '../../src/node-crypto/peer-verification.ts';
import { type CertificateWishes, issue } from '../support/certificates.ts';
import { AUTHORITY, HOST } from '../support/dtls-parties.ts';

/** A certificate of our authority for somebody who is none, as many private authorities issue them: without key usage. */
const MALLORY = issue({ name: 'mallory', issuer: AUTHORITY });

/** The DER of one that mallory made up, and her true one in PEM behind it. */
function disguised(wishes: Partial<CertificateWishes>): Uint8Array {
  return concat(issue({ name: 'made up', ...wishes }).raw, ascii(`\n${MALLORY.cert}`));
}

function judge(chain: readonly Uint8Array[], trust = {}): unknown {
  const verdict = verifyPeerBy({ ca: AUTHORITY.cert, ...trust }, { purpose: 'server', host: HOST })(chain);
  return 'refused' in verdict ? verdict.refused : verdict.isTrusted;
}

describe('a certificate in DER with another in PEM behind it', () => {
  const forged = issue({ name: 'server', issuer: MALLORY, hosts: [HOST] });

  it('makes nobody an authority who is none', () => {
    expect(judge([forged.raw, MALLORY.raw])).toBe('UNKNOWN_CA');
    expect(judge([forged.raw, disguised({ isAuthority: true })])).toBe('BAD_CERTIFICATE');
  });

  it('is nobody: its extensions are not those of its key', () => {
    const trusted = verifyPeerBy({ ca: AUTHORITY.cert }, { purpose: 'client' });
    expect(trusted([MALLORY.raw])).toMatchObject({ isTrusted: true });
    expect(trusted([disguised({ extendedKeyUsage: ['1.3.6.1.5.5.7.3.2'] })])).toMatchObject({
      refused: 'BAD_CERTIFICATE',
    });
  });

  it('is refused where anybody is taken, too', () => {
    expect(judge([disguised({})], { rejectUnauthorized: false })).toBe('BAD_CERTIFICATE');
  });

  it('and so are PEM alone, and bytes behind DER', () => {
    expect(judge([ascii(MALLORY.cert)])).toBe('BAD_CERTIFICATE');
    expect(judge([concat(MALLORY.raw, Uint8Array.of(0))])).toBe('BAD_CERTIFICATE');
  });
});
