// Against an implementation of IndexedDB in Node; Web Locks are played by a small one of ours.

import { IDBFactory } from 'fake-indexeddb';
import { describe, expect, it } from 'vitest';
import type { DatabaseFactory, LockManager } from '../../../src/client/store/indexed-db.ts';
import { indexedDbSessionStore } from '../../../src/client/store/indexed-db-session-store.ts';
import { describeSessionStore, failing, set, textsIn, textsOf } from './suite.ts';

const factory = (): DatabaseFactory => new IDBFactory() as unknown as DatabaseFactory;

/** One holder for each name, as for `ifAvailable`. */
function lockManager(): LockManager & { readonly held: Set<string> } {
  const held = new Set<string>();
  return {
    held,
    request: async (name, _options, whileHeld) => {
      if (held.has(name)) return whileHeld(null);
      held.add(name);
      try {
        return await whileHeld({ name });
      } finally {
        held.delete(name);
      }
    },
  };
}

describeSessionStore('indexedDbSessionStore with Web Locks', () => {
  const [indexedDB, locks] = [factory(), lockManager()];
  return { store: () => indexedDbSessionStore('one', { indexedDB, locks }) };
});

describeSessionStore('indexedDbSessionStore without Web Locks', () => {
  const indexedDB = factory();
  return { store: () => indexedDbSessionStore('one', { indexedDB, locks: undefined }) };
});

describe('indexedDbSessionStore', () => {
  it('keeps a second tab out, if the platform has Web Locks, and nobody who has another name', async () => {
    const [indexedDB, locks] = [factory(), lockManager()];
    const one = indexedDbSessionStore('one', { indexedDB, locks });
    const two = indexedDbSessionStore('one', { indexedDB, locks });
    const other = indexedDbSessionStore('two', { indexedDB, locks });
    await one.open();
    await one.commit([set('a', '1')]);
    await expect(two.open()).rejects.toEqual(failing('STORE_IN_USE'));
    expect(textsOf(await other.open())).toEqual({});
    await other.close();
    expect([...locks.held]).toEqual(['signalbox:one']);
    await one.close();
    expect(locks.held.size).toBe(0);
    expect(await textsIn(two)).toEqual({ a: '1' });
  });

  it('uses what the platform has, and says when it has nothing', async () => {
    await expect(indexedDbSessionStore('one').open()).rejects.toEqual(failing('STORE_FAILED'));
    Object.assign(globalThis, { indexedDB: factory() });
    try {
      const store = indexedDbSessionStore('one');
      await store.open();
      await store.commit([set('a', '1')]);
      await store.close();
      expect(await textsIn(store)).toEqual({ a: '1' });
    } finally {
      Reflect.deleteProperty(globalThis, 'indexedDB');
    }
  });

  it('takes nothing for its own that is not, and leaves it alone', async () => {
    const indexedDB = new IDBFactory();
    const request = indexedDB.open('signalbox:one', 1);
    request.onupgradeneeded = () => request.result.createObjectStore('session').put('text', 'a');
    const database = await new Promise<typeof request.result>((resolve) => {
      request.onsuccess = () => resolve(request.result);
    });
    database.close();
    const locks = lockManager();
    const store = indexedDbSessionStore('one', { indexedDB: indexedDB as unknown as DatabaseFactory, locks });
    await expect(store.open()).rejects.toEqual(failing('STORE_DAMAGED'));
    await expect(store.commit([set('a', '1')])).rejects.toEqual(failing('STORE_CLOSED'));
    expect(locks.held.size).toBe(0);
  });

  it('leaves alone what a newer version made', async () => {
    const indexedDB = new IDBFactory();
    const request = indexedDB.open('signalbox:one', 2);
    await new Promise((resolve) => {
      request.onsuccess = resolve;
    });
    request.result.close();
    const store = indexedDbSessionStore('one', { indexedDB: indexedDB as unknown as DatabaseFactory });
    await expect(store.open()).rejects.toEqual(failing('STORE_VERSION'));
  });

  it('rejects commits once its database is deleted, and lets that happen', async () => {
    const indexedDB = new IDBFactory();
    const store = indexedDbSessionStore('one', { indexedDB: indexedDB as unknown as DatabaseFactory });
    await store.open();
    await store.commit([set('a', '1')]);
    const request = indexedDB.deleteDatabase('signalbox:one');
    await new Promise((resolve) => {
      request.onsuccess = resolve;
    });
    await expect(store.commit([set('b', '1')])).rejects.toEqual(failing('STORE_FAILED'));
    await store.close();
    expect(await textsIn(store)).toEqual({});
  });

  it('says that the quota is full, and keeps nothing of the commit', async () => {
    const indexedDB = factory();
    let isFull = false;
    const store = indexedDbSessionStore('one', { indexedDB: quota(indexedDB, () => isFull) });
    await store.open();
    await store.commit([set('a', '1')]);
    isFull = true;
    await expect(store.commit([set('a', '2'), set('b', '2')])).rejects.toEqual(failing('STORE_FULL'));
    isFull = false;
    await store.commit([set('c', '3')]);
    await store.close();
    expect(await textsIn(indexedDbSessionStore('one', { indexedDB }))).toEqual({ a: '1', c: '3' });
  });
});

/** A database whose writing transactions are aborted while it is full, as a browser does it. */
function quota(indexedDB: DatabaseFactory, isFull: () => boolean): DatabaseFactory {
  return {
    open(name, version) {
      const request = indexedDB.open(name, version);
      (request as unknown as EventTarget).addEventListener('success', () => {
        const database = request.result;
        const begin = database.transaction.bind(database);
        database.transaction = (store, mode, options) => {
          const transaction = begin(store, mode, options);
          if (mode === 'readonly' || !isFull()) return transaction;
          expect(options).toEqual({ durability: 'strict' });
          queueMicrotask(() => {
            Object.defineProperty(transaction, 'error', { value: new DOMException('full', 'QuotaExceededError') });
            (transaction as unknown as { abort(): void }).abort();
          });
          return transaction;
        };
      });
      return request;
    },
  };
}
