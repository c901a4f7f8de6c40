// Memory for middle-sized bytes that are handed out. A Uint8Array of its own is cheap up to 64 bytes and then costs more than
// filling it, so these share chunks: what keeps one of them keeps a chunk of 16 KiB at most.

import { copyBytes } from './copy.ts';

/** Up to here the engine keeps the bytes within the object. */
const CHEAP_SIZE = 64;
const LARGEST_SHARED = 2048;
const CHUNK_SIZE = 16_384;

let chunk = new ArrayBuffer(0);
let used = 0;

/** A Uint8Array of exactly `size` bytes, all 0. */
export function allocateShared(size: number): Uint8Array {
  if (size <= CHEAP_SIZE || size > LARGEST_SHARED) return new Uint8Array(size);
  if (used + size > chunk.byteLength) {
    chunk = new ArrayBuffer(CHUNK_SIZE);
    used = 0;
  }
  const bytes = new Uint8Array(chunk, used, size);
  used += size;
  return bytes;
}

/** An own copy of [start, end), which may share a chunk with others. */
export function copyShared(source: Uint8Array, start: number, end: number): Uint8Array {
  const copy = allocateShared(end - start);
  copyBytes(copy, 0, source, start, end);
  return copy;
}
