// PeerCertificate of a TLS socket, from what Node has verified.

import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { PeerCertificate } from './transport.ts';

export function readPeerCertificate(socket: Socket): PeerCertificate | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const { CN } = certificate.toLegacyObject().subject as { readonly CN?: string | string[] };
  return {
    subject: onOneLine(certificate.subject),
    commonName: Array.isArray(CN) ? CN.at(-1) : CN,
    issuer: onOneLine(certificate.issuer),
    subjectAltName: certificate.subjectAltName,
    serialNumber: certificate.serialNumber,
    fingerprint256: certificate.fingerprint256,
    validTo: certificate.validTo,
  };
}

/** Node prints one attribute per line. */
function onOneLine(name: string): string {
  return name.split('\n').join(', ');
}
