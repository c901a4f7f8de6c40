/** What a server keeps for SCRAM-SHA-256 (RFC 5802 §3, RFC 7677): keys from which nobody can log in. */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { saslPrep } from '../bytes/sasl-prep.ts';

export interface ScramKeys {
  readonly iterations: number;
  readonly salt: Uint8Array;
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
}

/**
 * More than the 4,096 that the RFC asks for at least, because who has the file can guess against these keys: they must not
 * be much cheaper than those of scrypt beside them. A client computes as much at each login.
 */
export const DEFAULT_ITERATIONS = 100_000;
export const LEAST_ITERATIONS = 4_096;
export const MOST_ITERATIONS = 10_000_000;

export const HASH_BYTES = 32;
export const SALT_BYTES = 16;

export interface ScramKeysOptions {
  readonly iterations?: number;
  /** Default: a random one. */
  readonly salt?: Uint8Array;
}

/** Takes as long as its iterations. */
export function deriveScramKeys(password: string, options: ScramKeysOptions = {}): ScramKeys {
  const { iterations = DEFAULT_ITERATIONS, salt = randomBytes(SALT_BYTES) } = options;
  const salted = pbkdf2Sync(saslPrep(password) ?? password, salt, iterations, HASH_BYTES, 'sha256');
  const storedKey = sha256(hmac(salted, 'Client Key'));
  return { iterations, salt, storedKey, serverKey: hmac(salted, 'Server Key') };
}

/** For a user that does not exist: always the same salt for a name, and keys that no proof fits. */
export function fakeScramKeys(username: string, secret: Uint8Array, iterations: number): ScramKeys {
  const salt = hmac(secret, `salt:${username}`).subarray(0, SALT_BYTES);
  return {
    iterations,
    salt,
    storedKey: hmac(secret, `key:${username}`),
    serverKey: hmac(secret, `server:${username}`),
  };
}

export function hmac(key: Uint8Array, message: string): Buffer {
  return createHmac('sha256', key).update(message).digest();
}

export function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
