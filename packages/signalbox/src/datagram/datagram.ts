// Datagram: one message of a link, its data and its tag; and from there to bytes and back. Always valid: what cannot be sent
// cannot be made.

import { copyBytes, copyOf } from '../bytes/copy.ts';
import { checkUtf8, readUtf8, Utf8, utf8Length, writeUtf8 } from '../bytes/utf8.ts';
import { DatagramError } from './errors.ts';
import {
  COUNTED_HEADER,
  DATAGRAM_VERSION,
  HEADER_SIZE,
  judgeSize,
  judgeVersion,
  LARGEST_TAG,
  MAXIMUM_DATA_SIZE,
  PREFIX_SIZE,
  readSize,
  readTag,
  writeHeader,
} from './header.ts';

/** What can be the data of a datagram; a string stands for its UTF-8. */
export type DatagramData = Uint8Array | string;

export class Datagram {
  #tag: number;
  #data: Uint8Array;

  /**
   * 1 to 100,000,000 bytes of data, which are referred to and not copied, and a tag of 0 to 65,535: what it means is up to
   * those who talk. Throws DatagramError `EMPTY_MESSAGE`, `TOO_LARGE_MESSAGE`, `BAD_TEXT` or `INVALID_ARGUMENT`.
   */
  constructor(data: DatagramData, tag = 0) {
    this.#data = checkedData(data);
    this.#tag = checkedTag(tag);
  }

  /** The same as `new Datagram(data, tag)`, in the order of the wire. */
  static withTag(tag: number, data: DatagramData): Datagram {
    return new Datagram(data, tag);
  }

  /** Of the format, always 1. */
  get version(): number {
    return DATAGRAM_VERSION;
  }

  get tag(): number {
    return this.#tag;
  }

  /** Throws DatagramError `INVALID_ARGUMENT`, and then the tag is what it was. */
  set tag(tag: number) {
    this.#tag = checkedTag(tag);
  }

  get data(): Uint8Array {
    return this.#data;
  }

  /** Throws as the constructor does, and then the data are what they were. */
  set data(data: DatagramData) {
    this.#data = checkedData(data);
  }

  /** The data read as UTF-8, strictly. Throws DatagramError `BAD_TEXT`. */
  get text(): string {
    const { length } = this.#data;
    if (checkUtf8(this.#data, 0, length) === Utf8.Malformed)
      throw new DatagramError('BAD_TEXT', 'the data are no UTF-8');
    return readUtf8(this.#data, 0, length);
  }

  /** Bytes of the data. */
  get dataSize(): number {
    return this.#data.length;
  }

  /** Bytes of the whole datagram as it is sent: header and data. */
  get serializedSize(): number {
    return HEADER_SIZE + this.#data.length;
  }

  /** Header and data, in memory of their own. */
  toBytes(): Uint8Array {
    const bytes = new Uint8Array(this.serializedSize);
    this.writeTo(bytes, 0);
    return bytes;
  }

  /** Writes header and data at `at` of `target`, which must have room for `serializedSize` bytes. */
  writeTo(target: Uint8Array, at: number): void {
    const data = this.#data;
    writeHeader(target, at, { dataSize: data.length, tag: this.#tag });
    copyBytes(target, at + HEADER_SIZE, data, 0, data.length);
  }

  /**
   * The one datagram these bytes are; its data are a copy. Throws DatagramError: `INSUFFICIENT_BYTES`, `SURPLUS_BYTES`,
   * `BAD_SIZE`, `EMPTY_MESSAGE`, `TOO_LARGE_MESSAGE` or `BAD_VERSION`.
   */
  static fromBytes(bytes: Uint8Array): Datagram {
    if (bytes.length < PREFIX_SIZE) throw insufficient(PREFIX_SIZE, bytes.length);
    const size = readSize(bytes, 0);
    const error = judgeSize(size, MAXIMUM_DATA_SIZE);
    if (error !== undefined) throw error;
    return read(bytes, PREFIX_SIZE, size);
  }

  /** The same for bytes without the size at their beginning: version, tag, and data up to the end. */
  static fromBytesWithoutPrefix(bytes: Uint8Array): Datagram {
    if (bytes.length < COUNTED_HEADER) throw insufficient(COUNTED_HEADER, bytes.length);
    const error = judgeSize(bytes.length, MAXIMUM_DATA_SIZE);
    if (error !== undefined) throw error;
    return read(bytes, 0, bytes.length);
  }
}

/** `size` bytes from `at` on, and nothing behind them. */
function read(bytes: Uint8Array, at: number, size: number): Datagram {
  const missing = at + size - bytes.length;
  if (missing > 0) throw insufficient(at + size, bytes.length);
  if (missing < 0) throw new DatagramError('SURPLUS_BYTES', `${-missing} bytes behind the end of the datagram`);
  const error = judgeVersion(bytes, at, 2);
  if (error !== undefined) throw error;
  return new Datagram(copyOf(bytes, at + COUNTED_HEADER, bytes.length), readTag(bytes, at - PREFIX_SIZE));
}

function insufficient(needed: number, length: number): DatagramError {
  return new DatagramError('INSUFFICIENT_BYTES', `${needed} bytes are needed, and here are ${length}`);
}

function checkedTag(tag: number): number {
  if (Number.isInteger(tag) && tag >= 0 && tag <= LARGEST_TAG) return tag;
  throw new DatagramError('INVALID_ARGUMENT', `a tag is an integer from 0 to ${LARGEST_TAG}, not ${String(tag)}`);
}

function checkedData(data: DatagramData): Uint8Array {
  const bytes = typeof data === 'string' ? encode(data) : data;
  if (!(bytes instanceof Uint8Array)) {
    throw new DatagramError('INVALID_ARGUMENT', `data are a Uint8Array or a string, not ${typeof data}`);
  }
  if (bytes.length === 0) throw new DatagramError('EMPTY_MESSAGE', 'a datagram has at least one byte of data');
  if (bytes.length > MAXIMUM_DATA_SIZE) {
    throw new DatagramError('TOO_LARGE_MESSAGE', `${bytes.length} bytes of data; at most ${MAXIMUM_DATA_SIZE}`);
  }
  return bytes;
}

function encode(text: string): Uint8Array {
  const length = utf8Length(text);
  if (length === Utf8.Malformed) throw new DatagramError('BAD_TEXT', 'the text has half of a surrogate pair');
  const bytes = new Uint8Array(text.length * 3);
  return copyOf(bytes, 0, writeUtf8(bytes, 0, text));
}
