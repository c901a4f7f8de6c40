// A power loss after a kill: writes to the store's file that no sync has covered are undone, all of them or any of them,
// as a disk with a cache may do it; a sector of 512 bytes is written whole or not at all. power-loss.c wrote down what
// there was before. What a sync has covered stays.

import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Random } from '../fuzz/random.ts';

const SOURCE = fileURLToPath(new URL('power-loss.c', import.meta.url));

/** A sync takes at least so long, as on a disk that turns: what is said before its end is said too early. */
const SYNC_MS = 5;

const RECORD_BYTES = 48;
const SECTOR = 512;
const PAGE = 4096;

interface Write {
  readonly sequence: number;
  readonly offset: number;
  readonly length: number;
  /** Of the file, before it. */
  readonly size: number;
  /** What was there, as far as the file went. */
  readonly before: Buffer;
}

interface Journal {
  readonly writes: readonly Write[];
  /** Writes up to this one are on the disk. */
  readonly synced: number;
  /** By page: the last write that was synced by itself. */
  readonly syncedPages: ReadonlyMap<number, number>;
}

/** Undefined where there is no C compiler. */
export function compilePowerLoss(folder: string): string | undefined {
  const library = join(folder, 'power-loss.so');
  const args = ['-O2', '-std=c11', '-shared', '-fPIC', '-o', library, SOURCE, '-ldl'];
  const { status, stderr, error } = spawnSync('cc', args, { encoding: 'utf8' });
  if (error !== undefined) return undefined;
  if (status !== 0) throw new Error(`power-loss.c does not compile:\n${stderr}`);
  return library;
}

export class PowerLoss {
  readonly env: Readonly<Record<string, string>>;
  /** Writes undone so far, as a whole or in part. */
  undone = 0;
  readonly #journal: string;
  readonly #bootId: string;
  readonly #random: Random;

  constructor(library: string, folder: string, random: Random) {
    this.#journal = join(folder, 'power.journal');
    this.#bootId = join(folder, 'boot-id');
    this.#random = random;
    this.env = {
      LD_PRELOAD: basename(library), // a blank in a path would end it
      LD_LIBRARY_PATH: dirname(library),
      SIGNALBOX_POWER_JOURNAL: this.#journal,
      SIGNALBOX_BOOT_ID: this.#bootId,
      SIGNALBOX_SYNC_MS: String(SYNC_MS),
    };
    this.#boot();
  }

  /** The broker is dead; `file` is what it wrote to. Answers in words what was lost. */
  strike(file: string): string {
    const { writes, synced, syncedPages } = this.#read();
    const open = writes.filter(({ sequence }) => sequence > synced);
    const keeps = this.#random.isOnceIn(2) ? (most: number): number => this.#random.below(most + 1) : (): number => 0;
    if (open.length > 0) this.#undo(file, open, syncedPages, keeps);
    truncateSync(this.#journal, 0);
    this.#boot();
    this.undone += open.length;
    return `power lost: ${open.length} writes not synced`;
  }

  #boot(): void {
    writeFileSync(this.#bootId, `${randomUUID()}\n`);
  }

  #undo(
    file: string,
    open: readonly Write[],
    syncedPages: ReadonlyMap<number, number>,
    keeps: (most: number) => number,
  ): void {
    const handle = openSync(file, 'r+');
    try {
      const lasting = Math.max(open[0]!.size, ...[...syncedPages.keys()].map((page) => (page + 1) * PAGE));
      for (const [sector, before] of sectorsBefore(handle, open, syncedPages)) {
        const kept = keeps(before.length);
        const bytes = before[kept]; // what was there before the first write that is lost
        if (bytes !== undefined) writeSync(handle, bytes, 0, SECTOR, sector * SECTOR);
      }
      const isShort = keeps(1) === 0;
      if (isShort && lasting < fstatSync(handle).size) ftruncateSync(handle, lasting);
    } finally {
      closeSync(handle);
    }
  }

  #read(): Journal {
    const writes: Write[] = [];
    let synced = 0;
    const syncedPages = new Map<number, number>();
    const bytes = existsSync(this.#journal) ? readFileSync(this.#journal) : Buffer.alloc(0);
    for (let at = 0; at + RECORD_BYTES <= bytes.length; ) {
      const type = bytes.readUInt32LE(at);
      const [sequence, offset, length, size, follows] = [8, 16, 24, 32, 40].map((field) =>
        Number(bytes.readBigUInt64LE(at + field)),
      ) as [number, number, number, number, number];
      at += RECORD_BYTES;
      if (type === 1) {
        if (at + follows > bytes.length) break; // killed before the write itself
        writes.push({ sequence, offset, length, size, before: bytes.subarray(at, at + follows) });
        at += follows;
      } else if (type === 2) synced = sequence;
      else
        for (let page = Math.floor(offset / PAGE); page * PAGE < offset + length; page++)
          syncedPages.set(page, sequence);
    }
    return { writes, synced, syncedPages };
  }
}

/** For each sector its contents before each write to it that can be lost, oldest first. */
function sectorsBefore(
  handle: number,
  open: readonly Write[],
  syncedPages: ReadonlyMap<number, number>,
): Map<number, Buffer[]> {
  const sectors = new Map<number, Buffer[]>();
  // From the newest to the oldest: what a write left is what the next one found, and the last one what is there now.
  for (const write of [...open].reverse()) {
    const first = Math.floor(write.offset / SECTOR);
    const last = Math.floor((write.offset + write.length - 1) / SECTOR);
    for (let sector = first; sector <= last; sector++) {
      if ((syncedPages.get(Math.floor((sector * SECTOR) / PAGE)) ?? 0) >= write.sequence) continue;
      const states = sectors.get(sector) ?? [];
      sectors.set(sector, states);
      states.push(before(write, sector, states.at(-1) ?? readSector(handle, sector)));
    }
  }
  for (const states of sectors.values()) states.reverse();
  return sectors;
}

function readSector(handle: number, sector: number): Buffer {
  const bytes = Buffer.alloc(SECTOR);
  readSync(handle, bytes, 0, SECTOR, sector * SECTOR);
  return bytes;
}

/** What the sector was before the write that made it `after`. */
function before(write: Write, sector: number, after: Buffer): Buffer {
  const bytes = Buffer.from(after);
  const start = sector * SECTOR;
  const from = Math.max(start, write.offset);
  const to = Math.min(start + SECTOR, write.offset + write.length);
  bytes.fill(0, from - start, to - start); // beyond the end of the file there was nothing
  const known = write.before.subarray(from - write.offset, to - write.offset);
  bytes.set(known, from - start);
  return bytes;
}
