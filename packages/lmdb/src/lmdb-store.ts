/** The durable store: changes are gathered, and kept in the tables of a backend, by default LMDB in a folder. */
import { type Store, type StoreChange, type StoredState, StoreError, type StoreListener } from 'signalbox/broker';
import { GroupCommit } from './group-commit.ts';
import { Ledger } from './ledger.ts';
import { LmdbBackend } from './lmdb-backend.ts';
import { Pending } from './pending.ts';
import { recover } from './recovery.ts';
import type { Backend } from './table.ts';

export interface LmdbStoreOptions {
  /** The folder; it is made when it is not there. One broker at a time can have it. */
  readonly path: string;
  /** What a kept commit survives: the fall of the process, or that of the machine. Default `disk`. */
  readonly durability?: 'process' | 'disk';
  /**
   * How long a change that may be undone in a moment waits for that, in ms: 0 to 1,000. Default 1: a subscriber on the
   * same network has acknowledged by then.
   */
  readonly gatherMs?: number;
  /** Bytes of address space to begin with; it grows. Default 16 GiB, which take no memory and no disk. */
  readonly mapSize?: number;
}

const DEFAULT_GATHER_MS = 1;
const DEFAULT_MAP_SIZE = process.platform === 'win32' ? 64 * 1024 ** 2 : 16 * 1024 ** 3; // Windows makes the file that large

/** A store over any tables: what LmdbStore is, and what tests make of tables in memory. */
export class GatheringStore implements Store {
  readonly durability: 'process' | 'disk';
  readonly #backend: Backend;
  readonly #gatherMs: number;
  readonly #pending = new Pending();
  readonly #ledger = new Ledger(this.#pending);
  #commits: GroupCommit | undefined = undefined;
  #isUsed = false;

  constructor(backend: Backend, gatherMs: number) {
    this.durability = backend.durability;
    this.#backend = backend;
    this.#gatherMs = gatherMs;
  }

  async open(listener: StoreListener): Promise<StoredState> {
    if (this.#isUsed) throw new StoreError('STORE_CLOSED', 'a store can be opened once');
    this.#isUsed = true;
    const backend = this.#backend;
    await backend.open();
    try {
      const { state, sweep } = recover(backend, { ledger: this.#ledger, shared: this.#pending.shared });
      if (sweep.size > 0) await backend.submit(sweep);
      this.#commits = new GroupCommit(this.#pending, backend, { gatherMs: this.#gatherMs, listener });
      return state;
    } catch (error) {
      await backend.close();
      throw error;
    }
  }

  write(change: StoreChange): void {
    this.#ledger.write(change);
  }

  commit(): boolean {
    const commits = this.#commits;
    commits?.report();
    if (this.#pending.commit()) return true;
    commits?.schedule();
    return false;
  }

  async close(): Promise<void> {
    const commits = this.#commits;
    this.#commits = undefined;
    if (commits === undefined) return;
    this.#pending.commit();
    try {
      await commits.flush();
    } finally {
      await this.#backend.close();
    }
  }
}

/** Keeps sessions and retained messages in a folder, by LMDB. Throws RangeError on an option out of its range. */
export class LmdbStore extends GatheringStore {
  constructor(options: LmdbStoreOptions) {
    const { path, durability = 'disk', gatherMs = DEFAULT_GATHER_MS, mapSize = DEFAULT_MAP_SIZE } = options;
    if (typeof path !== 'string' || path === '') throw new RangeError('path must name a folder');
    if (durability !== 'process' && durability !== 'disk') {
      throw new RangeError(`durability must be process or disk, not ${String(durability)}`);
    }
    if (!(gatherMs >= 0 && gatherMs <= 1000)) throw new RangeError('gatherMs must be from 0 to 1000');
    if (!Number.isInteger(mapSize) || mapSize < 1024 ** 2) throw new RangeError('mapSize must be 1 MiB at least');
    super(new LmdbBackend({ path, durability, mapSize }), gatherMs);
  }
}
