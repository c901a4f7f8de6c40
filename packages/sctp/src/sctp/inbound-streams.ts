// Whole messages in the order of their stream (RFC 9260, §6.5, §6.6): those that came too early wait for those before.

import { DataFlag } from './chunk-types.ts';
import type { Fragment } from './fragments.ts';
import { type Fault, violation } from './sctp-error.ts';
import { isSequenceAfter } from './serial.ts';

interface Stream {
  next: number;
  readonly waiting: Map<number, Fragment>;
}

/** What a message that waits takes besides its bytes, roughly. */
const OVERHEAD = 128;

export class InboundStreams {
  /** Bytes of the messages which wait. */
  waitingBytes = 0;
  #waitingCount = 0;
  readonly #streams = new Map<number, Stream>();
  readonly #count: number;
  readonly #deliver: (message: Fragment) => void;

  constructor(count: number, deliver: (message: Fragment) => void) {
    this.#count = count;
    this.#deliver = deliver;
  }

  has(streamIdentifier: number): boolean {
    return streamIdentifier < this.#count;
  }

  /** What the messages which wait take, overhead included. */
  get cost(): number {
    return this.waitingBytes + OVERHEAD * this.#waitingCount;
  }

  /** Whether take() would deliver this one at once: then it need not be copied. */
  isNext(streamIdentifier: number, sequenceNumber: number): boolean {
    return (this.#streams.get(streamIdentifier)?.next ?? 0) === sequenceNumber;
  }

  /** Delivers it, and those that waited for it; or keeps it. */
  take(message: Fragment): Fault | undefined {
    if ((message.flags & DataFlag.Unordered) !== 0) {
      this.#deliver(message);
      return undefined;
    }
    const stream = this.#streamOf(message.streamIdentifier);
    const { sequenceNumber } = message;
    if (sequenceNumber !== stream.next) {
      if (!isSequenceAfter(sequenceNumber, stream.next) || stream.waiting.has(sequenceNumber)) {
        return violation('a stream sequence number twice');
      }
      stream.waiting.set(sequenceNumber, message);
      this.waitingBytes += message.bytes.length;
      this.#waitingCount++;
      return undefined;
    }
    stream.next = (stream.next + 1) & 0xffff;
    this.#deliver(message);
    while (stream.waiting.size > 0) {
      const waiting = stream.waiting.get(stream.next);
      if (waiting === undefined) break;
      stream.waiting.delete(stream.next);
      this.waitingBytes -= waiting.bytes.length;
      this.#waitingCount--;
      stream.next = (stream.next + 1) & 0xffff;
      this.#deliver(waiting);
    }
    return undefined;
  }

  #streamOf(identifier: number): Stream {
    let stream = this.#streams.get(identifier);
    if (stream === undefined) {
      stream = { next: 0, waiting: new Map() };
      this.#streams.set(identifier, stream);
    }
    return stream;
  }
}
