// SCRAM-SHA-256 (RFC 5802, RFC 7677) on the client's side: proves that it knows the password without telling it, and has
// the server prove the same. Over the platform's WebCrypto.

import { saslPrep } from '../../bytes/sasl-prep.ts';
import { UsageError } from '../../mqtt/errors.ts';
import { ClientError } from '../client-errors.ts';
import type { Authentication, AuthenticationExchange } from './authentication.ts';

export interface ScramOptions {
  readonly username: string;
  readonly password: string;
  /** Fewer iterations than this are refused: a false server would ask for few, and guess. Default 4,096. */
  readonly minimumIterations?: number | undefined;
}

/** For tests: dialogues that are known. */
export interface ScramSurroundings {
  readonly nonce?: (() => string) | undefined;
}

const METHOD = 'SCRAM-SHA-256';
/** `n,,`: no channel binding, no other identity. */
const GS2_HEADER = 'n,,';
const MINIMUM_ITERATIONS = 4_096; // RFC 7677 §4
/** More would take minutes, at the wish of a server that has proved nothing. */
const MAXIMUM_ITERATIONS = 10_000_000;

/** For the option `authentication`. Throws UsageError for a name or password that SASLprep forbids. */
export function scramSha256(options: ScramOptions, { nonce = randomNonce }: ScramSurroundings = {}): Authentication {
  const username = saslPrep(options.username);
  const password = saslPrep(options.password);
  if (username === undefined || username === '' || password === undefined || password === '')
    throw new UsageError(
      'INVALID_ARGUMENT',
      'user name and password of SCRAM must not be empty, or hold control characters',
    );
  const minimum = options.minimumIterations ?? MINIMUM_ITERATIONS;
  return { method: METHOD, begin: () => new ScramExchange({ username, password, nonce: nonce() }, minimum) };
}

class ScramExchange implements AuthenticationExchange {
  readonly #password: string;
  readonly #minimumIterations: number;
  readonly #nonce: string;
  readonly #firstBare: string;
  #signature: Uint8Array | undefined;

  constructor(
    who: { readonly username: string; readonly password: string; readonly nonce: string },
    minimumIterations: number,
  ) {
    this.#password = who.password;
    this.#minimumIterations = minimumIterations;
    this.#nonce = who.nonce;
    this.#firstBare = `n=${who.username.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${this.#nonce}`;
  }

  first(): Uint8Array {
    return encode(GS2_HEADER + this.#firstBare);
  }

  async next(data: Uint8Array): Promise<Uint8Array> {
    const serverFirst = new TextDecoder().decode(data);
    const found = /^r=([^,]+),s=([A-Za-z0-9+/]+=*),i=([1-9]\d{0,8})(?:,.*)?$/.exec(serverFirst);
    if (found === null || this.#signature !== undefined) throw distrust('it does not speak SCRAM');
    const [, nonce = '', salt = '', count = ''] = found;
    const iterations = Number(count);
    if (!nonce.startsWith(this.#nonce) || nonce === this.#nonce) throw distrust('it does not use our nonce');
    if (iterations < this.#minimumIterations || iterations > MAXIMUM_ITERATIONS)
      throw distrust(`${iterations} iterations are ${iterations > MAXIMUM_ITERATIONS ? 'too many' : 'too few'}`);
    const withoutProof = `c=${toBase64(encode(GS2_HEADER))},r=${nonce}`;
    const message = encode(`${this.#firstBare},${serverFirst},${withoutProof}`);
    const salted = await pbkdf2(this.#password, fromBase64(salt), iterations);
    const clientKey = await hmac(salted, encode('Client Key'));
    const storedKey = new Uint8Array(await crypto.subtle.digest('SHA-256', clientKey));
    const clientSignature = await hmac(storedKey, message);
    this.#signature = await hmac(await hmac(salted, encode('Server Key')), message);
    const proof = clientKey.map((byte, index) => byte ^ clientSignature[index]!);
    return encode(`${withoutProof},p=${toBase64(proof)}`);
  }

  last(data: Uint8Array | undefined): void {
    const expected = this.#signature === undefined ? undefined : `v=${toBase64(this.#signature)}`;
    const [proof] = new TextDecoder().decode(data).split(',');
    if (expected === undefined || proof !== expected) throw distrust('it does not know the password');
  }
}

function randomNonce(): string {
  return toBase64(crypto.getRandomValues(new Uint8Array(18)));
}

function distrust(why: string): ClientError {
  return new ClientError('SERVER_NOT_AUTHENTIC', `the server has not proved that it is ours: ${why}`);
}

async function hmac(key: Bytes, message: Bytes): Promise<Bytes> {
  const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, message));
}

async function pbkdf2(password: string, salt: Bytes, iterations: number): Promise<Bytes> {
  const key = await crypto.subtle.importKey('raw', encode(password), 'PBKDF2', false, ['deriveBits']);
  const bits = await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations }, key, 256);
  return new Uint8Array(bits);
}

/** What WebCrypto takes. */
type Bytes = Uint8Array<ArrayBuffer>;

function encode(text: string): Bytes {
  return new TextEncoder().encode(text) as Bytes;
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function fromBase64(text: string): Bytes {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
