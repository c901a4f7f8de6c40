// The log of a file session store as bytes: a head, then records, each of which is one commit. A record has a head of its
// own with a check sum, so that its length can be believed before the rest is read; every check sum of a record depends on
// the salt of the file, so that no message can carry bytes that look like a record. It must not know files.
//
//   head of the file      8 `sbx-sess`   4 version   4 salt          4 CRC-32 of these
//   head of a record      4 number of bytes in the body   4 sequence   4 CRC-32 of the body   4 CRC-32 of these
//   each change           1 set or remove   2 length of the key   4 length of the value   key in UTF-8   value

import { crc32 } from './crc32.ts';
import type { StoredChange } from './session-store.ts';

export const FILE_HEAD = 20;
export const RECORD_HEAD = 16;
/** What an entry takes beside its key and its value. */
const CHANGE_HEAD = 7;
const VERSION = 1;
const MAGIC = Buffer.from('sbx-sess', 'latin1');
/** In bytes. */
export const LONGEST_KEY = 0xffff;
const REMOVE = 0;
const SET = 1;

export interface RecordHead {
  readonly bodyLength: number;
  readonly sequence: number;
  readonly bodySum: number;
}

export function writeFileHead(salt: number): Buffer {
  const head = Buffer.alloc(FILE_HEAD);
  MAGIC.copy(head);
  head.writeUInt32BE(VERSION, 8);
  head.writeUInt32BE(salt, 12);
  head.writeUInt32BE(crc32(head, 0, 16), 16);
  return head;
}

/** The salt, or what is wrong. */
export function readFileHead(head: Buffer): number | 'foreign' | 'newer' | 'damaged' {
  if (head.length < FILE_HEAD || !head.subarray(0, MAGIC.length).equals(MAGIC)) return 'foreign';
  if (head.readUInt32BE(16) !== crc32(head, 0, 16)) return 'damaged';
  return head.readUInt32BE(8) === VERSION ? head.readUInt32BE(12) : 'newer';
}

/** What an entry takes in the log. */
export function entrySize(key: string, value: Uint8Array): number {
  return CHANGE_HEAD + Buffer.byteLength(key) + value.length;
}

/** No key may be longer than LONGEST_KEY. */
export function writeRecord(changes: readonly StoredChange[], sequence: number, salt: number): Buffer {
  let length = RECORD_HEAD;
  for (const { key, value } of changes) length += CHANGE_HEAD + Buffer.byteLength(key) + (value?.length ?? 0);
  const record = Buffer.allocUnsafe(length);
  let at = RECORD_HEAD;
  for (const { key, value } of changes) {
    const keyLength = record.write(key, at + CHANGE_HEAD);
    record.writeUInt8(value === undefined ? REMOVE : SET, at);
    record.writeUInt16BE(keyLength, at + 1);
    record.writeUInt32BE(value?.length ?? 0, at + 3);
    at += CHANGE_HEAD + keyLength;
    if (value === undefined) continue;
    record.set(value, at);
    at += value.length;
  }
  record.writeUInt32BE(length - RECORD_HEAD, 0);
  record.writeUInt32BE(sequence, 4);
  record.writeUInt32BE(crc32(record, RECORD_HEAD, length, salt), 8);
  record.writeUInt32BE(crc32(record, 0, 12, salt), 12);
  return record;
}

/** Undefined when there is no head at `at`. */
export function readRecordHead(bytes: Buffer, at: number, salt: number): RecordHead | undefined {
  if (bytes.readUInt32BE(at + 12) !== crc32(bytes, at, at + 12, salt)) return undefined;
  return {
    bodyLength: bytes.readUInt32BE(at),
    sequence: bytes.readUInt32BE(at + 4),
    bodySum: bytes.readUInt32BE(at + 8),
  };
}

/** False when the body is not what its head says; then nothing is changed. */
export function readBody(body: Buffer, head: RecordHead, salt: number, into: Map<string, Uint8Array>): boolean {
  if (crc32(body, 0, body.length, salt) !== head.bodySum) return false;
  for (let at = 0; at < body.length; ) {
    const valueLength = body.readUInt32BE(at + 3);
    const keyEnd = at + CHANGE_HEAD + body.readUInt16BE(at + 1);
    const key = body.toString('utf8', at + CHANGE_HEAD, keyEnd);
    if (body[at] === SET) into.set(key, Uint8Array.prototype.slice.call(body, keyEnd, keyEnd + valueLength));
    else into.delete(key);
    at = keyEnd + valueLength;
  }
  return true;
}
