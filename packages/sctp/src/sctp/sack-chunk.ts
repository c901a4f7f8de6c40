// The body of SACK (RFC 9260, §3.3.4): what has come in a row, the window, what came beyond, what came twice.

import type { PacketReader } from './packet-reader.ts';
import { readUint16, readUint32 } from './packet-reader.ts';
import { writeUint16, writeUint32 } from './packet-writer.ts';

const FIXED = 12;

/** Received TSNs beyond a hole: offsets from the cumulative TSN, both included. */
export interface GapBlock {
  readonly first: number;
  readonly last: number;
}

/** A SACK in place, valid while the packet is. */
export class SackView {
  cumulativeTsn = 0;
  receiveWindow = 0;
  gapCount = 0;
  duplicateCount = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #gaps = 0;

  /** Whether the chunk the reader stands on has the length it says. */
  open(reader: PacketReader): boolean {
    const { bytes, start, end } = reader;
    if (end - start < FIXED) return false;
    this.cumulativeTsn = readUint32(bytes, start);
    this.receiveWindow = readUint32(bytes, start + 4);
    this.gapCount = readUint16(bytes, start + 8);
    this.duplicateCount = readUint16(bytes, start + 10);
    this.#bytes = bytes;
    this.#gaps = start + FIXED;
    return start + FIXED + 4 * (this.gapCount + this.duplicateCount) <= end;
  }

  gapFirst(index: number): number {
    return readUint16(this.#bytes, this.#gaps + 4 * index);
  }

  gapLast(index: number): number {
    return readUint16(this.#bytes, this.#gaps + 4 * index + 2);
  }
}

export interface SackFields {
  readonly cumulativeTsn: number;
  readonly receiveWindow: number;
  readonly gaps: readonly GapBlock[];
  readonly duplicates: readonly number[];
}

/** A body of at most `most` bytes: gap blocks come before duplicates, and those near the cumulative TSN first. */
export function writeSack({ cumulativeTsn, receiveWindow, gaps, duplicates }: SackFields, most: number): Uint8Array {
  const room = (most - FIXED) >>> 2;
  const gapCount = Math.min(gaps.length, room);
  const duplicateCount = Math.min(duplicates.length, room - gapCount);
  const body = new Uint8Array(FIXED + 4 * (gapCount + duplicateCount));
  writeUint32(body, 0, cumulativeTsn);
  writeUint32(body, 4, receiveWindow);
  writeUint16(body, 8, gapCount);
  writeUint16(body, 10, duplicateCount);
  let at = FIXED;
  for (let index = 0; index < gapCount; index++, at += 4) {
    writeUint16(body, at, gaps[index]!.first);
    writeUint16(body, at + 2, gaps[index]!.last);
  }
  for (let index = 0; index < duplicateCount; index++, at += 4) writeUint32(body, at, duplicates[index]!);
  return body;
}
