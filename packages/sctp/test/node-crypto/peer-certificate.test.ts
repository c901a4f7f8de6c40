// The certificate of a peer as programs see it.
import { expect, it } from 'vitest';
import { peerCertificateOf } from '../../src/node-crypto/peer-certificate.ts';
import { verifyPeerBy } from '../../src/node-crypto/peer-verification.ts';
import { issue } from '../support/certificates.ts';
import { AUTHORITY, HOST } from '../support/dtls-parties.ts';

it('tells who somebody is, and who says so', () => {
  const { raw, fingerprint } = issue({ name: 'alice', issuer: AUTHORITY, hosts: [HOST] });
  const told = peerCertificateOf(raw);
  expect(told).toMatchObject({ subject: 'CN=alice', commonName: 'alice', issuer: 'CN=test authority' });
  expect(told.subjectAltName).toBe(`DNS:${HOST}`);
  expect(told.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(fingerprint);
});

it('a certificate whose subject has no attributes is one as well', () => {
  const { raw } = issue({ name: '', issuer: AUTHORITY, hosts: [HOST] });
  const verify = verifyPeerBy({ ca: AUTHORITY.cert }, { purpose: 'server', host: HOST });
  expect(verify([raw])).toMatchObject({ isTrusted: true });
  expect(peerCertificateOf(raw)).toMatchObject({ subject: '', commonName: undefined, issuer: 'CN=test authority' });
});
