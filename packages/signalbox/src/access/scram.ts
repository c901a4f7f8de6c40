/**
 * SCRAM-SHA-256 (RFC 5802, RFC 7677) as an Authentication Method: two messages of the client, and neither side ever sends a
 * password. A user that does not exist is answered like one that does, and fails at the end.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type {
  AuthenticationExchange,
  AuthenticationMethod,
  AuthenticationStep,
} from '../broker/admission/authentication-method.ts';
import type { Maybe } from '../broker/hooks.ts';
import { saslPrep } from '../bytes/sasl-prep.ts';
import { HASH_BYTES, hmac, type ScramKeys, sha256 } from './scram-keys.ts';
import { type ClientFirst, readClientFinal, readClientFirst } from './scram-messages.ts';

export const SCRAM_SHA_256 = 'SCRAM-SHA-256';

export interface ScramUsers {
  /** The keys of a user; of one that does not exist fake ones, and `false` for `exists`. */
  keysOf(username: string): Maybe<{ readonly keys: ScramKeys; readonly exists: boolean }>;
}

export interface ScramOptions {
  /** The server's part of the nonce. Default: 18 random bytes in base64. */
  readonly nonce?: () => string;
}

/** 0x86; a re-authentication has 0x87 whatever we say. */
const BAD_USER_NAME_OR_PASSWORD = 0x86;
const FAILURE: AuthenticationStep = { type: 'failure', reasonCode: BAD_USER_NAME_OR_PASSWORD };

export function scramMethod(users: ScramUsers, options: ScramOptions = {}): AuthenticationMethod {
  const nonce = options.nonce ?? (() => randomBytes(18).toString('base64'));
  return {
    name: SCRAM_SHA_256,
    begin: (_client, credentials) => new ScramExchange(users, nonce(), credentials?.username),
  };
}

class ScramExchange implements AuthenticationExchange {
  readonly #users: ScramUsers;
  readonly #serverNonce: string;
  /** The User Name of CONNECT: when there is one it has to be the same. */
  readonly #connectUsername: string | undefined;
  #first: ClientFirst | undefined = undefined;
  #serverFirst = '';
  #keys: ScramKeys | undefined = undefined;
  #exists = false;
  #isOver = false;

  constructor(users: ScramUsers, serverNonce: string, connectUsername: string | undefined) {
    this.#users = users;
    this.#serverNonce = serverNonce;
    this.#connectUsername = connectUsername;
  }

  next(data: Uint8Array | undefined): Maybe<AuthenticationStep> {
    if (this.#isOver) return FAILURE;
    if (this.#first !== undefined) return this.#finish(data ?? new Uint8Array(0));
    if (data === undefined || data.length === 0) return { type: 'continue' }; // the client is to begin
    return this.#start(data);
  }

  #start(data: Uint8Array): Maybe<AuthenticationStep> {
    const first = readClientFirst(data);
    const username = first === undefined ? undefined : saslPrep(first.username);
    if (first === undefined || username === undefined) return this.#fail();
    const { authorizationId } = first;
    if (authorizationId !== undefined && authorizationId !== '' && authorizationId !== first.username)
      return this.#fail();
    if (this.#connectUsername !== undefined && this.#connectUsername !== first.username) return this.#fail();
    this.#first = { ...first, username };
    const found = this.#users.keysOf(username);
    return found instanceof Promise ? found.then((each) => this.#challenge(each)) : this.#challenge(found);
  }

  #challenge({ keys, exists }: { readonly keys: ScramKeys; readonly exists: boolean }): AuthenticationStep {
    this.#keys = keys;
    this.#exists = exists;
    const salt = Buffer.from(keys.salt).toString('base64');
    this.#serverFirst = `r=${this.#first!.nonce}${this.#serverNonce},s=${salt},i=${keys.iterations}`;
    return { type: 'continue', data: Buffer.from(this.#serverFirst), username: this.#first!.username };
  }

  #finish(data: Uint8Array): AuthenticationStep {
    const final = readClientFinal(data);
    const first = this.#first!;
    const keys = this.#keys;
    this.#isOver = true;
    if (final === undefined || keys === undefined) return FAILURE;
    const binding = Buffer.from(first.gs2Header).toString('base64');
    if (final.channelBinding !== binding || final.nonce !== `${first.nonce}${this.#serverNonce}`) return FAILURE;
    const authMessage = `${first.bare},${this.#serverFirst},${final.withoutProof}`;
    if (!isProof(final.proof, keys, authMessage) || !this.#exists) return FAILURE;
    const signature = hmac(keys.serverKey, authMessage).toString('base64');
    return { type: 'success', data: Buffer.from(`v=${signature}`), admission: { username: first.username } };
  }

  #fail(): AuthenticationStep {
    this.#isOver = true;
    return FAILURE;
  }
}

function isProof(proof: Uint8Array, { storedKey }: ScramKeys, authMessage: string): boolean {
  if (proof.length !== HASH_BYTES) return false;
  const clientKey = hmac(storedKey, authMessage);
  for (let i = 0; i < HASH_BYTES; i++) clientKey[i]! ^= proof[i]!;
  return timingSafeEqual(sha256(clientKey), storedKey);
}
