// What a certificate says about its use and X509Certificate does not tell: path length, key usage, extended key usage, the
// signature algorithm, and whether it has critical extensions we do not know. RFC 5280, §4.1, §4.2.1

import { DerReader, DerTag, dotted } from './der-reader.ts';

export interface CertificateFacts {
  /** Of its issuer's signature, dotted. */
  readonly signatureAlgorithm: string;
  /** The hash of a signature by RSASSA-PSS, dotted, if it names one. */
  readonly pssHash: string | undefined;
  /** basicConstraints says so. */
  readonly isAuthority: boolean;
  /** How many authorities may come below this one, themselves not counted as the last; undefined: any number. */
  readonly pathLength: number | undefined;
  /** Bits as in the extension, the first one being 0; undefined: for everything. */
  readonly keyUsage: ReadonlySet<number> | undefined;
  /** Dotted; undefined: for everything. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  /**
   * Critical and not one of those above: whoever does not understand it must not trust the certificate. Name constraints
   * always: an authority that has them is not to be trusted with every name.
   */
  readonly unknownCritical: readonly string[];
}

export const RSASSA_PSS = '1.2.840.113549.1.1.10';

export const KeyUsage = { DigitalSignature: 0, CertificateSigning: 5 } as const;

const BASIC_CONSTRAINTS = '2.5.29.19';
const KEY_USAGE = '2.5.29.15';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17';
const NAME_CONSTRAINTS = '2.5.29.30';

/** Looked at here, or (alternative names) by X509Certificate. */
const KNOWN = [BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_KEY_USAGE, SUBJECT_ALTERNATIVE_NAME];

interface Extension {
  readonly isCritical: boolean;
  readonly value: Uint8Array;
}

/** Throws Error for what is no certificate. */
export function readCertificateFacts(der: Uint8Array): CertificateFacts {
  const certificate = new DerReader(new DerReader(der).expect(DerTag.Sequence));
  const extensions = readExtensions(new DerReader(certificate.expect(DerTag.Sequence)));
  const algorithm = new DerReader(certificate.expect(DerTag.Sequence));
  const signatureAlgorithm = dotted(algorithm.expect(DerTag.ObjectIdentifier));
  return {
    signatureAlgorithm,
    pssHash: signatureAlgorithm === RSASSA_PSS ? readPssHash(algorithm) : undefined,
    ...readBasicConstraints(extensions.get(BASIC_CONSTRAINTS)?.value),
    keyUsage: readKeyUsage(extensions.get(KEY_USAGE)?.value),
    extendedKeyUsage: readExtendedKeyUsage(extensions.get(EXTENDED_KEY_USAGE)?.value),
    unknownCritical: [...extensions]
      .filter(([id, { isCritical }]) => id === NAME_CONSTRAINTS || (isCritical && !KNOWN.includes(id)))
      .map(([id]) => id),
  };
}

const PSS_HASH = 0xa0; // [0] EXPLICIT

/** From the parameters of RSASSA-PSS. RFC 4055, §3.1 */
function readPssHash(algorithm: DerReader): string | undefined {
  const hash = new DerReader(algorithm.expect(DerTag.Sequence)).optional(PSS_HASH);
  return hash && dotted(new DerReader(new DerReader(hash).expect(DerTag.Sequence)).expect(DerTag.ObjectIdentifier));
}

const EXTENSIONS = 0xa3; // [3] EXPLICIT

function readExtensions(tbs: DerReader): Map<string, Extension> {
  const extensions = new Map<string, Extension>();
  while (tbs.hasMore) {
    const { tag, content } = tbs.next();
    if (tag !== EXTENSIONS) continue;
    const list = new DerReader(new DerReader(content).expect(DerTag.Sequence));
    while (list.hasMore) {
      const one = new DerReader(list.expect(DerTag.Sequence));
      const id = dotted(one.expect(DerTag.ObjectIdentifier));
      const critical = one.optional(DerTag.Boolean);
      if (extensions.has(id)) throw new Error(`extension ${id} twice`);
      // Whatever is not false: a certificate that writes true in its own way does not get around it.
      const isCritical = critical !== undefined && critical[0] !== 0;
      extensions.set(id, { isCritical, value: one.expect(DerTag.OctetString) });
    }
  }
  return extensions;
}

function readBasicConstraints(value: Uint8Array | undefined): { isAuthority: boolean; pathLength: number | undefined } {
  if (value === undefined) return { isAuthority: false, pathLength: undefined };
  const inside = new DerReader(new DerReader(value).expect(DerTag.Sequence));
  const isAuthority = inside.optional(DerTag.Boolean)?.[0] === 0xff;
  const length = inside.optional(DerTag.Integer);
  // Longer numbers than one byte are no limit: chains are shorter.
  const pathLength = length === undefined || length.length !== 1 ? undefined : length[0]! & 0x7f;
  return { isAuthority, pathLength };
}

function readKeyUsage(value: Uint8Array | undefined): ReadonlySet<number> | undefined {
  if (value === undefined) return undefined;
  const bytes = new DerReader(value).expect(DerTag.BitString).subarray(1);
  const bits = new Set<number>();
  for (let bit = 0; bit < bytes.length * 8; bit++) if ((bytes[bit >>> 3]! & (0x80 >>> (bit & 7))) !== 0) bits.add(bit);
  return bits;
}

function readExtendedKeyUsage(value: Uint8Array | undefined): string[] | undefined {
  if (value === undefined) return undefined;
  const inside = new DerReader(new DerReader(value).expect(DerTag.Sequence));
  const purposes: string[] = [];
  while (inside.hasMore) purposes.push(dotted(inside.expect(DerTag.ObjectIdentifier)));
  return purposes;
}
