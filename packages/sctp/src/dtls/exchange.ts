// What both sides of a handshake have: what was said so far, the flight that is being written, the randoms, the suite and
// the keys that come of it. Knows no states, and of messages only Finished. RFC 5246, §7.4.9; RFC 6347, §4.2.6

import { concat } from './byte-fields.ts';
import type { Signed } from './certificate-messages.ts';
import type { CipherSuite } from './cipher-suites.ts';
import { DtlsError } from './errors.ts';
import { Flight } from './flight.ts';
import { HANDSHAKE_TYPES, type HandshakeMessage, type HandshakeType, wholeMessage } from './handshake-message.ts';
import { KeySchedule, type Role } from './key-schedule.ts';
import type { DtlsLimits } from './limits.ts';
import type { PeerKey, Primitives } from './primitives.ts';
import type { RecordLayer } from './record-layer.ts';
import { SIGNATURE_SCHEMES, schemeOf } from './signature-schemes.ts';

export interface ExchangeParts {
  readonly role: Role;
  readonly primitives: Primitives;
  readonly limits: DtlsLimits;
  readonly records: RecordLayer;
  /** Number of the first message we send. */
  readonly messageSequence: number;
}

export class Exchange {
  readonly primitives: Primitives;
  readonly limits: DtlsLimits;
  readonly flight: Flight;
  clientRandom: Uint8Array = new Uint8Array(32);
  serverRandom: Uint8Array = new Uint8Array(32);
  readonly #role: Role;
  readonly #records: RecordLayer;
  #messageSequence: number;
  #transcript: Uint8Array[] = [];
  #suite: CipherSuite | undefined;
  #schedule: KeySchedule | undefined;
  #epoch = 0;

  constructor({ role, primitives, limits, records, messageSequence }: ExchangeParts) {
    this.primitives = primitives;
    this.limits = limits;
    this.flight = new Flight(records, limits);
    this.#role = role;
    this.#records = records;
    this.#messageSequence = messageSequence;
  }

  /** To be asked for once one was chosen. */
  get suite(): CipherSuite {
    return this.#suite!;
  }

  choose(suite: CipherSuite): void {
    this.#suite = suite;
  }

  /** The epoch we write in: 1 after our ChangeCipherSpec. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Everything said so far, by both. */
  get transcript(): Uint8Array {
    return concat(...this.#transcript);
  }

  /** The first ClientHello and what it was answered count for nothing once there is a cookie. RFC 6347, §4.2.1 */
  forgetTranscript(): void {
    this.#transcript = [];
  }

  /** The handshake is through: what was said, and the secret behind the keys, are of no more use. */
  conclude(): void {
    this.#transcript = [];
    this.#schedule = undefined;
  }

  heard(message: HandshakeMessage): void {
    this.#transcript.push(wholeMessage(message));
  }

  say(type: HandshakeType, body: Uint8Array): void {
    const message = { type: HANDSHAKE_TYPES[type], messageSequence: this.#messageSequence++, body };
    this.#transcript.push(wholeMessage(message));
    this.flight.add({ ...message, epoch: this.#epoch });
  }

  /** To be called when ClientKeyExchange is the last thing in the transcript. */
  deriveKeys(premaster: Uint8Array): void {
    this.#schedule = new KeySchedule(this.primitives, this.suite, premaster, this.transcript);
    premaster.fill(0);
    this.#records.install(this.#schedule.keys(this.#role, this.clientRandom, this.serverRandom));
    // A client has its keys when it says this; a server may still refuse the client, with an alert in the clear.
    if (this.#role === 'server') this.#records.refusePlainAlerts();
  }

  /** ChangeCipherSpec and Finished. */
  sayFinished(): void {
    this.flight.add('change-cipher-spec');
    this.#epoch = 1;
    this.say('finished', this.#verifyData(this.#role));
  }

  /** Before `heard`. Throws DtlsError `DECRYPT_ERROR`: the two of us have not seen the same handshake. */
  checkFinished(body: Uint8Array): void {
    const expected = this.#verifyData(this.#role === 'client' ? 'server' : 'client');
    if (!this.primitives.isEqual(body, expected)) throw new DtlsError('DECRYPT_ERROR', 'Finished does not match');
  }

  /** Throws DtlsError unless the owner of `key` has signed `content`, by a scheme we offered. */
  checkSignature(key: PeerKey, content: Uint8Array, { scheme: id, signature }: Signed): void {
    const scheme = schemeOf(id);
    if (scheme === undefined) throw new DtlsError('ILLEGAL_PARAMETER', `a signature scheme ${id} that was not offered`);
    if (SIGNATURE_SCHEMES[scheme].keyType !== key.keyType) {
      throw new DtlsError('ILLEGAL_PARAMETER', `${scheme} is no scheme for the key of the certificate`);
    }
    if (!key.verify(scheme, content, signature)) throw new DtlsError('DECRYPT_ERROR', 'the signature is wrong');
  }

  #verifyData(sender: Role): Uint8Array {
    return this.#schedule!.finished(sender, this.transcript);
  }
}
