// A session store that ends with the process: for tests, and for clients of one process that follow each other.

import { SessionStore, type StoredChange } from './session-store.ts';
import { SessionStoreError } from './session-store-error.ts';

class MemorySessionStore extends SessionStore {
  readonly #kept = new Map<string, Uint8Array>();
  #isOpen = false;

  async open(): Promise<ReadonlyMap<string, Uint8Array>> {
    if (this.#isOpen) throw new SessionStoreError('STORE_IN_USE', 'the session store in memory is open already');
    this.#isOpen = true;
    return new Map(Array.from(this.#kept, ([key, value]) => [key, value.slice()]));
  }

  async commit(changes: readonly StoredChange[]): Promise<void> {
    if (!this.#isOpen) throw new SessionStoreError('STORE_CLOSED', 'the session store in memory is not open');
    for (const { key, value } of changes) {
      if (value === undefined) this.#kept.delete(key);
      else this.#kept.set(key, value.slice());
    }
  }

  async close(): Promise<void> {
    this.#isOpen = false;
  }
}

/** What was kept is there when the store is opened again. */
export function memorySessionStore(): SessionStore {
  return new MemorySessionStore();
}
