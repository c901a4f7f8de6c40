// A cursor over [start, end) of some bytes. Every read is checked against `end`; what is wrong goes to `fail`, which each
// protocol implements with its own error class. Knows no packet.

import { viewOf } from './copy.ts';
import { checkUtf8, readUtf8, Utf8 } from './utf8.ts';
import { INCOMPLETE_INTEGER, readVariableByteInteger, variableByteIntegerSize } from './variable-byte-integer.ts';

export type ReadProblem = 'truncated' | 'malformed-integer' | 'malformed-utf8' | 'null-character';

export abstract class Reader {
  bytes: Uint8Array;
  at: number;
  end: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** Throws the protocol's own error. */
  protected abstract fail(problem: ReadProblem): never;

  get remaining(): number {
    return this.end - this.at;
  }

  /** Steps over `size` bytes and returns the offset where they start. */
  skip(size: number): number {
    const at = this.at;
    if (size > this.end - at) this.fail('truncated');
    this.at = at + size;
    return at;
  }

  u8(): number {
    return this.bytes[this.skip(1)]!;
  }

  u16(): number {
    const at = this.skip(2);
    return (this.bytes[at]! << 8) | this.bytes[at + 1]!;
  }

  u32(): number {
    const at = this.skip(4);
    const bytes = this.bytes;
    return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
  }

  /** A Variable Byte Integer. §1.5.5 */
  varint(): number {
    const value = readVariableByteInteger(this.bytes, this.at, this.end);
    if (value < 0) this.fail(value === INCOMPLETE_INTEGER ? 'truncated' : 'malformed-integer'); // [MQTT-1.5.5-1]
    this.at += variableByteIntegerSize(value);
    return value;
  }

  /** The next `size` bytes: a view, valid as long as the bytes below it. */
  raw(size: number): Uint8Array {
    const at = this.skip(size);
    return viewOf(this.bytes, at, at + size);
  }

  /** A UTF-8 Encoded String behind its length in two bytes, strictly validated. §1.5.4 */
  utf8(): string {
    const size = this.u16();
    const at = this.skip(size);
    const verdict = checkUtf8(this.bytes, at, at + size);
    if (verdict < 0) this.fail(verdict === Utf8.HasNull ? 'null-character' : 'malformed-utf8');
    return readUtf8(this.bytes, at, at + size);
  }
}
