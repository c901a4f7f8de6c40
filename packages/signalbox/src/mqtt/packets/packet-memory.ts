// Memory for packets that are handed to the caller. A Uint8Array of its own is cheap up to 64 bytes and then costs more
// than all of the writing, so middle-sized packets share chunks: what keeps one of them keeps a chunk of 16 KiB at most.
// Packets that hold a secret share with nobody.

import type { PacketType } from './packet.ts';

/** Up to here the engine keeps the bytes within the object. */
const CHEAP_SIZE = 64;
const LARGEST_SHARED = 2048;
const CHUNK_SIZE = 16_384;

let chunk = new ArrayBuffer(0);
let used = 0;

/** A Uint8Array of exactly `size` bytes, all 0, for a packet of that type. */
export function allocatePacket(size: number, type: PacketType): Uint8Array {
  if (size <= CHEAP_SIZE || size > LARGEST_SHARED || type === 'connect' || type === 'auth') return new Uint8Array(size);
  if (used + size > chunk.byteLength) {
    chunk = new ArrayBuffer(CHUNK_SIZE);
    used = 0;
  }
  const bytes = new Uint8Array(chunk, used, size);
  used += size;
  return bytes;
}
