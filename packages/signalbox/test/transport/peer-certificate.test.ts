// The certificate of a peer as programs see it, where it has not what others have.
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

it('a certificate whose subject has no attributes is one as well', () => {
  const socket = Object.create(TLSSocket.prototype, {
    authorized: { value: true },
    getPeerCertificate: { value: () => ({ raw: WITHOUT_SUBJECT }) },
  }) as TLSSocket;
  expect(readPeerCertificate(socket)).toMatchObject({
    subject: '',
    commonName: undefined,
    issuer: 'CN=ca',
    subjectAltName: 'DNS:sign.example',
  });
});
