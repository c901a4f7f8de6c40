// A path from the certificate a peer shows to one we trust, and the rules on it: dates, signatures, who may issue, how deep,
// for what. RFC 5280, §6.1; revocation is by fingerprint, in peer-verification.ts.

import { X509Certificate } from 'node:crypto';
import type { DtlsErrorCode } from '../dtls/errors.ts';
import { type CertificateFacts, KeyUsage, RSASSA_PSS, readCertificateFacts } from './certificate-facts.ts';
import { strengthOf } from './keys.ts';

export interface Certificate {
  readonly x509: X509Certificate;
  readonly facts: CertificateFacts;
}

/** Throws Error for what cannot be read. */
export function readCertificate(der: Uint8Array): Certificate {
  return { x509: readX509(der), facts: readCertificateFacts(der) };
}

/**
 * X509Certificate reads PEM as well, and looks for it first, anywhere: bytes that are one certificate in DER, with another in
 * PEM within or behind them, would be two at once, and the rights of one would go with the key of the other. Throws Error.
 */
export function readX509(der: Uint8Array): X509Certificate {
  const x509 = new X509Certificate(der);
  if (!x509.raw.equals(der)) throw new Error('bytes that are not one certificate in DER');
  return x509;
}

export interface Refused {
  readonly refused: DtlsErrorCode;
  readonly message: string;
}

/** MD2, MD4, MD5 and SHA-1: somebody else's certificate can be made to have the same signature. */
const WEAK_SIGNATURES = [
  '1.2.840.113549.1.1.2',
  '1.2.840.113549.1.1.3',
  '1.2.840.113549.1.1.4',
  '1.2.840.113549.1.1.5',
  '1.2.840.10045.4.1',
  '1.2.840.10040.4.3',
  '1.3.14.3.2.29',
];

/** SHA-256, SHA-384 and SHA-512, which RSASSA-PSS has to name: without a name it is SHA-1. RFC 4055, §3.1 */
const SOUND_HASHES = ['2.16.840.1.101.3.4.2.1', '2.16.840.1.101.3.4.2.2', '2.16.840.1.101.3.4.2.3'];

const ANY_PURPOSE = '2.5.29.37.0';
const PURPOSES = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const;

/** A path is no longer than this: in earnest there are three or four certificates. */
const LONGEST_PATH = 10;

/** Signatures that are checked to find it. Names decide mostly; whoever shows many certificates of one name gains nothing. */
const MOST_VERIFICATIONS = 16;

interface Search {
  readonly now: number;
  verificationsLeft: number;
}

/**
 * From `chain[0]` to one of `anchors`, both included. The rest of the chain may come in any order.
 * UNKNOWN_CA: there is no such path.
 */
export function findPath(
  chain: readonly Certificate[],
  anchors: readonly Certificate[],
  now: number,
): Certificate[] | Refused {
  const search = { now, verificationsLeft: MOST_VERIFICATIONS };
  const path = [chain[0]!];
  const rest = new Set(chain.slice(1));
  while (path.length <= LONGEST_PATH) {
    const last = path.at(-1)!;
    if (anchors.some(({ x509 }) => x509.raw.equals(last.x509.raw))) return path;
    const anchor = issuerOf(last, anchors, search);
    if (anchor !== undefined) return [...path, anchor];
    const issuer = issuerOf(last, [...rest], search);
    if (issuer === undefined) break;
    rest.delete(issuer);
    path.push(issuer);
  }
  return { refused: 'UNKNOWN_CA', message: `nobody we trust has issued ${path.at(-1)!.x509.subject}` };
}

/** An authority that was renewed with its key has issued what it issued twice: the one that is valid counts. */
function issuerOf(
  certificate: Certificate,
  candidates: readonly Certificate[],
  search: Search,
): Certificate | undefined {
  const named = candidates.filter((candidate) => isNamedBy(certificate, candidate));
  const isValid = (candidate: Certificate): boolean => judgeDates(candidate, search.now) === undefined;
  const inOrder = [...named.filter(isValid), ...named.filter((candidate) => !isValid(candidate))];
  return inOrder.find((candidate) => hasSigned(candidate, certificate, search));
}

function isNamedBy({ x509 }: Certificate, issuer: Certificate): boolean {
  return issuer.facts.isAuthority && x509.issuer === issuer.x509.subject && x509.checkIssued(issuer.x509);
}

function hasSigned(issuer: Certificate, { x509 }: Certificate, search: Search): boolean {
  if (search.verificationsLeft-- <= 0) return false;
  try {
    const { publicKey } = issuer.x509;
    return strengthOf(publicKey) !== 'excessive' && x509.verify(publicKey);
  } catch {
    return false; // a key that cannot have made this signature
  }
}

/** What is wrong with a path; `now` in ms since 1970. */
export function judgePath(
  path: readonly Certificate[],
  { now, purpose }: { now: number; purpose: keyof typeof PURPOSES },
): Refused | undefined {
  for (const [depth, certificate] of path.entries()) {
    const isAnchor = depth === path.length - 1 && depth > 0;
    const wrong =
      judgeDates(certificate, now) ?? judgeUse(certificate, depth, purpose) ?? judgeForm(certificate, isAnchor);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

export function judgeDates({ x509 }: Certificate, now: number): Refused | undefined {
  const { subject, validFrom, validTo } = x509;
  // A date that cannot be read is none to rely on.
  if (!(now >= Date.parse(validFrom)))
    return { refused: 'CERTIFICATE_EXPIRED', message: `${subject} is not valid before ${validFrom}` };
  if (now <= Date.parse(validTo)) return undefined;
  return { refused: 'CERTIFICATE_EXPIRED', message: `${subject} was valid until ${validTo}` };
}

function judgeUse({ x509, facts }: Certificate, depth: number, purpose: keyof typeof PURPOSES): Refused | undefined {
  const refuse = (reason: string): Refused => {
    return { refused: 'UNSUPPORTED_CERTIFICATE', message: `${x509.subject} ${reason}` };
  };
  const { extendedKeyUsage, keyUsage, pathLength } = facts;
  const needed = depth === 0 ? KeyUsage.DigitalSignature : KeyUsage.CertificateSigning;
  if (keyUsage !== undefined && !keyUsage.has(needed)) return refuse('may not sign this: key usage');
  if (
    extendedKeyUsage !== undefined &&
    !extendedKeyUsage.includes(PURPOSES[purpose]) &&
    !extendedKeyUsage.includes(ANY_PURPOSE)
  ) {
    return refuse(`is not for a ${purpose}: extended key usage`);
  }
  // Authorities below this one: all that is between it and the first certificate.
  if (depth > 0 && pathLength !== undefined && depth - 1 > pathLength) {
    return { refused: 'UNKNOWN_CA', message: `${x509.subject} may not have so many authorities below it: path length` };
  }
  return undefined;
}

function judgeForm({ x509, facts }: Certificate, isAnchor: boolean): Refused | undefined {
  const [unknown] = facts.unknownCritical;
  if (unknown !== undefined) {
    return { refused: 'UNSUPPORTED_CERTIFICATE', message: `${x509.subject} has the critical extension ${unknown}` };
  }
  if (strengthOf(x509.publicKey) !== 'sound') {
    return { refused: 'UNSUPPORTED_CERTIFICATE', message: `${x509.subject} has a key that is too weak` };
  }
  // Nobody relies on the signature of what is trusted already.
  if (isAnchor || !hasBrokenHash(facts)) return undefined;
  return { refused: 'BAD_CERTIFICATE', message: `${x509.subject} has a signature with a broken hash` };
}

function hasBrokenHash({ signatureAlgorithm, pssHash }: CertificateFacts): boolean {
  if (signatureAlgorithm === RSASSA_PSS) return !SOUND_HASHES.includes(pssHash ?? '');
  return WEAK_SIGNATURES.includes(signatureAlgorithm);
}
