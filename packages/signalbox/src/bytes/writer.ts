// A growing buffer that fields are written into one after another. Also the slab of a broker. Knows no packet. Validates
// nothing: whoever writes has checked before.

import { copyBytes, copyOf } from './copy.ts';
import { GrowingBytes } from './growing-bytes.ts';
import { writeUtf8 } from './utf8.ts';
import { writeVariableByteInteger } from './variable-byte-integer.ts';

export class Writer extends GrowingBytes {
  u8(value: number): void {
    const at = this.reserve(1);
    this.bytes[at] = value;
  }

  u16(value: number): void {
    const at = this.reserve(2);
    this.bytes[at] = value >>> 8;
    this.bytes[at + 1] = value;
  }

  u32(value: number): void {
    const at = this.reserve(4);
    this.bytes[at] = value >>> 24;
    this.bytes[at + 1] = value >>> 16;
    this.bytes[at + 2] = value >>> 8;
    this.bytes[at + 3] = value;
  }

  /** A Variable Byte Integer, 0 to 268,435,455. §1.5.5 */
  varint(value: number): void {
    const at = this.reserve(4);
    this.length = writeVariableByteInteger(this.bytes, at, value);
  }

  /** The bytes alone. */
  raw(source: Uint8Array): void {
    const at = this.reserve(source.length);
    copyBytes(this.bytes, at, source, 0, source.length);
  }

  /** Binary Data: the bytes behind their length in two bytes, at most 65,535. §1.5.6 */
  binary(source: Uint8Array): void {
    this.u16(source.length);
    this.raw(source);
  }

  /** The text in UTF-8 alone. It must not have lone surrogates. */
  text(text: string): void {
    const at = this.reserve(text.length * 3);
    this.length = writeUtf8(this.bytes, at, text);
  }

  /** A UTF-8 Encoded String: the text behind its length in two bytes, at most 65,535 bytes, no lone surrogates. §1.5.4 */
  utf8(text: string): void {
    const at = this.reserve(2);
    this.text(text);
    const size = this.length - at - 2;
    this.bytes[at] = size >>> 8;
    this.bytes[at + 1] = size;
  }

  /** An exact copy of everything from `start` on, which is then forgotten here. */
  take(start: number): Uint8Array {
    const taken = copyOf(this.bytes, start, this.length);
    this.length = start;
    return taken;
  }
}
