// Keys of certificates: our own, which sign, and the peer's, which verify. Which key goes with which scheme is in
// ../dtls/signature-schemes.ts.

import { constants, createPrivateKey, type KeyObject, sign, verify, X509Certificate } from 'node:crypto';
import { DtlsUsageError } from '../dtls/errors.ts';
import type { Identity, PeerKey } from '../dtls/primitives.ts';
import type { KeyType, SignatureScheme } from '../dtls/signature-schemes.ts';

export type Pem = string | Uint8Array;

const CURVES = ['prime256v1', 'secp384r1', 'secp521r1'];
/** Sound, and of no use to us but as the key of an authority. */
const OTHER_CURVES = ['secp256k1', 'brainpoolP256r1', 'brainpoolP384r1', 'brainpoolP512r1'];
const SMALLEST_RSA_BITS = 2048;
/** Checking one signature takes 25 ms at 16,384 bits and with a large exponent, and whoever shows a chain chooses both. */
const LARGEST_RSA_BITS = 8192;
const LARGEST_EXPONENT = 0xffff_ffffn;

/** 'weak': others may have found the private key. 'excessive': so dear that it is an attack. */
export function strengthOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): 'weak' | 'sound' | 'excessive' {
  const { namedCurve = '', modulusLength = 0, publicExponent = 0n } = asymmetricKeyDetails ?? {};
  if (asymmetricKeyType === 'ed25519' || asymmetricKeyType === 'ed448') return 'sound';
  if (asymmetricKeyType === 'ec') return [...CURVES, ...OTHER_CURVES].includes(namedCurve) ? 'sound' : 'weak';
  if (asymmetricKeyType !== 'rsa' && asymmetricKeyType !== 'rsa-pss') return 'weak';
  if (modulusLength > LARGEST_RSA_BITS || publicExponent > LARGEST_EXPONENT) return 'excessive';
  return modulusLength < SMALLEST_RSA_BITS ? 'weak' : 'sound';
}

/** The type of a key that is strong enough, and of a kind we use; undefined for every other. */
export function keyTypeOf(key: KeyObject): KeyType | undefined {
  const { asymmetricKeyType, asymmetricKeyDetails } = key;
  if (strengthOf(key) !== 'sound') return undefined;
  if (asymmetricKeyType === 'ed25519' || asymmetricKeyType === 'rsa') return asymmetricKeyType;
  return CURVES.includes(asymmetricKeyDetails?.namedCurve ?? '') ? 'ec' : undefined;
}

/** The key as node:crypto wants it for a scheme. */
function keyFor(scheme: SignatureScheme, key: KeyObject) {
  if (!scheme.startsWith('rsa-pss')) return key;
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
}

function hashFor(scheme: SignatureScheme): string | undefined {
  return scheme === 'ed25519' ? undefined : scheme.slice(scheme.lastIndexOf('-') + 1);
}

export function peerKey(key: KeyObject, keyType: KeyType): PeerKey {
  return {
    keyType,
    verify: (scheme, content, signature) => verify(hashFor(scheme), content, keyFor(scheme, key), signature),
  };
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Certificates of one or several PEM texts. Throws DtlsUsageError `INVALID_ARGUMENT` when there is none, or a broken one. */
export function readPem(pem: Pem | readonly Pem[], name: string): X509Certificate[] {
  const texts = (Array.isArray(pem) ? pem : [pem]) as readonly Pem[];
  const found = texts.flatMap((text) => Buffer.from(text).toString('latin1').match(CERTIFICATE) ?? []);
  if (found.length === 0) throw new DtlsUsageError('INVALID_ARGUMENT', `no certificate in PEM form in \`${name}\``);
  try {
    return found.map((one) => new X509Certificate(one));
  } catch {
    throw new DtlsUsageError('INVALID_ARGUMENT', `a certificate in \`${name}\` cannot be read`);
  }
}

/** Certificate and key in the words of node:tls. */
export interface IdentityPem {
  /** PEM: the own certificate first, then who issued it, without the root. */
  readonly cert: Pem | readonly Pem[];
  /** PEM. */
  readonly key: Pem;
  readonly passphrase?: string;
}

/** Throws DtlsUsageError `INVALID_ARGUMENT` when the two do not belong together, or are of a kind we do not use. */
export function identityOf({ cert, key, passphrase }: IdentityPem): Identity {
  const [own, ...issuers] = readPem(cert, 'cert');
  const privateKey = readKey(key, passphrase);
  const keyType = keyTypeOf(own!.publicKey);
  if (keyType === undefined) {
    throw new DtlsUsageError(
      'INVALID_ARGUMENT',
      'the key is to be RSA (2048 to 8192 bits), P-256, P-384, P-521 or Ed25519',
    );
  }
  if (!own!.checkPrivateKey(privateKey)) {
    throw new DtlsUsageError('INVALID_ARGUMENT', '`key` is not the key of the first certificate in `cert`');
  }
  return {
    chain: [own!, ...issuers].map(({ raw }) => new Uint8Array(raw)),
    keyType,
    sign: (scheme, content) => sign(hashFor(scheme), content, keyFor(scheme, privateKey)),
  };
}

function readKey(key: Pem, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key: Buffer.from(key), ...(passphrase !== undefined && { passphrase }) });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DtlsUsageError('INVALID_ARGUMENT', `\`key\` cannot be read: ${reason}`);
  }
}
