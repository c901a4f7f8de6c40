// The memory of what is being read, and how a payload becomes its receiver's own: as a window, where nothing is read into that
// memory again and little else is kept by it, or else as a copy.

import { viewOf } from '../../bytes/copy.ts';
import { copyShared } from '../../bytes/shared-chunks.ts';

/** What a window may keep of the memory below it, times its own size. */
const KEPT_AT_MOST = 64;

export class ReceivedMemory {
  #bytes: Uint8Array | undefined;
  #buffer: ArrayBufferLike | undefined;
  #offset = 0;
  /** From this size on a payload becomes a window. */
  #smallest = Infinity;
  /** There are windows on it. */
  isKept = false;

  /** `isFresh`: nothing is read into it again if something of it is kept. */
  begin(bytes: Uint8Array, isFresh: boolean): void {
    this.#bytes = bytes;
    this.isKept = false;
    if (!isFresh) return;
    this.#buffer = bytes.buffer;
    this.#offset = bytes.byteOffset;
    this.#smallest = this.#buffer.byteLength / KEPT_AT_MOST;
  }

  end(): void {
    this.#bytes = undefined;
    this.#buffer = undefined;
    this.#smallest = Infinity;
  }

  /** The payload in [start, end) of the bytes a packet was read from. */
  keep(source: Uint8Array, start: number, end: number): Uint8Array {
    const size = end - start;
    // A packet that came in several pieces was put together in memory of its own.
    if (source !== this.#bytes)
      return size * 2 < source.length ? copyShared(source, start, end) : viewOf(source, start, end);
    if (size < this.#smallest) return copyShared(source, start, end);
    this.isKept = true;
    return new Uint8Array(this.#buffer!, this.#offset + start, size);
  }
}
