// What DTLS needs of a cryptographic library, and what it needs to know of the two parties. Everything here is passed in:
// the folder itself has no randomness, no ciphers and no certificates. `../node-crypto/` implements it with node:crypto.

import type { DtlsErrorCode } from './errors.ts';
import type { Group } from './groups.ts';
import type { KeyType, SignatureScheme } from './signature-schemes.ts';

export type HashName = 'sha256' | 'sha384';

/** Authenticated encryption under one key: AES-GCM with a tag of 16 bytes. */
export interface Aead {
  /** Writes ciphertext and tag into `target` from `at` on: `plain.length + 16` bytes. */
  seal(input: { nonce: Uint8Array; additional: Uint8Array; plain: Uint8Array }, target: Uint8Array, at: number): void;
  /** The plaintext; undefined when the tag is wrong. `sealed` has at least 16 bytes. */
  open(input: { nonce: Uint8Array; additional: Uint8Array; sealed: Uint8Array }): Uint8Array | undefined;
}

/** Our half of an ephemeral Diffie-Hellman exchange. */
export interface KeyShare {
  readonly publicKey: Uint8Array;
  /** The shared secret; undefined when the peer's key is none of this group. */
  agree(peerPublicKey: Uint8Array): Uint8Array | undefined;
}

export interface Primitives {
  random(size: number): Uint8Array;
  hash(name: HashName, bytes: Uint8Array): Uint8Array;
  hmac(name: HashName, key: Uint8Array, bytes: Uint8Array): Uint8Array;
  /** Compares in a time that depends on the lengths alone; different ones are not equal. */
  isEqual(left: Uint8Array, right: Uint8Array): boolean;
  /** A key of 16 or 32 bytes. */
  aead(key: Uint8Array): Aead;
  keyShare(group: Group): KeyShare;
}

/** A certificate of our own with its key. */
export interface Identity {
  /** DER, the own certificate first, then who issued it, and so on. */
  readonly chain: readonly Uint8Array[];
  readonly keyType: KeyType;
  sign(scheme: SignatureScheme, content: Uint8Array): Uint8Array;
}

/** The key of the peer's certificate. */
export interface PeerKey {
  readonly keyType: KeyType;
  verify(scheme: SignatureScheme, content: Uint8Array, signature: Uint8Array): boolean;
}

/** What came of looking at the certificates of a peer. `isTrusted` is false only where the owner takes anybody. */
export type PeerVerdict =
  | { readonly key: PeerKey; readonly isTrusted: boolean }
  | { readonly refused: DtlsErrorCode; readonly message: string };

/** Looks at the chain a peer sent: DER, its own certificate first, never empty. */
export type VerifyPeer = (chain: readonly Uint8Array[]) => PeerVerdict;
