// PeerCertificate of a TLS socket, from what Node has verified, or what a proxy in front has.

import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { proxiedPeerOf } from './proxied-peer.ts';
import type { PeerCertificate } from './transport.ts';

export function readPeerCertificate(socket: Socket): PeerCertificate | undefined {
  const proxied = proxiedPeerOf(socket);
  if (!(socket instanceof TLSSocket) || proxied?.isTlsOfProxy === true) return proxied?.certificate;
  if (!socket.authorized) return undefined;
  // Not getPeerX509Certificate, which takes the certificate out of the socket: asked again, it would be gone.
  const { raw } = socket.getPeerCertificate() as { readonly raw?: Buffer };
  if (raw === undefined) return undefined;
  const certificate = new X509Certificate(raw);
  // It looks for PEM first: one inside the certificate that was verified, in a name for example, says nothing about the peer.
  if (!certificate.raw.equals(raw)) return undefined;
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

/** Node prints one attribute per line, and gives undefined, whatever its types say, for a name without attributes. */
function onOneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ');
}
