/**
 * A look at LMDB's file before LMDB has it: opened on something else, or on a file that was cut short, it ends the process
 * instead of saying so. It knows of the format only the two meta pages at the beginning.
 */
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { StoreError } from 'signalbox/broker';

const MAGIC = 0xbeef_c0de;
const DATA_VERSION = 2;
/** Of a meta page, in bytes. */
const OFFSETS = { magic: 24, version: 28, pageSize: 48, freeRoot: 88, mainRoot: 136, transaction: 152, end: 160 };
const NO_PAGE = 0xffff_ffff_ffff_ffffn;

/** Throws StoreError `STORE_DAMAGED` when it cannot be LMDB's, or is shorter than it says. An empty file is a new one. */
export function checkDataFile(path: string): void {
  if (!existsSync(path)) return;
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    if (size > 0 && !isWhole(file, size)) {
      throw new StoreError('STORE_DAMAGED', `${path}: this is no database, or not all of one`);
    }
  } finally {
    closeSync(file);
  }
}

function isWhole(file: number, size: number): boolean {
  const first = readMeta(file, 0);
  if (first === undefined) return false;
  const pageSize = first.readUInt32LE(OFFSETS.pageSize);
  if (pageSize < 512 || pageSize > 65_536) return false;
  const second = readMeta(file, pageSize);
  if (second === undefined) return false;
  const meta = transactionOf(first) > transactionOf(second) ? first : second;
  const pages = BigInt(Math.floor(size / pageSize));
  // Pages at the end that are free need not be there; these two are not free.
  const roots = [meta.readBigUInt64LE(OFFSETS.freeRoot), meta.readBigUInt64LE(OFFSETS.mainRoot)];
  return roots.every((root) => root === NO_PAGE || root < pages);
}

function readMeta(file: number, at: number): Buffer | undefined {
  const meta = Buffer.alloc(OFFSETS.end);
  if (readSync(file, meta, 0, meta.length, at) < meta.length) return undefined;
  const isKnown = meta.readUInt32LE(OFFSETS.magic) === MAGIC && meta.readUInt16LE(OFFSETS.version) === DATA_VERSION;
  return isKnown ? meta : undefined;
}

function transactionOf(meta: Buffer): bigint {
  return meta.readBigUInt64LE(OFFSETS.transaction);
}
