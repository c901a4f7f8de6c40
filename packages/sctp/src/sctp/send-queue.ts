// Messages which wait for their turn, and their cutting into chunks (RFC 9260, §6.9). In the order in which they were sent:
// the chunks of a message have TSNs in a row, so one message cannot overtake half of another.

import { DataFlag } from './chunk-types.ts';
import { SentChunk } from './sent-chunks.ts';
import { advanced } from './serial.ts';
import type { Slab } from './slab.ts';

export interface OutgoingMessage {
  /** 1 to `maximumMessageSize` bytes; copied. */
  readonly bytes: Uint8Array;
  /** Default 0. */
  readonly streamIdentifier?: number;
  /** A 32-bit number of the program's. Default 0. */
  readonly payloadProtocolIdentifier?: number;
  /** Delivered as soon as it has come, whatever was sent before. */
  readonly isUnordered?: boolean;
}

interface Waiting {
  readonly streamIdentifier: number;
  readonly payloadProtocolIdentifier: number;
  readonly isUnordered: boolean;
  readonly source: Uint8Array;
}

export class SendQueue {
  /** Bytes of user data which wait. */
  bytes = 0;
  /** The TSN of the next chunk. */
  nextTsn: number;
  #messages: (Waiting | undefined)[] = [];
  #head = 0;
  /** How much of the first message was cut off already. */
  #offset = 0;
  readonly #sequenceNumbers = new Map<number, number>();
  readonly #slab: Slab;

  constructor(firstTsn: number, slab: Slab) {
    this.nextTsn = firstTsn;
    this.#slab = slab;
  }

  get isEmpty(): boolean {
    return this.#head === this.#messages.length;
  }

  push({ bytes, streamIdentifier = 0, payloadProtocolIdentifier = 0, isUnordered = false }: OutgoingMessage): void {
    const source = this.#slab.copy(bytes, 0, bytes.length);
    this.#messages.push({ streamIdentifier, payloadProtocolIdentifier, isUnordered, source });
    this.bytes += bytes.length;
  }

  /** The size of the next chunk, of at most `most` bytes of user data; 0: there is none. */
  sizeOfNext(most: number): number {
    const message = this.#messages[this.#head];
    return message === undefined ? 0 : Math.min(most, message.source.length - this.#offset);
  }

  /** Cuts off the next chunk of at most `most` bytes; there has to be one. */
  takeChunk(most: number): SentChunk {
    const message = this.#messages[this.#head]!;
    const { streamIdentifier, payloadProtocolIdentifier, isUnordered, source } = message;
    const start = this.#offset;
    const end = Math.min(source.length, start + most);
    const isLast = end === source.length;
    const sequenceNumber = isUnordered ? 0 : (this.#sequenceNumbers.get(streamIdentifier) ?? 0);
    if (isLast) {
      this.#forgetFirst();
      if (!isUnordered) this.#sequenceNumbers.set(streamIdentifier, (sequenceNumber + 1) & 0xffff);
    } else this.#offset = end;
    this.bytes -= end - start;
    const flags =
      (start === 0 ? DataFlag.Begin : 0) | (isLast ? DataFlag.End : 0) | (isUnordered ? DataFlag.Unordered : 0);
    const fields = { streamIdentifier, sequenceNumber, payloadProtocolIdentifier, source, start, end };
    const chunk = new SentChunk(fields, flags, this.nextTsn);
    this.nextTsn = advanced(this.nextTsn, 1);
    return chunk;
  }

  #forgetFirst(): void {
    this.#messages[this.#head++] = undefined;
    this.#offset = 0;
    if (this.isEmpty) {
      this.#messages = [];
      this.#head = 0;
    } else if (this.#head > 1024 && this.#head * 2 > this.#messages.length) {
      this.#messages = this.#messages.slice(this.#head);
      this.#head = 0;
    }
  }
}
