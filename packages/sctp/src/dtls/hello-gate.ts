// The door of a server: nobody gets in, and nothing is remembered, before a client has shown that datagrams to its address
// reach it. What is no ClientHello is dropped without a word. RFC 6347, §4.2.1

import { concat, u16 } from './byte-fields.ts';
import { ByteReader } from './byte-reader.ts';
import { type ClientHello, readClientHello } from './client-hello.ts';
import { HANDSHAKE_TYPES, type HandshakeMessage, readFragments, wholeMessage } from './handshake-message.ts';
import type { Primitives } from './primitives.ts';
import { ContentType, DTLS_1_0, readRecord, writePlainRecord } from './record.ts';
import { writeHelloVerifyRequest } from './server-hello.ts';

/** How long a secret makes cookies; those of the one before are good for as long again. A handshake has half a minute. */
const SECRET_LIFE_MS = 60_000;

/** A client asks once without a cookie and once with it; some count repeats. */
const MOST_HELLOS = 16;

/** A ClientHello with a cookie of ours, from where it was sent to. */
export interface VerifiedHello {
  readonly hello: ClientHello;
  readonly message: HandshakeMessage;
  readonly recordSequence: number;
}

export class HelloGate {
  readonly #primitives: Pick<Primitives, 'random' | 'hmac' | 'isEqual'>;
  #secret: Uint8Array;
  #before: Uint8Array;
  #changesAt: number;

  constructor(primitives: Pick<Primitives, 'random' | 'hmac' | 'isEqual'>, now: number) {
    this.#primitives = primitives;
    this.#secret = primitives.random(32);
    this.#before = this.#secret;
    this.#changesAt = now + SECRET_LIFE_MS;
  }

  /** `address`: where the datagram came from, in any form that is always the same. */
  judge(datagram: Uint8Array, address: Uint8Array, now: number): VerifiedHello | { reply: Uint8Array } | undefined {
    const knock = readKnock(datagram);
    if (knock === undefined) return undefined;
    this.#changeSecret(now);
    const { message, recordSequence } = knock;
    const described = concat(u16(address.length), address, ...knock.described);
    const cookie = this.#primitives.hmac('sha256', this.#secret, described);
    if (this.#isOurs(knock.cookie, cookie, described)) {
      const hello = readWhole(message.body);
      return hello && { hello, message, recordSequence };
    }
    const type = HANDSHAKE_TYPES['hello-verify-request'];
    const body = writeHelloVerifyRequest(DTLS_1_0, cookie);
    const reply = wholeMessage({ type, messageSequence: message.messageSequence, body });
    return { reply: writePlainRecord(ContentType.Handshake, recordSequence, reply) };
  }

  #isOurs(given: Uint8Array, cookie: Uint8Array, described: Uint8Array): boolean {
    if (given.length !== cookie.length) return false;
    if (this.#primitives.isEqual(cookie, given)) return true;
    return this.#primitives.isEqual(this.#primitives.hmac('sha256', this.#before, described), given);
  }

  #changeSecret(now: number): void {
    if (now < this.#changesAt) return;
    const isRecent = now < this.#changesAt + SECRET_LIFE_MS;
    const fresh = this.#primitives.random(32);
    this.#before = isRecent ? this.#secret : fresh;
    this.#secret = fresh;
    this.#changesAt = now + SECRET_LIFE_MS;
  }
}

/** A ClientHello as far as it is looked at before its cookie: who floods makes us read no lists. */
interface Knock {
  readonly message: HandshakeMessage;
  readonly recordSequence: number;
  readonly cookie: Uint8Array;
  /** All of it but the cookie, which has to be the same the second time. */
  readonly described: readonly Uint8Array[];
}

/** In one piece, first in its datagram, in the clear; undefined when there is none. */
function readKnock(datagram: Uint8Array): Knock | undefined {
  const record = readRecord(datagram, 0);
  if (record === undefined || record.type !== ContentType.Handshake || record.epoch !== 0) return undefined;
  const [fragment] = readFragments(record.fragment);
  if (fragment === undefined || fragment.type !== HANDSHAKE_TYPES['client-hello']) return undefined;
  const { type, messageSequence, length } = fragment;
  if (fragment.bytes.length !== length || messageSequence >= MOST_HELLOS) return undefined;
  const body = fragment.bytes.slice();
  try {
    const { cookie, described } = readAroundCookie(body);
    const message = { type, messageSequence, body, epoch: 0 };
    return { message, recordSequence: record.sequence, cookie, described };
  } catch {
    return undefined;
  }
}

/** The fields of a ClientHello as far as they have lengths. Throws DtlsError. */
function readAroundCookie(body: Uint8Array): Pick<Knock, 'cookie' | 'described'> {
  const reader = new ByteReader(body);
  reader.raw(34); // version and random
  reader.vector8(); // session
  const before = body.subarray(0, reader.position);
  const cookie = reader.vector8();
  const after = body.subarray(reader.position);
  reader.vector16(); // cipher suites
  reader.vector8(); // compression
  if (reader.hasMore) reader.vector16(); // extensions
  reader.finish();
  return { cookie, described: [before, after] };
}

function readWhole(body: Uint8Array): ClientHello | undefined {
  try {
    return readClientHello(body);
  } catch {
    return undefined;
  }
}
