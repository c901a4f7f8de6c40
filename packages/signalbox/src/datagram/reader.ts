// From a stream of bytes in any pieces to datagrams. What is kept of one that is not complete grows with what arrives, never
// with what was announced; a size over the limit is refused before its version is read. Everything handed out has memory of
// its own.

import { copyBytes, copyOf } from '../bytes/copy.ts';
import { copyShared } from '../bytes/shared-chunks.ts';
import { Datagram } from './datagram.ts';
import { DatagramError } from './errors.ts';
import { HEADER_SIZE, judgeHeader, MAXIMUM_DATA_SIZE, PREFIX_SIZE, readSize, readTag } from './header.ts';

export interface DatagramHandler {
  /** One datagram; it belongs to whoever gets it. False: no more, what follows is discarded. */
  onDatagram(datagram: Datagram): boolean;
}

export interface DatagramReaderOptions {
  /** Most data of one datagram, in bytes. Default 100,000,000, which is also the most. */
  readonly maximumDataSize?: number;
}

const NOTHING = new Uint8Array(0);

/**
 * Small datagrams that come together are copied together, and are views of the copy: what keeps one of them keeps a run of this
 * size at most.
 */
const RUN = 16_384;
const LARGEST_IN_RUN = 2_048;
/** With fewer bytes left a copy for each is cheaper. */
const SHORTEST_RUN = 512;

/** For one stream, from its first byte to its last. */
export class DatagramReader {
  readonly #maximumDataSize: number;
  /** The beginning of a datagram whose end has not arrived. */
  #tail: Uint8Array = NOTHING;
  #tailLength = 0;
  #isDead = false;
  /** A copy of [#runStart, #runEnd) of the bytes that are being received. */
  #run: Uint8Array = NOTHING;
  #runStart = 0;
  #runEnd = 0;

  constructor({ maximumDataSize = MAXIMUM_DATA_SIZE }: DatagramReaderOptions = {}) {
    this.#maximumDataSize = Math.min(maximumDataSize, MAXIMUM_DATA_SIZE);
  }

  /** Bytes kept of a datagram that is not complete yet. */
  get pendingBytes(): number {
    return this.#tailLength;
  }

  /**
   * Takes the next bytes of the stream and hands out the datagrams they complete. What is wrong is returned, once: from then
   * on, and after the handler said no, bytes are discarded.
   */
  receive(bytes: Uint8Array, handler: DatagramHandler): DatagramError | undefined {
    if (this.#isDead) return undefined;
    let at = 0;
    if (this.#tailLength > 0) {
      const taken = this.#complete(bytes, handler);
      if (taken instanceof DatagramError) return this.#stop(taken);
      at = taken;
    }
    return this.#split(bytes, at, handler);
  }

  /** The stream has ended: an error when it did in the middle of a datagram. */
  end(): DatagramError | undefined {
    if (this.#isDead || this.#tailLength === 0) return undefined;
    const missing =
      this.#tailLength < PREFIX_SIZE ? 'its size is not whole' : `of ${this.#end()} bytes ${this.#tailLength} are here`;
    return this.#stop(new DatagramError('INSUFFICIENT_BYTES', `the stream ended within a datagram: ${missing}`));
  }

  #split(bytes: Uint8Array, from: number, handler: DatagramHandler): DatagramError | undefined {
    const { length } = bytes;
    const limits = { count: 0, maximumDataSize: this.#maximumDataSize };
    this.#runEnd = 0;
    let at = from;
    while (at < length && !this.#isDead) {
      limits.count = length - at;
      const error = judgeHeader(bytes, at, limits);
      if (error !== undefined) return this.#stop(error);
      if (at + HEADER_SIZE > length) break;
      const end = at + PREFIX_SIZE + readSize(bytes, at);
      if (end > length) break;
      this.#handOut(new Datagram(this.#copy(bytes, at + HEADER_SIZE, end), readTag(bytes, at)), handler);
      at = end;
    }
    this.#run = NOTHING;
    if (at < length && !this.#isDead) this.#keep(bytes, at, length);
    return undefined;
  }

  /** [start, end) of what is received in memory of its own, alone or with its neighbours. */
  #copy(bytes: Uint8Array, start: number, end: number): Uint8Array {
    if (end > this.#runEnd) {
      const isWorthIt = end - start <= LARGEST_IN_RUN && bytes.length - start >= SHORTEST_RUN;
      if (!isWorthIt) return copyShared(bytes, start, end);
      this.#runStart = start;
      this.#runEnd = Math.min(bytes.length, start + RUN);
      this.#run = copyOf(bytes, start, this.#runEnd);
    }
    return new Uint8Array(this.#run.buffer, start - this.#runStart, end - start);
  }

  /** Adds to the partial datagram, hands it out when complete, and answers how many bytes it took: all or up to its end. */
  #complete(bytes: Uint8Array, handler: DatagramHandler): number | DatagramError {
    let taken = 0;
    if (this.#tailLength < HEADER_SIZE) {
      taken = Math.min(HEADER_SIZE - this.#tailLength, bytes.length);
      this.#keep(bytes, 0, taken);
      const limits = { count: this.#tailLength, maximumDataSize: this.#maximumDataSize };
      const error = judgeHeader(this.#tail, 0, limits);
      if (error !== undefined) return error;
      if (this.#tailLength < HEADER_SIZE) return taken;
    }
    const end = this.#end();
    const from = taken;
    taken += Math.min(end - this.#tailLength, bytes.length - taken);
    this.#keep(bytes, from, taken);
    if (this.#tailLength < end) return taken;
    const tail = this.#tail;
    this.#release();
    const data = new Uint8Array(tail.buffer, HEADER_SIZE, end - HEADER_SIZE);
    this.#handOut(new Datagram(data, readTag(tail, 0)), handler);
    return taken;
  }

  #handOut(datagram: Datagram, handler: DatagramHandler): void {
    if (!handler.onDatagram(datagram)) this.#stop(undefined);
  }

  /** Where the datagram in the tail ends. */
  #end(): number {
    return PREFIX_SIZE + readSize(this.#tail, 0);
  }

  /** Room for twice of what has arrived, or for as much as just has, at most; and for no more than the datagram needs. */
  #keep(bytes: Uint8Array, start: number, end: number): void {
    const length = this.#tailLength + end - start;
    if (length > this.#tail.length) {
      const grown = new Uint8Array(this.#capacity(bytes, start, length));
      grown.set(this.#tail.subarray(0, this.#tailLength));
      this.#tail = grown;
    }
    copyBytes(this.#tail, this.#tailLength, bytes, start, end);
    this.#tailLength = length;
  }

  #capacity(bytes: Uint8Array, start: number, length: number): number {
    if (length <= HEADER_SIZE) return HEADER_SIZE;
    const isFirst = this.#tailLength === 0;
    const end = isFirst ? PREFIX_SIZE + readSize(bytes, start) : this.#end();
    return Math.min(end, Math.max(length * 2, bytes.length));
  }

  #stop(error: DatagramError | undefined): DatagramError | undefined {
    this.#isDead = true;
    this.#release();
    return error;
  }

  #release(): void {
    this.#tail = NOTHING;
    this.#tailLength = 0;
  }
}
