// The door of a server: nobody gets in, and nothing is remembered, before a client has shown that datagrams to its address
// reach it. What is no ClientHello is dropped without a word. RFC 6347, §4.2.1

import { concat, NOTHING, u16 } from './byte-fields.ts';
import { type ClientHello, readClientHello, writeClientHello } from './client-hello.ts';
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
    const verified = readHello(datagram);
    if (verified === undefined) return undefined;
    this.#changeSecret(now);
    const { hello, message, recordSequence } = verified;
    const described = concat(u16(address.length), address, writeClientHello({ ...hello, cookie: NOTHING }));
    const cookie = this.#primitives.hmac('sha256', this.#secret, described);
    if (this.#primitives.isEqual(cookie, hello.cookie)) return verified;
    if (this.#primitives.isEqual(this.#primitives.hmac('sha256', this.#before, described), hello.cookie))
      return verified;
    const type = HANDSHAKE_TYPES['hello-verify-request'];
    const body = writeHelloVerifyRequest(DTLS_1_0, cookie);
    const reply = wholeMessage({ type, messageSequence: message.messageSequence, body });
    return { reply: writePlainRecord(ContentType.Handshake, recordSequence, reply) };
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

/** In one piece, first in its datagram, in the clear; undefined when there is none. */
function readHello(datagram: Uint8Array): VerifiedHello | undefined {
  const record = readRecord(datagram, 0);
  if (record === undefined || record.type !== ContentType.Handshake || record.epoch !== 0) return undefined;
  const [fragment] = readFragments(record.fragment);
  if (fragment === undefined || fragment.type !== HANDSHAKE_TYPES['client-hello']) return undefined;
  const { type, messageSequence, length } = fragment;
  if (fragment.bytes.length !== length || messageSequence >= MOST_HELLOS) return undefined;
  try {
    const body = fragment.bytes.slice();
    const message = { type, messageSequence, body, epoch: 0 };
    return { hello: readClientHello(body), message, recordSequence: record.sequence };
  } catch {
    return undefined;
  }
}
