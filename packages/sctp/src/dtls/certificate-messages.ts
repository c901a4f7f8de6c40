// Certificate, CertificateRequest and CertificateVerify: reading and writing. RFC 5246, §7.4.2, §7.4.4, §7.4.8

import { concat, numbers16, u16, vector8, vector16, vector24 } from './byte-fields.ts';
import { ByteReader } from './byte-reader.ts';
import { DtlsError } from './errors.ts';

/** The chain in DER; empty when the peer has none. At most `maximum` certificates. */
export function readCertificates(body: Uint8Array, maximum: number): Uint8Array[] {
  const reader = new ByteReader(body);
  const inside = new ByteReader(reader.vector24());
  reader.finish();
  const chain: Uint8Array[] = [];
  while (inside.hasMore) {
    if (chain.length === maximum)
      throw new DtlsError('BAD_CERTIFICATE', `a chain of more than ${maximum} certificates`);
    const certificate = inside.vector24();
    if (certificate.length === 0) throw new DtlsError('DECODE_ERROR', 'an empty certificate');
    chain.push(certificate);
  }
  return chain;
}

export function writeCertificates(chain: readonly Uint8Array[]): Uint8Array {
  return vector24(...chain.map((certificate) => vector24(certificate)));
}

export interface CertificateRequest {
  readonly certificateTypes: Uint8Array;
  readonly signatureSchemes: readonly number[];
}

/** The names of authorities are skipped: the owner has one certificate to show, or none. */
export function readCertificateRequest(body: Uint8Array): CertificateRequest {
  const reader = new ByteReader(body);
  const request = { certificateTypes: reader.vector8(), signatureSchemes: reader.numbers16() };
  reader.vector16();
  reader.finish();
  return request;
}

/** Without names of authorities, which would tell everybody whom the server trusts. */
export function writeCertificateRequest({ certificateTypes, signatureSchemes }: CertificateRequest): Uint8Array {
  return concat(vector8(certificateTypes), vector16(numbers16(signatureSchemes)), u16(0));
}

export interface Signed {
  readonly scheme: number;
  readonly signature: Uint8Array;
}

/** What follows signed content: the scheme and the signature, and nothing behind it. */
export function readSigned(reader: ByteReader): Signed {
  const signed = { scheme: reader.u16(), signature: reader.vector16() };
  reader.finish();
  return signed;
}

export function writeSigned({ scheme, signature }: Signed): Uint8Array {
  return concat(u16(scheme), vector16(signature));
}
