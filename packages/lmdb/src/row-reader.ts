/** A cursor over the bytes of a row. What does not fit together is damage, and said so. */
import { StoreError } from 'signalbox/broker';

export class RowReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  u8(): number {
    return this.#bytes[this.#skip(1)]!;
  }

  u16(): number {
    return this.#bytes.readUInt16BE(this.#skip(2));
  }

  u32(): number {
    return this.#bytes.readUInt32BE(this.#skip(4));
  }

  f64(): number {
    return this.#bytes.readDoubleBE(this.#skip(8));
  }

  text(length: number): string {
    const at = this.#skip(length);
    return this.#bytes.toString('utf8', at, at + length);
  }

  /** Bytes of their own. */
  bytes(length: number): Uint8Array {
    const at = this.#skip(length);
    return new Uint8Array(this.#bytes.subarray(at, at + length));
  }

  /** Everything that is left, with bytes of its own. */
  rest(): Uint8Array {
    return this.bytes(this.#bytes.length - this.#at);
  }

  #skip(length: number): number {
    const at = this.#at;
    if (length > this.#bytes.length - at) throw new StoreError('STORE_DAMAGED', 'a row is shorter than it says');
    this.#at = at + length;
    return at;
  }
}
