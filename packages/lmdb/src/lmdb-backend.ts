/**
 * Tables in an LMDB environment: one file that is mapped into memory, one writer, transactions off the event loop. Who has
 * the folder, and whether it is ours, is found out here.
 */
import { closeSync, existsSync, fsyncSync, openSync, realpathSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import { StoreError } from 'signalbox/broker';
import { checkDataFile } from './data-file.ts';
import { makeFolder } from './store-folder.ts';
import { type Backend, type Row, TABLES, type Table, type Transaction } from './table.ts';

export interface LmdbBackendOptions {
  readonly path: string;
  readonly durability: 'process' | 'disk';
  readonly mapSize: number;
}

/** Raised whenever an older version could not read what this one writes: 2 has whose a will or a delayed message is. */
const FORMAT_VERSION = 2;
/** What this version can read, and goes on with in its own format. */
const OLDEST_VERSION = 1;
const DATA_FILE = 'data.mdb';
const FORMAT_KEY = Buffer.from('signalbox');
/** Less than this on the disk is no room: LMDB needs some pages even to remove something. */
const NO_ROOM_BYTES = 1024 * 1024;
const LOWEST_KEY = Buffer.from([0]);
/** LMDB's own code for a map that cannot grow. */
const MAP_FULL = -30_792;

/** Folders that this process has open: LMDB would share the environment, and close it for both. */
const openHere = new Set<string>();

export class LmdbBackend implements Backend {
  readonly durability: 'process' | 'disk';
  readonly name: string;
  readonly #mapSize: number;
  #claimed: string | undefined = undefined;
  #root: RootDatabase<Buffer, Buffer> | undefined = undefined;
  readonly #tables = new Map<Table, Database<Buffer, Buffer>>();

  constructor({ path, durability, mapSize }: LmdbBackendOptions) {
    this.name = path;
    this.durability = durability;
    this.#mapSize = mapSize;
  }

  async open(): Promise<void> {
    try {
      await makeFolder(this.name);
      this.#claim();
      checkDataFile(join(this.name, DATA_FILE));
      const root = this.#openRoot();
      this.#root = root;
      this.#requireAlone(root);
      this.#requireOurs(root);
      for (const name of TABLES)
        this.#tables.set(name, root.openDB(name, { encoding: 'binary', keyEncoding: 'binary' }));
      await this.#requireVersion();
    } catch (error) {
      await this.close();
      if (error instanceof StoreError) throw error;
      throw new StoreError(isDamage(error) ? 'STORE_DAMAGED' : 'STORE_FAILED', `${this.name}: ${textOf(error)}`, error);
    }
  }

  *rows(table: Table, prefix?: Buffer): Generator<Row> {
    const database = this.#table(table);
    const start = prefix ?? LOWEST_KEY;
    for (const { key, value } of database.getRange({ start, snapshot: false })) {
      if (prefix !== undefined && !key.subarray(0, prefix.length).equals(prefix)) return;
      yield { key, value };
    }
  }

  async submit({ tables, keys, values }: Transaction): Promise<void> {
    const root = this.#root!;
    try {
      await root.batch(() => {
        for (let i = 0; i < keys.length; i++) {
          const database = this.#table(tables[i]!);
          const value = values[i];
          if (value === undefined) void database.remove(keys[i]!);
          else void database.put(keys[i]!, value);
        }
      });
    } catch (error) {
      throw await this.#failure(error);
    }
  }

  async close(): Promise<void> {
    const root = this.#root;
    this.#root = undefined;
    await root?.close();
    if (root !== undefined) this.#syncFile();
    if (this.#claimed !== undefined) openHere.delete(this.#claimed);
    this.#claimed = undefined;
  }

  #table(name: Table): Database<Buffer, Buffer> {
    return this.#tables.get(name)!;
  }

  #openRoot(): RootDatabase<Buffer, Buffer> {
    return open<Buffer, Buffer>({
      path: this.name,
      noSubdir: false, // else a folder whose name has a dot in it is taken for a file
      mapSize: this.#mapSize,
      maxDbs: TABLES.length,
      encoding: 'binary',
      keyEncoding: 'binary',
      // Otherwise the library opens a batch of its own around ours, whose failure nobody could catch.
      eventTurnBatching: false,
      ...(this.durability === 'process' ? { noSync: true, overlappingSync: false } : {}),
    });
  }

  #claim(): void {
    const path = realpathSync(this.name);
    if (openHere.has(path)) throw inUse(this.name, 'this process');
    openHere.add(path);
    this.#claimed = path;
  }

  /** LMDB knows the processes that have a place among its readers, and forgets the dead. Ours is taken by reading. */
  #requireAlone(root: RootDatabase<Buffer, Buffer>): void {
    root.getKeysCount({ limit: 1 });
    root.readerCheck();
    const others = root
      .readerList()
      .split('\n')
      .map((line) => Number(/^\s*(\d+)\s/.exec(line)?.[1] ?? process.pid))
      .filter((pid) => pid !== process.pid);
    if (others[0] !== undefined) throw inUse(this.name, `process ${others[0]}`);
  }

  #requireOurs(root: RootDatabase<Buffer, Buffer>): void {
    const known: readonly string[] = TABLES;
    for (const key of root.getKeys()) {
      const name = Buffer.from(key).toString().replace(/\0$/, '');
      if (known.includes(name)) continue;
      throw new StoreError('STORE_FOREIGN', `${this.name}: this database is not Signalbox's, it has a table ${name}`);
    }
  }

  async #requireVersion(): Promise<void> {
    const format = this.#table('format');
    const written = format.get(FORMAT_KEY);
    if (written === undefined) {
      const isEmpty = TABLES.every((name) => this.#table(name).getKeysCount({ limit: 1 }) === 0);
      if (!isEmpty) throw new StoreError('STORE_DAMAGED', `${this.name}: the version of the format is missing`);
      await format.put(FORMAT_KEY, Buffer.from([FORMAT_VERSION]));
      return;
    }
    const version = written[0]!;
    if (version < OLDEST_VERSION || version > FORMAT_VERSION) {
      const known = `${OLDEST_VERSION} to ${FORMAT_VERSION}`;
      throw new StoreError(
        'STORE_VERSION',
        `${this.name}: written in format ${version}, and this version knows ${known}`,
      );
    }
    if (version < FORMAT_VERSION) await format.put(FORMAT_KEY, Buffer.from([FORMAT_VERSION]));
  }

  /** LMDB calls every write that came up short an I/O error. */
  async #failure(error: unknown): Promise<StoreError> {
    const { commitError } = error as { commitError?: Promise<unknown> };
    const cause = await Promise.resolve(commitError).catch((reason: unknown) => reason ?? error);
    const room = await statfs(this.name).then(
      ({ bavail, bsize }) => bavail * bsize,
      () => Number.POSITIVE_INFINITY,
    );
    const isFull = room < NO_ROOM_BYTES || (cause as { code?: unknown }).code === MAP_FULL;
    const text = isFull ? 'there is no room left' : textOf(cause);
    return new StoreError(isFull ? 'STORE_FULL' : 'STORE_FAILED', `${this.name}: ${text}`, cause);
  }

  /** With `process` nothing was synced while the broker ran. */
  #syncFile(): void {
    const path = join(this.name, DATA_FILE);
    if (this.durability === 'disk' || !existsSync(path)) return;
    const file = openSync(path, 'r+');
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }
}

function inUse(path: string, who: string): StoreError {
  return new StoreError('STORE_IN_USE', `${path}: ${who} has this folder open`);
}

/** MDB_CORRUPTED, MDB_PAGE_NOTFOUND, MDB_INVALID, MDB_VERSION_MISMATCH, MDB_BAD_TXN … */
function isDamage(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'number' && code <= -30_793 && code >= -30_797;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
