// A cursor over the body of one handshake message. Whatever is read past its end, or left over, is a decode_error of the
// peer. What it hands out are views, valid as long as the bytes below them.

import { DtlsError } from './errors.ts';

export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get position(): number {
    return this.#at;
  }

  get hasMore(): boolean {
    return this.#at < this.#bytes.length;
  }

  raw(size: number): Uint8Array {
    const at = this.#at;
    if (size > this.#bytes.length - at) throw new DtlsError('DECODE_ERROR', 'a handshake message ends in mid-field');
    this.#at = at + size;
    return this.#bytes.subarray(at, at + size);
  }

  u8(): number {
    return this.raw(1)[0]!;
  }

  u16(): number {
    const bytes = this.raw(2);
    return (bytes[0]! << 8) | bytes[1]!;
  }

  u24(): number {
    const bytes = this.raw(3);
    return (bytes[0]! << 16) | (bytes[1]! << 8) | bytes[2]!;
  }

  /** Bytes behind their length in one byte; `vector16` and `vector24` likewise. */
  vector8(): Uint8Array {
    return this.raw(this.u8());
  }

  vector16(): Uint8Array {
    return this.raw(this.u16());
  }

  vector24(): Uint8Array {
    return this.raw(this.u24());
  }

  /** A vector of 16-bit numbers behind its length in two bytes. */
  numbers16(): number[] {
    const inside = new ByteReader(this.vector16());
    const numbers: number[] = [];
    while (inside.hasMore) numbers.push(inside.u16());
    return numbers;
  }

  /** To be called after the last field. */
  finish(): void {
    if (this.hasMore) throw new DtlsError('DECODE_ERROR', 'bytes behind the end of a handshake message');
  }
}
