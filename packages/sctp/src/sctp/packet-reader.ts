// A packet as it came: its common header, its checksum, and its chunks in place (RFC 9260, §3). Whatever is not whole is
// no packet at all: nothing of it is looked at.

import { padded } from './chunk-types.ts';
import { packetChecksum } from './crc32c.ts';

const COMMON_HEADER = 12;
const CHUNK_HEADER = 4;

export function readUint16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** A view of one packet after another; it stands on one chunk at a time. What it gives is valid while the bytes are. */
export class PacketReader {
  bytes: Uint8Array = new Uint8Array(0);
  sourcePort = 0;
  destinationPort = 0;
  verificationTag = 0;
  /** The chunk it stands on: its type, flags, and its body in [start, end). */
  type = 0;
  flags = 0;
  start = 0;
  end = 0;
  #next = 0;

  /** Whether these bytes are a packet: long enough, checksum right, every chunk within it. Stands before the first chunk. */
  open(bytes: Uint8Array): boolean {
    const size = bytes.length;
    if (size < COMMON_HEADER + CHUNK_HEADER || (size & 3) !== 0) return false;
    const checksum = (bytes[8]! | (bytes[9]! << 8) | (bytes[10]! << 16) | (bytes[11]! << 24)) >>> 0;
    if (!areChunksWhole(bytes) || packetChecksum(bytes, 0, size) !== checksum) return false;
    this.bytes = bytes;
    this.sourcePort = readUint16(bytes, 0);
    this.destinationPort = readUint16(bytes, 2);
    this.verificationTag = readUint32(bytes, 4);
    this.rewind();
    return true;
  }

  rewind(): void {
    this.#next = COMMON_HEADER;
  }

  /** Goes to the next chunk; false when there is none. */
  next(): boolean {
    const { bytes } = this;
    const at = this.#next;
    if (at + CHUNK_HEADER > bytes.length) return false;
    const length = readUint16(bytes, at + 2);
    this.type = bytes[at]!;
    this.flags = bytes[at + 1]!;
    this.start = at + CHUNK_HEADER;
    this.end = at + length;
    this.#next = at + padded(length);
    return true;
  }

  /** Whether the chunk it stands on is the last one. */
  get isLast(): boolean {
    return this.#next + CHUNK_HEADER > this.bytes.length;
  }
}

/** The packet and its chunks have sizes that are multiples of four: where one begins, there is room for its header. */
function areChunksWhole(bytes: Uint8Array): boolean {
  let at = COMMON_HEADER;
  while (at < bytes.length) {
    const length = readUint16(bytes, at + 2);
    if (length < CHUNK_HEADER || at + length > bytes.length) return false;
    at += padded(length);
  }
  return true;
}
