// Packets to be: chunks are written behind each other into the packet under way, which goes when the next one does not
// fit, or when its owner says so (RFC 9260, §6.10). Packets are parts of slabs that are never written again, so whoever
// transmits may keep them.

import { ChunkType, padded } from './chunk-types.ts';
import { packetChecksum } from './crc32c.ts';
import type { Slab } from './slab.ts';

const COMMON_HEADER = 12;

export function writeUint16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

export interface PacketHeader {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly verificationTag: number;
}

export class PacketWriter {
  /** Where the chunk that was begun last is to be written. */
  bytes: Uint8Array = new Uint8Array(0);
  /** How many packets were begun so far: the number of the packet under way. */
  packetNumber = 0;
  /** Of the packets that are begun from now on. */
  header: PacketHeader;
  readonly #mtu: number;
  readonly #slab: Slab;
  readonly #transmit: (packet: Uint8Array) => void;
  #hasData = false;
  #start = 0;
  /** 0: there is no packet under way. */
  #end = 0;

  /** `mtu`: the largest packet, in bytes. */
  constructor(header: PacketHeader, mtu: number, slab: Slab, transmit: (packet: Uint8Array) => void) {
    this.header = header;
    this.#mtu = mtu;
    this.#slab = slab;
    this.#transmit = transmit;
  }

  /** Whether flush() would send something. */
  get isUnderWay(): boolean {
    return this.#end !== 0;
  }

  /** Throws away the packet under way. */
  drop(): void {
    this.#end = 0;
    this.bytes = EMPTY;
  }

  /** Room for chunks in an empty packet. */
  get capacity(): number {
    return this.#mtu - COMMON_HEADER;
  }

  /** Begins a chunk and its header; its body of `length` bytes is to be written to `bytes` from the place given back on. */
  chunk(type: number, flags: number, length: number): number {
    const size = padded(4 + length);
    const isFull = this.#end + size > this.#start + this.#mtu;
    // DATA comes last in its packet (§6.10).
    if (this.#end !== 0 && (isFull || (this.#hasData && type !== ChunkType.Data))) this.flush();
    if (this.#end === 0) this.#begin();
    this.#hasData = type === ChunkType.Data;
    const { bytes } = this;
    const at = this.#end;
    bytes[at] = type;
    bytes[at + 1] = flags;
    writeUint16(bytes, at + 2, 4 + length);
    this.#end = at + size;
    return at + 4;
  }

  /** A chunk whose body is there already. */
  put(type: number, flags: number, body: Uint8Array): void {
    const at = this.chunk(type, flags, body.length);
    this.bytes.set(body, at);
  }

  /** Sends the packet under way, if there is one. */
  flush(): void {
    const end = this.#end;
    if (end === 0) return;
    const start = this.#start;
    const { bytes } = this;
    const checksum = packetChecksum(bytes, start, end);
    bytes[start + 8] = checksum;
    bytes[start + 9] = checksum >>> 8;
    bytes[start + 10] = checksum >>> 16;
    bytes[start + 11] = checksum >>> 24;
    this.#end = 0;
    this.#slab.release(bytes, end, start + this.#mtu);
    this.bytes = EMPTY;
    this.#transmit(bytes.subarray(start, end));
  }

  #begin(): void {
    const start = this.#slab.reserve(this.#mtu);
    const { bytes } = this.#slab;
    const { sourcePort, destinationPort, verificationTag } = this.header;
    writeUint16(bytes, start, sourcePort);
    writeUint16(bytes, start + 2, destinationPort);
    writeUint32(bytes, start + 4, verificationTag);
    this.bytes = bytes;
    this.#start = start;
    this.#end = start + COMMON_HEADER;
    this.packetNumber++;
  }
}

const EMPTY = /* @__PURE__ */ new Uint8Array(0);
