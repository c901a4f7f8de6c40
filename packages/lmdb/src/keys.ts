/**
 * Keys of rows: numbers in 64 bits, most significant byte first, so that rows lie in the order of their numbers; names as
 * they are, as far as they fit.
 */
import { createHash } from 'node:crypto';

/** LMDB takes 1,978 bytes; a session's number goes before the name. */
const LONGEST_NAME = 1900;
const VERBATIM = 0;
const HASHED = 1;

export function numberKey(number: number): Buffer {
  const key = Buffer.allocUnsafe(8);
  writeNumber(key, 0, number);
  return key;
}

export function pairKey(first: number, second: number): Buffer {
  const key = Buffer.allocUnsafe(16);
  writeNumber(key, 0, first);
  writeNumber(key, 8, second);
  return key;
}

/** Topic Names may be longer than keys; then a hash stands for them, and the row has the name. */
export function nameKey(name: string): Buffer {
  return namedKey(undefined, name);
}

/** A name within a session. */
export function namedKey(number: number | undefined, name: string): Buffer {
  const start = number === undefined ? 1 : 9;
  const length = Buffer.byteLength(name);
  const isHashed = length > LONGEST_NAME;
  const key = Buffer.allocUnsafe(start + (isHashed ? 32 : length));
  if (number !== undefined) writeNumber(key, 0, number);
  key[start - 1] = isHashed ? HASHED : VERBATIM;
  if (isHashed) createHash('sha256').update(name).digest().copy(key, start);
  else key.write(name, start);
  return key;
}

/** The number at this place of a key. */
export function readNumber(key: Uint8Array, at: number): number {
  let number = 0;
  for (let i = at; i < at + 8; i++) number = number * 256 + key[i]!;
  return number;
}

function writeNumber(key: Buffer, at: number, number: number): void {
  key.writeUInt32BE(Math.floor(number / 0x1_0000_0000), at);
  key.writeUInt32BE(number % 0x1_0000_0000, at + 4);
}
