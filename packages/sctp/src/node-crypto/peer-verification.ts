// Whether a peer is whom we want: its certificates against authorities or fingerprints, and the name we called. In the words
// of node:tls.

import { type KeyObject, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { rootCertificates } from 'node:tls';
import { DtlsUsageError } from '../dtls/errors.ts';
import type { PeerVerdict, VerifyPeer } from '../dtls/primitives.ts';
import {
  type Certificate,
  findPath,
  judgeDates,
  judgePath,
  type Refused,
  readCertificate,
  readX509,
} from './certificate-path.ts';
import { keyTypeOf, type Pem, peerKey, readPem } from './keys.ts';

export interface PeerTrust {
  /** Authorities in PEM form, in place of those Node comes with. */
  readonly ca?: Pem | readonly Pem[];
  /**
   * SHA-256 of the certificates that are taken, in hex, with or without colons; in place of authorities and host name. Dates
   * still count.
   */
  readonly fingerprints?: readonly string[];
  /** SHA-256 of certificates that are refused, wherever they are in a chain. */
  readonly revokedFingerprints?: readonly string[];
  /** false: takes anybody, and says that the peer is not trusted. Default: true. */
  readonly rejectUnauthorized?: boolean;
}

export interface Expectation {
  /** What the peer is. */
  readonly purpose: 'client' | 'server';
  /** Host name or address the certificate has to be for; none for clients. */
  readonly host?: string;
  /** Milliseconds since 1970. Default: the clock of the system. */
  readonly clock?: () => number;
}

interface Rules extends Expectation {
  readonly anchors: () => readonly Certificate[];
  readonly pinned: ReadonlySet<string> | undefined;
  readonly revoked: ReadonlySet<string>;
}

/** Throws DtlsUsageError `INVALID_ARGUMENT`. */
export function verifyPeerBy(trust: PeerTrust, expectation: Expectation): VerifyPeer {
  const { ca, fingerprints, revokedFingerprints = [], rejectUnauthorized = true } = trust;
  if (ca !== undefined && fingerprints !== undefined) {
    throw new DtlsUsageError('INVALID_ARGUMENT', 'trust is either by `ca` or by `fingerprints`');
  }
  const rules: Rules = {
    ...expectation,
    anchors: ca === undefined ? rootsOfNode : givenAnchors(ca),
    pinned: fingerprints && new Set(fingerprints.map(normalFingerprint)),
    revoked: new Set(revokedFingerprints.map(normalFingerprint)),
  };
  return (chain) => {
    const verdict = judgePeer(chain, rules);
    if (!('refused' in verdict) || rejectUnauthorized) return verdict;
    return anybody(chain, verdict);
  };
}

function normalFingerprint(text: string): string {
  const hex = text.replaceAll(':', '').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(hex)) throw new DtlsUsageError('INVALID_ARGUMENT', `no SHA-256 fingerprint: ${text}`);
  return hex;
}

function givenAnchors(ca: Pem | readonly Pem[]): () => readonly Certificate[] {
  const anchors = readPem(ca, 'ca').map(({ raw }) => readCertificate(raw));
  return () => anchors;
}

let roots: readonly Certificate[] | undefined;

/** Read when they are needed for the first time: there are some 150. */
function rootsOfNode(): readonly Certificate[] {
  roots ??= rootCertificates.map((pem) => readCertificate(new X509Certificate(pem).raw));
  return roots;
}

function judgePeer(ders: readonly Uint8Array[], rules: Rules): PeerVerdict {
  let chain: Certificate[];
  let publicKey: KeyObject;
  try {
    chain = ders.map(readCertificate);
    publicKey = chain[0]!.x509.publicKey; // read when it is asked for
  } catch {
    return { refused: 'BAD_CERTIFICATE', message: 'a certificate that cannot be read' };
  }
  const own = chain[0]!;
  const keyType = keyTypeOf(publicKey);
  if (keyType === undefined) {
    return { refused: 'UNSUPPORTED_CERTIFICATE', message: 'a key that is too weak, or of a kind we do not use' };
  }
  const now = (rules.clock ?? Date.now)();
  const wrong = rules.pinned === undefined ? judgeChain(chain, rules, now) : judgePinned(own, rules, now);
  return wrong ?? { key: peerKey(publicKey, keyType), isTrusted: true };
}

function judgePinned(own: Certificate, { pinned, revoked }: Rules, now: number): Refused | undefined {
  if (!pinned!.has(fingerprintOf(own))) {
    return {
      refused: 'CERTIFICATE_UNKNOWN',
      message: `the fingerprint ${fingerprintOf(own)} is none of those expected`,
    };
  }
  return judgeRevoked([own], revoked) ?? judgeDates(own, now);
}

function judgeChain(chain: readonly Certificate[], rules: Rules, now: number): Refused | undefined {
  const path = findPath(chain, rules.anchors(), now);
  if ('refused' in path) return path;
  return (
    judgeRevoked(path, rules.revoked) ?? judgePath(path, { now, purpose: rules.purpose }) ?? judgeHost(path[0]!, rules)
  );
}

function judgeRevoked(path: readonly Certificate[], revoked: ReadonlySet<string>): Refused | undefined {
  const found = path.find((certificate) => revoked.has(fingerprintOf(certificate)));
  return found && { refused: 'CERTIFICATE_REVOKED', message: `${found.x509.subject} was revoked` };
}

function judgeHost({ x509 }: Certificate, { host }: Rules): Refused | undefined {
  if (host === undefined) return undefined;
  // Alternative names only: a Common Name is no host name. RFC 9525, §6.3
  const options = { subject: 'never', partialWildcards: false } as const;
  const matches = isIP(host) === 0 ? x509.checkHost(host, options) : x509.checkIP(host);
  if (matches !== undefined) return undefined;
  return {
    refused: 'WRONG_HOST',
    message: `${host} is not among the names of the certificate: ${x509.subjectAltName ?? 'none'}`,
  };
}

function fingerprintOf({ x509 }: Certificate): string {
  return x509.fingerprint256.replaceAll(':', '').toLowerCase();
}

/** Whom the owner takes as well: anybody with a key that can be used. */
function anybody([own]: readonly Uint8Array[], refusal: Refused): PeerVerdict {
  try {
    const { publicKey } = readX509(own!);
    const keyType = keyTypeOf(publicKey);
    return keyType === undefined ? refusal : { key: peerKey(publicKey, keyType), isTrusted: false };
  } catch {
    return refusal;
  }
}
