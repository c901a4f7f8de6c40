/**
 * The keys that tokens are checked with, and the algorithms that go with each kind: a public key is never taken for the
 * secret of an HMAC, whatever a token says about itself. It must not know claims.
 */
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { AccessError } from 'signalbox/access';

const SYMMETRIC = ['HS256', 'HS384', 'HS512'] as const;
const ASYMMETRIC = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

/** All that can be listed; `none` is not among them. */
export const JWT_ALGORITHMS = [...SYMMETRIC, ...ASYMMETRIC] as const;

export type JwtAlgorithm = (typeof JWT_ALGORITHMS)[number];

/** Exactly one of them. Files are read again by `reload`. */
export interface JwtKeys {
  /** The secret of an HMAC, 32 bytes at least: its bytes, or its text in UTF-8. */
  readonly secret?: Uint8Array | string;
  /** A file with the secret of an HMAC; one line end at its end does not belong to it. */
  readonly secretFile?: string;
  /** A public key or a certificate, in PEM. */
  readonly publicKeyFile?: string;
  /** A JSON Web Key Set; a token names its key by `kid`. */
  readonly jwksFile?: string;
}

/** Shorter secrets can be guessed offline by whoever has one token (RFC 7518 §3.2). */
const LEAST_SECRET_BYTES = 32;

/** Throws AccessError `BAD_OPTIONS`. */
export function checkAlgorithms(algorithms: readonly JwtAlgorithm[], keys: JwtKeys): void {
  const kinds = (['secret', 'secretFile', 'publicKeyFile', 'jwksFile'] as const).filter(
    (kind) => keys[kind] !== undefined,
  );
  if (kinds.length !== 1) throw bad('give one of secret, secretFile, publicKeyFile and jwksFile');
  if (algorithms.length === 0) throw bad('algorithms must be listed');
  const isSecret = kinds[0] === 'secret' || kinds[0] === 'secretFile';
  const allowed: readonly string[] = isSecret ? SYMMETRIC : ASYMMETRIC;
  const other = algorithms.find((algorithm) => !allowed.includes(algorithm));
  if (other !== undefined) throw bad(`${other} does not go with ${kinds[0]}: ${allowed.join(', ')} do`);
}

/** Throws AccessError. */
export function loadKeys({ secret, secretFile, publicKeyFile, jwksFile }: JwtKeys): JWTVerifyGetKey {
  if (jwksFile !== undefined) return loadKeySet(jwksFile);
  const key = publicKeyFile === undefined ? loadSecret(secret, secretFile) : loadPublicKey(publicKeyFile);
  return () => Promise.resolve(key);
}

function loadKeySet(path: string): JWTVerifyGetKey {
  let set: JSONWebKeySet;
  try {
    set = JSON.parse(readFile(path).toString()) as JSONWebKeySet;
    const hasSecret = set.keys.some((key) => key.kty === 'oct');
    if (hasSecret) throw new Error('it has secret keys (oct), which do not belong here');
    return createLocalJWKSet(set);
  } catch (error) {
    if (error instanceof AccessError) throw error;
    throw new AccessError('FILE_INVALID', `${path}: no JSON Web Key Set: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function loadPublicKey(path: string): ReturnType<typeof createPublicKey> {
  const pem = readFile(path);
  if (pem.includes('PRIVATE KEY')) throw new AccessError('FILE_INVALID', `${path}: a private key does not belong here`);
  try {
    return createPublicKey(pem);
  } catch (error) {
    throw new AccessError('FILE_INVALID', `${path}: no public key or certificate in PEM`, { cause: error });
  }
}

function loadSecret(secret: Uint8Array | string | undefined, path: string | undefined): Uint8Array {
  const bytes = path === undefined ? Buffer.from(secret as string) : withoutLineEnd(readFile(path));
  if (bytes.length >= LEAST_SECRET_BYTES) return bytes;
  throw bad(
    `the secret${path === undefined ? '' : ` in ${path}`} has ${bytes.length} bytes: ${LEAST_SECRET_BYTES} are needed`,
  );
}

function withoutLineEnd(bytes: Buffer): Buffer {
  if (bytes.at(-1) !== 0x0a) return bytes;
  return bytes.subarray(0, bytes.at(-2) === 0x0d ? -2 : -1);
}

function readFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new AccessError('FILE_UNREADABLE', `${path}: ${code ?? message}`, { cause: error });
  }
}

function bad(message: string): AccessError {
  return new AccessError('BAD_OPTIONS', message);
}
