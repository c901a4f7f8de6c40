// The certificate of a peer as programs see it, where it has not what others have.
import { X509Certificate } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import { expect, it } from 'vitest';
import { readPeerCertificate } from '../../src/transport/peer-certificate.ts';

/** Issued by "ca" for the host name sign.example; its subject has no attributes. */
const WITHOUT_SUBJECT = Buffer.from(
  [
    'MIIBbTCCAROgAwIBAgIUGdn58Hu8TeQ4VB26CV8xPk7E2XYwCgYIKoZIzj0EAwIwDTELMAkGA1UEAwwCY2EwHhcNMjYxMTI4MDEx',
    'NjI1WhcNMjYxMjAzMDExNjI1WjAAMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEHEGxG0DVx6GVxcS6PtCnn+LDghiRwn5eYXkc',
    'VBCb8dMW6oQCyYbTb4V7ZPye1XVy9pX5T9cqXysRXk5XaPSVL6NeMFwwGgYDVR0RAQH/BBAwDoIMc2lnbi5leGFtcGxlMB0GA1Ud',
    'DgQWBBTpxLqK2PE71IOKj9CkFI0Lbo7TcTAfBgNVHSMEGDAWgBQIDU5FXbzmaiQaxCiZDjMxiQETfzAKBggqhkjOPQQDAgNIADBF',
    'AiARDjlfI2PUwYuy0W7nc1bt3XP+tU+wH63r31GLy6L+EgIhAIn3seQqeGIuSow05PQtZ6vnrN+9/UNPcATILNY8yt/j',
  ].join(''),
  'base64',
);

/** Issued by "ca" for "mallory"; one of its alternative names is a certificate for "admin" in PEM, which she made up. */
const WITH_ANOTHER_INSIDE = Buffer.from(
  [
    'MIIC7jCCApWgAwIBAgIJAR+SsP2iq317MAoGCCqGSM49BAMCMA0xCzAJBgNVBAMMAmNhMCIYDzIwMjYxMTI3MDEzMzAyWhgPMjAy',
    'NjEyMjgwMTMzMDJaMBIxEDAOBgNVBAMMB21hbGxvcnkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARsZTybXg82fLwq171wJUHf',
    'vCEwJvjx4qnq806xtvHu+0wu4wSQNPoB1Y9uTA9G7Ov1AEPlIW+Rag91iWF0O7i2o4IB0zCCAc8wggHLBgNVHREEggHCMIIBvoKC',
    'Abp4Ci0tLS0tQkVHSU4gQ0VSVElGSUNBVEUtLS0tLQpNSUlCR0RDQnY2QURBZ0VDQWdrQmJTS0pscGZJMnZJd0NnWUlLb1pJemow',
    'RUF3SXdFREVPTUF3R0ExVUVBd3dGCllXUnRhVzR3SWhnUE1qQXlOakV4TWpjd01UTXpNREphR0E4eU1ESTJNVEl5T0RBeE16TXdN',
    'bG93RURFT01Bd0cKQTFVRUF3d0ZZV1J0YVc0d1dUQVRCZ2NxaGtqT1BRSUJCZ2dxaGtqT1BRTUJCd05DQUFTY1Q3TXB0dG5QZ1Bn',
    'UwpWSFBmOWl3eWtMOGZNb3NUcFpwbDd5YnNJejZFL3NkWjU4K01QMHhZaU5hTXptdXhacUd5aTc5TWZveHBYdlc0CnNLaW00dm5t',
    'TUFvR0NDcUdTTTQ5QkFNQ0EwZ0FNRVVDSUM1V1pBY1pZalU2dlhSbkFnZWExVkVZNVpRYTNZY0UKOTI0UDNhdzJBWHB4QWlFQXBq',
    'NWxFSzMySm1FK2s0STVhaWE2SytPVjlqbXJWU0xOYWZmZTR5WEc3elU9Ci0tLS0tRU5EIENFUlRJRklDQVRFLS0tLS0KMAoGCCqG',
    'SM49BAMCA0cAMEQCICO8B9sjSQ3kXDWR0uBAQhz065YKmsmdzmQEUMgy7epwAiBmsnYvGCOnIET0w9mi03Gv/jhGz7oo17aBRam6',
    'sJGdjA==',
  ].join(''),
  'base64',
);

function verified(raw: Buffer): TLSSocket {
  return Object.create(TLSSocket.prototype, {
    authorized: { value: true },
    getPeerCertificate: { value: () => ({ raw }) },
  }) as TLSSocket;
}

it('a certificate with another one in PEM inside is nobody, and not the one inside', () => {
  expect(new X509Certificate(WITH_ANOTHER_INSIDE).subject).toBe('CN=admin'); // Node looks for PEM first
  expect(readPeerCertificate(verified(WITH_ANOTHER_INSIDE))).toBeUndefined();
});

it('a certificate whose subject has no attributes is one as well', () => {
  expect(readPeerCertificate(verified(WITHOUT_SUBJECT))).toMatchObject({
    subject: '',
    commonName: undefined,
    issuer: 'CN=ca',
    subjectAltName: 'DNS:sign.example',
  });
});
