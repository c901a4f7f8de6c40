// Signature schemes: the numbers of the signature_algorithms extension, the key each needs, and the order of preference.
// Nothing below SHA-256. RFC 5246, §7.4.1.4.1; RFC 8422, §5.1.3; RFC 8446, §4.2.3

export type KeyType = 'ec' | 'rsa' | 'ed25519';

export type SignatureScheme =
  | 'ecdsa-sha256'
  | 'ecdsa-sha384'
  | 'ecdsa-sha512'
  | 'ed25519'
  | 'rsa-pss-sha256'
  | 'rsa-pss-sha384'
  | 'rsa-pss-sha512'
  | 'rsa-pkcs1-sha256'
  | 'rsa-pkcs1-sha384'
  | 'rsa-pkcs1-sha512';

export const SIGNATURE_SCHEMES: Readonly<Record<SignatureScheme, { readonly id: number; readonly keyType: KeyType }>> =
  {
    'ecdsa-sha256': { id: 0x0403, keyType: 'ec' },
    'ecdsa-sha384': { id: 0x0503, keyType: 'ec' },
    'ecdsa-sha512': { id: 0x0603, keyType: 'ec' },
    ed25519: { id: 0x0807, keyType: 'ed25519' },
    'rsa-pss-sha256': { id: 0x0804, keyType: 'rsa' },
    'rsa-pss-sha384': { id: 0x0805, keyType: 'rsa' },
    'rsa-pss-sha512': { id: 0x0806, keyType: 'rsa' },
    'rsa-pkcs1-sha256': { id: 0x0401, keyType: 'rsa' },
    'rsa-pkcs1-sha384': { id: 0x0501, keyType: 'rsa' },
    'rsa-pkcs1-sha512': { id: 0x0601, keyType: 'rsa' },
  };

const ALL = Object.keys(SIGNATURE_SCHEMES) as SignatureScheme[];

/** What we offer, most welcome first. */
export const OFFERED_SCHEMES: readonly number[] = ALL.map((scheme) => SIGNATURE_SCHEMES[scheme].id);

export function schemeOf(id: number): SignatureScheme | undefined {
  return ALL.find((scheme) => SIGNATURE_SCHEMES[scheme].id === id);
}

/** The first scheme for this type of key which the peer takes as well. */
export function schemeFor(keyType: KeyType, accepted: readonly number[]): SignatureScheme | undefined {
  return ALL.find((scheme) => {
    const { id, keyType: needed } = SIGNATURE_SCHEMES[scheme];
    return needed === keyType && accepted.includes(id);
  });
}

/** ClientCertificateType of a key: ecdsa_sign stands for Ed25519 as well. RFC 8422, §5.5 */
export const CERTIFICATE_TYPES: Readonly<Record<KeyType, number>> = { ec: 64, ed25519: 64, rsa: 1 };
