// A session store in the database of a browser: one object store, one transaction for each commit. Where there are Web Locks,
// a second tab is kept out.

import type {
  BrowserPlatform,
  Database,
  DatabaseFactory,
  DatabaseRequest,
  DatabaseTransaction,
  LockManager,
} from './indexed-db.ts';
import { SessionStore, type StoredChange } from './session-store.ts';
import { SessionStoreError } from './session-store-error.ts';

export interface IndexedDbSessionStoreOptions {
  /** Default: the platform's own, `globalThis.indexedDB`. */
  readonly indexedDB?: DatabaseFactory;
  /** Default: the platform's own, `navigator.locks`; undefined: none. */
  readonly locks?: LockManager | undefined;
}

const VERSION = 1;
const ENTRIES = 'session';

/** Keeps the session of one client in the database `signalbox:name` of this origin. */
export function indexedDbSessionStore(name: string, options: IndexedDbSessionStoreOptions = {}): SessionStore {
  const database = `signalbox:${name}`;
  const platform = globalThis as BrowserPlatform;
  const { indexedDB = platform.indexedDB } = options;
  const locks = 'locks' in options ? options.locks : platform.navigator?.locks;
  return new IndexedDbSessionStore(database, indexedDB, locks);
}

class IndexedDbSessionStore extends SessionStore {
  readonly #name: string;
  readonly #factory: DatabaseFactory | undefined;
  readonly #locks: LockManager | undefined;
  #database: Database | undefined = undefined;
  #isOpening = false;
  #release: () => void = () => {};
  #lockReleased: Promise<unknown> = Promise.resolve();
  #last: Promise<unknown> = Promise.resolve();

  constructor(name: string, factory: DatabaseFactory | undefined, locks: LockManager | undefined) {
    super();
    this.#name = name;
    this.#factory = factory;
    this.#locks = locks;
  }

  async open(): Promise<ReadonlyMap<string, Uint8Array>> {
    if (this.#factory === undefined) throw new SessionStoreError('STORE_FAILED', 'there is no IndexedDB here');
    if (this.#isOpening || this.#database !== undefined) throw this.#inUse();
    this.#isOpening = true;
    try {
      if (this.#locks !== undefined) await this.#lock(this.#locks);
      const database = await this.#connect(this.#factory);
      this.#database = database;
      return await this.#entries(database);
    } catch (error) {
      await this.#disconnect();
      throw storeError(`the database ${this.#name} cannot be opened`, error);
    } finally {
      this.#isOpening = false;
    }
  }

  commit(changes: readonly StoredChange[]): Promise<void> {
    const committed = this.#commit(changes);
    this.#last = committed.catch(() => {});
    return committed;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#disconnect();
  }

  async #commit(changes: readonly StoredChange[]): Promise<void> {
    if (this.#database === undefined)
      throw new SessionStoreError('STORE_CLOSED', `the database ${this.#name} is not open`);
    if (changes.length === 0) return;
    try {
      const transaction = this.#database.transaction(ENTRIES, 'readwrite', { durability: 'strict' });
      const done = completion(transaction);
      const entries = transaction.objectStore(ENTRIES);
      for (const { key, value } of changes) {
        if (value === undefined) entries.delete(key);
        else entries.put(value.slice(), key); // of a view the database would keep all that is behind it
      }
      await done;
    } catch (error) {
      throw storeError(`the database ${this.#name} did not keep what it was given`, error);
    }
  }

  #connect(factory: DatabaseFactory): Promise<Database> {
    const request = factory.open(this.#name, VERSION);
    request.onupgradeneeded = () => request.result.createObjectStore(ENTRIES);
    return answer(request);
  }

  async #entries(database: Database): Promise<Map<string, Uint8Array>> {
    database.onversionchange = () => database.close(); // so that it can be deleted; commits fail from then on
    const entries = database.transaction(ENTRIES, 'readonly').objectStore(ENTRIES);
    const [keys, values] = await Promise.all([answer(entries.getAllKeys()), answer(entries.getAll())]);
    const kept = new Map<string, Uint8Array>();
    for (const [index, value] of values.entries()) {
      const key = keys[index];
      if (typeof key !== 'string' || !(value instanceof Uint8Array))
        throw new SessionStoreError(
          'STORE_DAMAGED',
          `the database ${this.#name} holds what no session store put there`,
        );
      kept.set(key, value);
    }
    return kept;
  }

  /** Holds the lock until #release is called; the platform releases it when the page goes away. */
  #lock(locks: LockManager): Promise<void> {
    return new Promise((resolve, reject) => {
      const whileHeld = (lock: unknown): Promise<void> | undefined => {
        if (lock === null) {
          reject(this.#inUse());
          return undefined;
        }
        resolve();
        return new Promise<void>((release) => {
          this.#release = release;
        });
      };
      this.#lockReleased = locks.request(this.#name, { ifAvailable: true }, whileHeld).catch(reject);
    });
  }

  async #disconnect(): Promise<void> {
    this.#database?.close();
    this.#database = undefined;
    this.#release();
    this.#release = () => {};
    await this.#lockReleased;
  }

  #inUse(): SessionStoreError {
    return new SessionStoreError('STORE_IN_USE', `the database ${this.#name} is in use: another client has it open`);
  }
}

function answer<Result>(request: DatabaseRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function completion(transaction: DatabaseTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('the transaction was aborted'));
  });
}

function storeError(problem: string, error: unknown): SessionStoreError {
  if (error instanceof SessionStoreError) return error;
  const { name, message } = error as Error;
  const code =
    name === 'QuotaExceededError' ? 'STORE_FULL' : name === 'VersionError' ? 'STORE_VERSION' : 'STORE_FAILED';
  return new SessionStoreError(code, `${problem}: ${message}`, error);
}
