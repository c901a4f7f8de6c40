/** The user name that the certificate of a client says. The transport has verified it; here it is only read. */
import type { PeerCertificate } from '../transport/transport.ts';

/** Where the name is: the Common Name, or the first Subject Alternative Name of this kind. */
export type CertificateName = 'common-name' | 'dns' | 'email' | 'uri';

export interface CertificateUser {
  readonly from: CertificateName;
  /** `required`: the authenticators are asked as well, with the name of the certificate as user name. Default `ignored`. */
  readonly password?: 'ignored' | 'required';
}

const KINDS = { dns: 'DNS', email: 'email', uri: 'URI' } as const;

/** Undefined without a certificate, and when it has no such name. */
export function nameFrom(certificate: PeerCertificate | undefined, from: CertificateName): string | undefined {
  if (certificate === undefined) return undefined;
  const name =
    from === 'common-name' ? certificate.commonName : alternativeName(certificate.subjectAltName, KINDS[from]);
  return name === '' ? undefined : name;
}

/**
 * `DNS:a.example, URI:"has, a comma"`: names with odd characters are quoted, as JSON. What cannot be taken apart for
 * certain is no name.
 */
function alternativeName(text: string | undefined, kind: string): string | undefined {
  if (text === undefined) return undefined;
  for (const [, found, quoted, plain] of text.matchAll(
    /(?:^|, )([A-Za-z ]+):(?:("(?:[^"\\]|\\.)*")|([^",]*))(?=, |$)/g,
  )) {
    if (found !== kind) continue;
    return quoted === undefined ? plain : parseQuoted(quoted);
  }
  return undefined;
}

function parseQuoted(text: string): string | undefined {
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined;
  }
}
