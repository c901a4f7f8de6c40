// A session store that ends with the process: for tests, and for clients of one process that follow each other.

import { SessionStore, type StoredChange } from './session-store.ts';

class MemorySessionStore extends SessionStore {
  readonly #kept = new Map<string, Uint8Array>();

  open(): Promise<ReadonlyMap<string, Uint8Array>> {
    return Promise.resolve(new Map(this.#kept));
  }

  commit(changes: readonly StoredChange[]): Promise<void> {
    for (const { key, value } of changes) {
      if (value === undefined) this.#kept.delete(key);
      else this.#kept.set(key, value);
    }
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** What was kept is there when the store is opened again. */
export function memorySessionStore(): SessionStore {
  return new MemorySessionStore();
}
