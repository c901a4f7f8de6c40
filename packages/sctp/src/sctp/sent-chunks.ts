// DATA chunks which were sent and are not cumulatively acknowledged, in the order of their TSNs.

import { advanced } from './serial.ts';

/** 'flying': counts against the windows. 'lost': to be sent again. 'acknowledged': by a gap block, and kept (§6.2). */
export type ChunkFate = 'flying' | 'lost' | 'acknowledged';

export class SentChunk {
  readonly tsn: number;
  readonly flags: number;
  readonly streamIdentifier: number;
  readonly sequenceNumber: number;
  readonly payloadProtocolIdentifier: number;
  /** Its user data is `source` from `start` to `end`. */
  readonly source: Uint8Array;
  readonly start: number;
  readonly end: number;
  fate: ChunkFate = 'flying';
  /** Of the last time it was sent. */
  sentAt = 0;
  packetNumber = 0;
  transmissions = 0;
  /** Neighbours in the order of sending, while it flies (sending-order.ts). */
  earlier: SentChunk | undefined;
  later: SentChunk | undefined;

  constructor(fields: ChunkFields, flags: number, tsn: number) {
    this.tsn = tsn;
    this.flags = flags;
    this.streamIdentifier = fields.streamIdentifier;
    this.sequenceNumber = fields.sequenceNumber;
    this.payloadProtocolIdentifier = fields.payloadProtocolIdentifier;
    this.source = fields.source;
    this.start = fields.start;
    this.end = fields.end;
  }

  get size(): number {
    return this.end - this.start;
  }
}

export interface ChunkFields {
  readonly streamIdentifier: number;
  readonly sequenceNumber: number;
  readonly payloadProtocolIdentifier: number;
  readonly source: Uint8Array;
  readonly start: number;
  readonly end: number;
}

export class SentChunks {
  /** The TSN up to which everything is acknowledged. */
  acknowledged: number;
  #chunks: (SentChunk | undefined)[] = [];
  #head = 0;

  /** `firstTsn`: of the first chunk that will be sent. */
  constructor(firstTsn: number) {
    this.acknowledged = advanced(firstTsn, -1);
  }

  get length(): number {
    return this.#chunks.length - this.#head;
  }

  push(chunk: SentChunk): void {
    this.#chunks.push(chunk);
  }

  /** By position: 0 is the one after the acknowledged ones. */
  at(position: number): SentChunk | undefined {
    return this.#chunks[this.#head + position];
  }

  /** The last TSN that was sent. */
  get last(): number {
    return advanced(this.acknowledged, this.length);
  }

  /** Takes the first one out, as acknowledged. */
  takeFirst(): SentChunk {
    const chunk = this.#chunks[this.#head]!;
    this.#chunks[this.#head++] = undefined;
    this.acknowledged = advanced(this.acknowledged, 1);
    if (this.#head === this.#chunks.length) {
      this.#chunks = [];
      this.#head = 0;
    } else if (this.#head > 1024 && this.#head * 2 > this.#chunks.length) {
      this.#chunks = this.#chunks.slice(this.#head);
      this.#head = 0;
    }
    return chunk;
  }
}
