// The certificate of a peer in the form every carrier of Signalbox has it.

import { X509Certificate } from 'node:crypto';
import type { Carrier } from 'signalbox/connect';

export type PeerCertificate = NonNullable<ReturnType<Carrier['peerCertificate']>>;

/** From DER that was verified. */
export function peerCertificateOf(der: Uint8Array): PeerCertificate {
  const certificate = new X509Certificate(der);
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
