/** A cursor over the bytes of a row, which are its own. What does not fit together is damage, and said so. */
import { StoreError } from 'signalbox/broker';

export class RowReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
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

  u64(): bigint {
    return this.#bytes.readBigUInt64BE(this.#skip(8));
  }

  text(length: number): string {
    const at = this.#skip(length);
    return this.#bytes.toString('utf8', at, at + length);
  }

  /** A view: a message that is kept shares the memory of its row, instead of having three pieces. */
  bytes(length: number): Uint8Array {
    const at = this.#skip(length);
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + at, length);
  }

  /** Everything that is left, as a view. */
  rest(): Uint8Array {
    return this.bytes(this.#bytes.length - this.#at);
  }

  restText(): string {
    return this.text(this.#bytes.length - this.#at);
  }

  /** The text which is read as bytes next. */
  peekText(length: number): string {
    const text = this.text(length);
    this.#at -= length;
    return text;
  }

  #skip(length: number): number {
    const at = this.#at;
    if (length > this.#bytes.length - at) throw new StoreError('STORE_DAMAGED', 'a row is shorter than it says');
    this.#at = at + length;
    return at;
  }
}
