// A session store in one file, for Node: an append-only log (session-log.ts), one record for each commit. When more than
// half of it is of no use any more, what is kept is written into a new file, which takes its place. Decision 0043.

import fs from 'node:fs/promises';
import { type LockFiles, ProcessLock } from './process-lock.ts';
import { entrySize, LONGEST_KEY } from './session-log.ts';
import { type LogFiles, SessionLogFile } from './session-log-file.ts';
import { SessionStore, type StoredChange } from './session-store.ts';
import { SessionStoreError } from './session-store-error.ts';

export interface FileSessionStoreOptions {
  /**
   * What a commit survives. `disk`: that the power fails. `process`: that the program is killed; commits are faster, and
   * after a failure of power the file may be damaged. Default `disk`.
   */
  readonly sync?: 'disk' | 'process';
  /**
   * Most bytes of keys and values, and 7 for each entry; a commit that frees some is always taken. The file takes at most
   * twice that, 64 KiB and one commit; while it is written anew, once more. Default 256 MiB: far more than the queues of a
   * client hold by default, and read in a second. At most 1 GiB.
   */
  readonly maximumBytes?: number;
  /** Default: those of the system. For tests. */
  readonly files?: LockFiles & LogFiles;
}

const DEFAULT_MAXIMUM_BYTES = 256 * 1024 * 1024;
/** A commit may replace everything, and its length has 32 bits. */
const LARGEST_MAXIMUM_BYTES = 1024 * 1024 * 1024;
/** So much of no use is not worth a new file. */
const TOLERATED_GARBAGE = 64 * 1024;

/** Of the system, when there is no room. */
const NO_ROOM: readonly unknown[] = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/**
 * Keeps the session of one client in the file `path`, in a folder that exists; beside it there are `path.new` for a moment,
 * and the folder `path.lock` while it is open: programs of one machine keep each other out. A file that cannot be understood
 * is left as it is. Throws SessionStoreError when `maximumBytes` is out of range.
 */
export function fileSessionStore(path: string, options: FileSessionStoreOptions = {}): SessionStore {
  return new FileSessionStore(path, options);
}

class FileSessionStore extends SessionStore {
  readonly #path: string;
  readonly #maximumBytes: number;
  readonly #lock: ProcessLock;
  readonly #log: SessionLogFile;
  #isOpen = false;
  /** What each entry takes, and all of them. */
  #sizes = new Map<string, number>();
  #bytes = 0;
  /** The log is not written anew before it is so long. */
  #rewriteFrom = 0;
  /** Everything happens one after another. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(path: string, options: FileSessionStoreOptions) {
    super();
    const { sync = 'disk', maximumBytes = DEFAULT_MAXIMUM_BYTES, files = fs } = options;
    if (!(maximumBytes > 0 && maximumBytes <= LARGEST_MAXIMUM_BYTES))
      throw new SessionStoreError('STORE_FAILED', `maximumBytes must be from 1 to ${LARGEST_MAXIMUM_BYTES}`);
    this.#path = path;
    this.#maximumBytes = maximumBytes;
    this.#lock = new ProcessLock(`${path}.lock`, path, files);
    this.#log = new SessionLogFile(path, files, sync);
  }

  open(): Promise<ReadonlyMap<string, Uint8Array>> {
    return this.#inTurn('opened', async () => {
      if (this.#isOpen) throw new SessionStoreError('STORE_IN_USE', `${this.#path} is open already`);
      await this.#lock.acquire();
      try {
        const entries = await this.#log.load();
        this.#sizes = new Map(Array.from(entries, ([key, value]) => [key, entrySize(key, value)]));
        this.#bytes = [...this.#sizes.values()].reduce((sum, size) => sum + size, 0);
        this.#rewriteFrom = 0;
        this.#isOpen = true;
        return entries;
      } catch (error) {
        await this.#log.close().catch(() => {});
        await this.#lock.release();
        throw error;
      }
    });
  }

  commit(changes: readonly StoredChange[]): Promise<void> {
    return this.#inTurn('written', async () => {
      if (!this.#isOpen) throw new SessionStoreError('STORE_CLOSED', `${this.#path} is not open`);
      if (changes.length === 0) return;
      const sizes = this.#sizesAfter(changes);
      await this.#log.append(changes);
      this.#adopt(sizes);
      const garbage = this.#log.end - this.#bytes;
      if (garbage > Math.max(this.#bytes, TOLERATED_GARBAGE) && this.#log.end >= this.#rewriteFrom) this.#rewrite();
    });
  }

  close(): Promise<void> {
    return this.#inTurn('closed', async () => {
      if (!this.#isOpen) return;
      this.#isOpen = false;
      try {
        await this.#log.close();
      } finally {
        await this.#lock.release();
      }
    });
  }

  #inTurn<Result>(what: string, act: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(act).catch((error) => {
      throw storeError(`${this.#path} cannot be ${what}`, error);
    });
    this.#last = result.catch(() => {});
    return result;
  }

  /** After the commit, which need not wait for it; the next one does. If it fails, the log goes on, and it is tried later. */
  #rewrite(): void {
    this.#rewriteFrom = this.#log.end + Math.max(this.#bytes, TOLERATED_GARBAGE);
    void this.#inTurn('written anew', async () => {
      if (!this.#isOpen) return;
      await this.#log.rewrite();
      this.#rewriteFrom = 0;
    }).catch(() => {});
  }

  /** What every changed entry takes afterwards, 0 for none. Throws when that is too much. */
  #sizesAfter(changes: readonly StoredChange[]): Map<string, number> {
    const sizes = new Map<string, number>();
    for (const { key, value } of changes) {
      if (Buffer.byteLength(key) > LONGEST_KEY)
        throw new SessionStoreError('STORE_FULL', `a key has more than ${LONGEST_KEY} bytes`);
      sizes.set(key, value === undefined ? 0 : entrySize(key, value));
    }
    let growth = 0;
    for (const [key, size] of sizes) growth += size - (this.#sizes.get(key) ?? 0);
    if (growth > 0 && this.#bytes + growth > this.#maximumBytes)
      throw new SessionStoreError('STORE_FULL', `${this.#path} may keep ${this.#maximumBytes} bytes, not more`);
    return sizes;
  }

  #adopt(sizes: ReadonlyMap<string, number>): void {
    for (const [key, size] of sizes) {
      this.#bytes += size - (this.#sizes.get(key) ?? 0);
      if (size === 0) this.#sizes.delete(key);
      else this.#sizes.set(key, size);
    }
  }
}

function storeError(problem: string, error: unknown): SessionStoreError {
  if (error instanceof SessionStoreError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const isFull = NO_ROOM.includes(code);
  return new SessionStoreError(isFull ? 'STORE_FULL' : 'STORE_FAILED', `${problem}: ${message}`, error);
}
