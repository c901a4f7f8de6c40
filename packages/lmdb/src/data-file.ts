/**
 * A look at LMDB's file before LMDB has it: opened on something else, or on a file that was cut short, it ends the process
 * instead of saying so. It knows of the format only the two meta pages at the beginning.
 */
import { closeSync, existsSync, fstatSync, openSync, readSync, truncateSync } from 'node:fs';
import { StoreError } from 'signalbox/broker';

const MAGIC = 0xbeef_c0de;
const DATA_VERSION = 2;
/** Of a meta page, in bytes. */
const OFFSETS = { magic: 24, version: 28, pageSize: 48, freeRoot: 88, mainRoot: 136, end: 160 };
const DEFAULT_PAGE_SIZE = 4096;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;

/** What is larger has been in use, and is not taken for one whose making was cut short. */
const LARGEST_UNFINISHED = 1024 * 1024;

/**
 * Throws StoreError `STORE_DAMAGED` when it cannot be LMDB's, or is shorter than it says. A file that the loss of power cut
 * short while it was made holds nothing yet: it is emptied, and an empty file is a new one.
 */
export function checkDataFile(path: string): void {
  if (!existsSync(path)) return;
  const file = openSync(path, 'r');
  let state: 'whole' | 'unfinished' | 'damaged';
  try {
    state = stateOf(file, fstatSync(file).size);
  } finally {
    closeSync(file);
  }
  if (state === 'damaged') throw new StoreError('STORE_DAMAGED', `${path}: this is no database, or not all of one`);
  if (state === 'unfinished') truncateSync(path);
}

function stateOf(file: number, size: number): 'whole' | 'unfinished' | 'damaged' {
  if (size === 0) return 'whole';
  const first = readMeta(file, 0);
  if (first === undefined) return 'damaged';
  const pageSize = isKnown(first) ? first.readUInt32LE(OFFSETS.pageSize) : DEFAULT_PAGE_SIZE;
  if (pageSize < 512 || pageSize > 65_536) return 'damaged';
  const second = readMeta(file, pageSize);
  if (second === undefined) return 'damaged';
  const metas = [first, second];
  if (metas.every(isKnown)) return metas.some((meta) => hasRoots(meta, size / pageSize)) ? 'whole' : 'damaged';
  // Both are on the disk before anything is acknowledged.
  const isUnfinished = metas.every((meta) => isKnown(meta) || isBlank(meta)) && size <= LARGEST_UNFINISHED;
  return isUnfinished ? 'unfinished' : 'damaged';
}

/**
 * Pages at the end that are free need not be there; these two are not free. Of the two meta pages the newer may speak of
 * pages that the loss of power took: then LMDB goes by the other one.
 */
function hasRoots(meta: Buffer, pages: number): boolean {
  const roots = [meta.readBigUInt64LE(OFFSETS.freeRoot), meta.readBigUInt64LE(OFFSETS.mainRoot)];
  return roots.every((root) => root === NO_PAGE || root < BigInt(Math.floor(pages)));
}

function readMeta(file: number, at: number): Buffer | undefined {
  const meta = Buffer.alloc(OFFSETS.end);
  return readSync(file, meta, 0, meta.length, at) < meta.length ? undefined : meta;
}

function isKnown(meta: Buffer): boolean {
  return meta.readUInt32LE(OFFSETS.magic) === MAGIC && meta.readUInt16LE(OFFSETS.version) === DATA_VERSION;
}

function isBlank(meta: Buffer): boolean {
  return meta.every((byte) => byte === 0);
}
