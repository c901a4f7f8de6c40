// A session store that ends with the process: for tests, and for clients of one process that follow each other.

import type { SessionStore } from './session-store.ts';

/** What was kept is there when the store is opened again. */
export function memorySessionStore(): SessionStore {
  const kept = new Map<string, Uint8Array>();
  return {
    open: () => Promise.resolve(new Map(kept)),
    commit: (changes) => {
      for (const { key, value } of changes) {
        if (value === undefined) kept.delete(key);
        else kept.set(key, value);
      }
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}
