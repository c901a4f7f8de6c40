// The part of IndexedDB and of Web Locks which a session store uses, as far as types go: the library is compiled without
// those of browsers.

export interface DatabaseRequest<Result> {
  readonly result: Result;
  readonly error: Error | null;
  onsuccess: ((event: never) => unknown) | null;
  onerror: ((event: never) => unknown) | null;
}

export interface DatabaseOpenRequest extends DatabaseRequest<Database> {
  onupgradeneeded: ((event: never) => unknown) | null;
}

export interface Database {
  createObjectStore(name: string): unknown;
  transaction(name: string, mode: 'readonly' | 'readwrite', options?: { durability: 'strict' }): DatabaseTransaction;
  close(): void;
  onversionchange: ((event: never) => unknown) | null;
  onclose: ((event: never) => unknown) | null;
}

export interface DatabaseTransaction {
  readonly error: Error | null;
  objectStore(name: string): ObjectStore;
  oncomplete: ((event: never) => unknown) | null;
  onabort: ((event: never) => unknown) | null;
}

export interface ObjectStore {
  getAll(): DatabaseRequest<unknown[]>;
  getAllKeys(): DatabaseRequest<unknown[]>;
  put(value: unknown, key: string): unknown;
  delete(key: string): unknown;
}

export interface DatabaseFactory {
  open(name: string, version: number): DatabaseOpenRequest;
}

export interface LockManager {
  request(
    name: string,
    options: { ifAvailable: true },
    whileHeld: (lock: unknown) => Promise<void> | undefined,
  ): Promise<unknown>;
}

export interface BrowserPlatform {
  readonly indexedDB?: DatabaseFactory;
  readonly navigator?: { readonly locks?: LockManager };
}
