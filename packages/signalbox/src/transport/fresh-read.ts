// Reading into memory that the reader may keep, for sockets one connects: a large read costs less to keep than to copy. As long
// as reads are small, and wherever nothing of them is kept, memory is read into again.

import { markAsUntransferable } from 'node:worker_threads';
import { firstBytes, type Reader, readBuffer } from './static-read.ts';

/** From here on a read is large. */
const LARGE_READ = 16_384;
/** So many small reads in a row end it. */
const SMALL_READS = 64;
/** What keeps one byte of it keeps this much. */
const MEMORY_SIZE = 65_536;
/** With less than this left, other memory is taken: reads would become small by it. */
const LEAST_LEFT = 16_384;

export interface FreshReader extends Reader {
  /** It keeps what it reads, if it can. */
  readonly keepsBytes: boolean;
  /** Bytes of memory that is not read into again if the answer is true: something of it is kept. */
  receivedFresh(bytes: Uint8Array): boolean;
}

/** Where one socket reads next. */
class ReadMemory {
  readonly #reader: FreshReader;
  /** Undefined: the static buffer. */
  #memory: ArrayBuffer | undefined;
  /** Bytes of it that are kept. */
  #used = 0;
  #smallReads = 0;
  /** Where the next read goes. */
  #rest: Uint8Array = readBuffer;

  constructor(reader: FreshReader) {
    this.#reader = reader;
  }

  read(size: number): boolean {
    const memory = this.#memory;
    if (memory === undefined) {
      this.#reader.received(firstBytes(size));
      if (size >= LARGE_READ && this.#reader.keepsBytes) this.#rest = this.#renew();
      return true;
    }
    this.#smallReads = size < LARGE_READ ? this.#smallReads + 1 : 0;
    if (this.#reader.receivedFresh(new Uint8Array(memory, this.#used, size))) {
      this.#used += size;
      this.#rest = memory.byteLength - this.#used < LEAST_LEFT ? this.#renew() : new Uint8Array(memory, this.#used);
    }
    if (this.#smallReads >= SMALL_READS) this.#giveUp();
    return true;
  }

  next(): Uint8Array {
    return this.#rest;
  }

  #giveUp(): void {
    this.#memory = undefined;
    this.#smallReads = 0;
    this.#rest = readBuffer;
  }

  #renew(): Uint8Array {
    const { buffer } = Buffer.allocUnsafeSlow(MEMORY_SIZE);
    markAsUntransferable(buffer); // the socket reads into it, whatever becomes of what is kept
    this.#memory = buffer;
    this.#used = 0;
    return new Uint8Array(buffer);
  }
}

/** Options for a net.Socket as of `readingOptions`, for a reader that may want to keep what it reads. */
export function freshReadingOptions(reader: FreshReader) {
  const memory = new ReadMemory(reader);
  return {
    onread: { buffer: () => memory.next(), callback: (size: number) => memory.read(size) },
    writableHighWaterMark: 1,
  };
}
