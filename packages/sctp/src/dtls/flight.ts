// The messages one side sends before it waits for the other, and sending them again: waits that double, and datagrams that
// get smaller when nothing comes back. RFC 6347, §4.2.4

import { concat } from './byte-fields.ts';
import { HANDSHAKE_HEADER_SIZE, writeFragment } from './handshake-message.ts';
import { type DtlsLimits, REPEATS_BEFORE_SMALL, SMALL_DATAGRAM_BYTES } from './limits.ts';
import { ContentType } from './record.ts';
import { type RecordLayer, roomInRecord } from './record-layer.ts';

export interface OutgoingMessage {
  readonly type: number;
  readonly messageSequence: number;
  readonly body: Uint8Array;
  readonly epoch: number;
}

type Part = OutgoingMessage | 'change-cipher-spec';

const CHANGE_CIPHER_SPEC = Uint8Array.of(1);

export class Flight {
  readonly #records: RecordLayer;
  readonly #limits: DtlsLimits;
  #parts: Part[] = [];
  #repeats = 0;
  #wait = 0;
  #dueAt = Number.POSITIVE_INFINITY;
  #sentAt = Number.NEGATIVE_INFINITY;

  constructor(records: RecordLayer, limits: DtlsLimits) {
    this.#records = records;
    this.#limits = limits;
  }

  /** When the flight is to be sent again; Infinity when nothing is waited for. */
  get dueAt(): number {
    return this.#dueAt;
  }

  /** The answer to the last flight has come: a new one begins, empty. */
  begin(): void {
    this.#parts = [];
    this.#dueAt = Number.POSITIVE_INFINITY;
  }

  add(part: Part): void {
    this.#parts.push(part);
  }

  /** The datagrams, for the first time; an answer is waited for. */
  send(now: number): Uint8Array[] {
    this.#repeats = 0;
    this.#wait = this.#limits.retransmitMs;
    this.#dueAt = now + this.#wait;
    return this.#datagrams(now);
  }

  /** The same for a flight that nothing answers: it is sent again only when the peer repeats its own. */
  sendLast(now: number): Uint8Array[] {
    const datagrams = this.send(now);
    this.#dueAt = Number.POSITIVE_INFINITY;
    return datagrams;
  }

  /** No answer in time. */
  repeat(now: number): Uint8Array[] {
    this.#repeats++;
    this.#wait = Math.min(this.#wait * 2, this.#limits.longestRetransmitMs);
    this.#dueAt = now + this.#wait;
    return this.#datagrams(now);
  }

  /**
   * The peer repeats what this flight answers, so it did not get it; unless that was only a copy the network made, or ours is
   * on its way still. Nothing is sent when it was not long ago.
   */
  answerRepeat(now: number): Uint8Array[] {
    return now - this.#sentAt < this.#limits.retransmitMs / 4 ? [] : this.#datagrams(now);
  }

  #datagrams(now: number): Uint8Array[] {
    this.#sentAt = now;
    const { datagramBytes } = this.#limits;
    const size = this.#repeats < REPEATS_BEFORE_SMALL ? datagramBytes : Math.min(datagramBytes, SMALL_DATAGRAM_BYTES);
    const datagrams: Uint8Array[] = [];
    let records: Uint8Array[] = [];
    let filled = 0;
    for (const record of this.#sealed(size)) {
      if (filled + record.length > size) {
        datagrams.push(concat(...records));
        records = [];
        filled = 0;
      }
      records.push(record);
      filled += record.length;
    }
    if (filled > 0) datagrams.push(concat(...records));
    return datagrams;
  }

  *#sealed(size: number): Generator<Uint8Array> {
    for (const part of this.#parts) {
      if (part === 'change-cipher-spec') {
        yield this.#records.seal(ContentType.ChangeCipherSpec, 0, CHANGE_CIPHER_SPEC);
        continue;
      }
      const { type, messageSequence, body, epoch } = part;
      const room = roomInRecord(size, epoch) - HANDSHAKE_HEADER_SIZE;
      let offset = 0;
      do {
        const bytes = body.subarray(offset, offset + room);
        const fragment = writeFragment({ type, length: body.length, messageSequence, offset, bytes });
        yield this.#records.seal(ContentType.Handshake, epoch, fragment);
        offset += room;
      } while (offset < body.length);
    }
  }
}
