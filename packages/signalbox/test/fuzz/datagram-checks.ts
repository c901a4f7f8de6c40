// What must hold for any bytes at all that a link receives: the reader against a naive model, in pieces and byte by byte.

import { readdirSync, readFileSync } from 'node:fs';
import { Datagram } from '../../src/datagram/datagram.ts';
import { DatagramError } from '../../src/datagram/errors.ts';
import { DatagramReader } from '../../src/datagram/reader.ts';
import { bytes } from '../support/annotated-bytes.ts';
import type { Random } from './random.ts';

const FOLDER = new URL('./corpus/datagram/', import.meta.url);
const FINDINGS = 'findings.json';
const LIMIT = 100_000_000;

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'));
}

export function readDatagramCorpus(): Uint8Array[] {
  const files = readdirSync(FOLDER).filter((file) => file !== FINDINGS);
  return files
    .flatMap((file) => readJson(file) as { readonly bytes: readonly string[] }[])
    .map((entry) => bytes(entry.bytes.join('\n')));
}

/** Plain hexadecimal, of what once was found. */
export function readDatagramFindings(): Uint8Array[] {
  return (readJson(FINDINGS) as { readonly hex: string }[]).map(({ hex }) => Uint8Array.from(Buffer.from(hex, 'hex')));
}

/** Some of the corpus back to back, and mostly a few bytes of it changed, taken out or put in. */
export function anyDatagrams(corpus: readonly Uint8Array[], random: Random): Uint8Array {
  const parts = Array.from({ length: 1 + random.below(6) }, () => [...random.pick(corpus)]);
  const all = parts.flat();
  for (let count = random.below(4); count > 0 && all.length > 0; count--) {
    const at = random.below(all.length);
    const byte = random.pick([0, 1, 2, 4, 5, 0x7f, 0x80, 0xff, random.below(256)]);
    if (random.isOnceIn(4)) all.splice(at, 1 + random.below(4));
    else if (random.isOnceIn(3)) all.splice(at, 0, byte);
    else all[at] = byte;
  }
  return Uint8Array.from(all);
}

/** Throws when the reader does anything else than the model, for any way to cut the bytes. */
export function checkDatagrams(input: Uint8Array, random: Random): void {
  const expected = model(input);
  const ways = [() => input.length, () => 1, () => 1 + random.below(12), () => 1 + random.below(100)];
  for (const sizeOf of ways) {
    const got = read(input, sizeOf);
    if (got !== expected) throw new Error(`expected ${expected}, got ${got}`);
  }
  checkAlone(input);
}

function read(input: Uint8Array, sizeOf: () => number): string {
  const reader = new DatagramReader();
  const events: string[] = [];
  const handler = {
    onDatagram: ({ tag, data }: Datagram) => events.push(`${tag}:${Buffer.from(data).toString('hex')}`) > 0,
  };
  for (let at = 0; at < input.length; ) {
    const piece = input.slice(at, at + sizeOf());
    at += piece.length;
    const error = reader.receive(piece, handler);
    if (error !== undefined) events.push(error.code);
    if (reader.pendingBytes > at) throw new Error('more is kept than came');
  }
  const error = reader.end();
  if (error !== undefined) events.push(error.code);
  return events.join(' ');
}

function model(input: Uint8Array): string {
  const view = new DataView(input.buffer, input.byteOffset, input.length);
  const events: string[] = [];
  for (let at = 0; at < input.length; ) {
    const left = input.length - at;
    const size = left < 4 ? undefined : view.getUint32(at);
    if (size !== undefined && size < 4) return [...events, 'BAD_SIZE'].join(' ');
    if (size === 4) return [...events, 'EMPTY_MESSAGE'].join(' ');
    if (size !== undefined && size > LIMIT + 4) return [...events, 'TOO_LARGE_MESSAGE'].join(' ');
    const version = [...input.subarray(at + 4, at + 6)];
    if (version.some((byte, index) => byte !== index)) return [...events, 'BAD_VERSION'].join(' ');
    if (size === undefined || left < size + 4) return [...events, 'INSUFFICIENT_BYTES'].join(' ');
    const data = Buffer.from(input.subarray(at + 8, at + 4 + size)).toString('hex');
    events.push(`${view.getUint16(at + 6)}:${data}`);
    at += size + 4;
  }
  return events.join(' ');
}

/** Bytes that are one datagram are written as they were read; all others are refused with an error of ours. */
function checkAlone(input: Uint8Array): void {
  try {
    const again = Datagram.fromBytes(input).toBytes();
    if (Buffer.compare(again, input) !== 0) throw new Error('written in another way than read');
  } catch (error) {
    if (!(error instanceof DatagramError) || error.code === 'INVALID_ARGUMENT') throw error;
  }
}
