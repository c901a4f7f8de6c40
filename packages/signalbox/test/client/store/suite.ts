// What every session store has to do, wherever it keeps things.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SessionStore, StoredChange } from '../../../src/client/store/session-store.ts';

/** Somewhere to keep a session: every store of it finds what the one before has kept. */
export interface Place {
  store(): SessionStore;
}

export type Kept = ReadonlyMap<string, Uint8Array>;

export const failing = (code: string) => expect.objectContaining({ name: 'SessionStoreError', code });

export const set = (key: string, text: string): StoredChange => ({ key, value: new Uint8Array(Buffer.from(text)) });
export const remove = (key: string): StoredChange => ({ key, value: undefined });

/** What is kept, as text. */
export function textsOf(kept: Kept): Record<string, string> {
  return Object.fromEntries(Array.from(kept, ([key, value]) => [key, Buffer.from(value).toString()]));
}

export async function textsIn(store: SessionStore): Promise<Record<string, string>> {
  const texts = textsOf(await store.open());
  await store.close();
  return texts;
}

/** The naive store. */
export function apply(kept: Map<string, Uint8Array>, changes: readonly StoredChange[]): void {
  for (const { key, value } of changes) {
    if (value === undefined) kept.delete(key);
    else kept.set(key, value.slice());
  }
}

const key = fc.oneof(
  fc.constantFrom('client', 'm1', 'm2', 'm3', 'r7', 'r65535', '__proto__', 'm1.held', 'm'),
  fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }),
);
const value = fc.option(fc.uint8Array({ maxLength: 300 }), { nil: undefined });
export const changesArbitrary = fc.array(fc.record({ key, value }), { maxLength: 8 });
const lives = fc.array(fc.array(changesArbitrary, { maxLength: 8 }), { minLength: 1, maxLength: 4 });

export function describeSessionStore(name: string, makePlace: () => Place | Promise<Place>, numRuns = 50): void {
  describe(`${name} as a session store`, () => {
    it('is empty at first', async () => {
      const store = (await makePlace()).store();
      expect((await store.open()).size).toBe(0);
      await store.close();
    });

    it('has what was kept when it is opened again, by the same store and by the next one', async () => {
      const place = await makePlace();
      const store = place.store();
      await store.open();
      await store.commit([set('m1', 'one'), set('m2', 'two'), set('r1', '')]);
      await store.commit([remove('m1'), set('m2', 'zwei'), remove('never there')]);
      await store.commit([]);
      await store.close();
      expect(await textsIn(store)).toEqual({ m2: 'zwei', r1: '' });
      expect(await textsIn(place.store())).toEqual({ m2: 'zwei', r1: '' });
    });

    it('applies the changes of a commit in their order', async () => {
      const store = (await makePlace()).store();
      await store.open();
      await store.commit([set('a', '1'), remove('a'), set('b', '1'), set('b', '2'), remove('c'), set('c', '3')]);
      await store.close();
      expect(await textsIn(store)).toEqual({ b: '2', c: '3' });
    });

    it('keeps bytes, not the memory they were in, and hands out memory of the caller', async () => {
      const place = await makePlace();
      const store = place.store();
      await store.open();
      const memory = new Uint8Array(Buffer.from('..value..'));
      await store.commit([{ key: 'a', value: memory.subarray(2, 7) }]);
      memory.fill(0);
      await store.close();
      const kept = await store.open();
      expect(textsOf(kept)).toEqual({ a: 'value' });
      kept.get('a')!.fill(0);
      await store.close();
      expect(await textsIn(store)).toEqual({ a: 'value' });
    });

    it('keeps large values, and many', async () => {
      const store = (await makePlace()).store();
      await store.open();
      const large = new Uint8Array(3_000_000).map((_, index) => index * 7);
      const many = Array.from({ length: 2_000 }, (_, index) => set(`m${index}`, `message ${index}`));
      await store.commit([{ key: 'large', value: large }, ...many]);
      await store.close();
      const kept = await store.open();
      await store.close();
      expect(kept.size).toBe(2_001);
      expect(Buffer.compare(kept.get('large')!, large)).toBe(0);
      expect(Buffer.from(kept.get('m1999')!).toString()).toBe('message 1999');
    });

    it('is for one client at a time', async () => {
      const place = await makePlace();
      const store = place.store();
      await store.open();
      await expect(store.open()).rejects.toEqual(failing('STORE_IN_USE'));
      await store.commit([set('a', '1')]);
      await store.close();
      expect(await textsIn(place.store())).toEqual({ a: '1' });
    });

    it('keeps nothing unless it is open, and is closed as often as one likes', async () => {
      const store = (await makePlace()).store();
      await expect(store.commit([set('a', '1')])).rejects.toEqual(failing('STORE_CLOSED'));
      await store.close();
      await store.open();
      await store.close();
      await store.close();
      await expect(store.commit([set('a', '1')])).rejects.toEqual(failing('STORE_CLOSED'));
      expect(await textsIn(store)).toEqual({});
    });

    it('closes after the commit that is under way', async () => {
      const store = (await makePlace()).store();
      await store.open();
      const committed = store.commit([set('a', '1')]);
      await Promise.all([store.close(), committed]);
      expect(await textsIn(store)).toEqual({ a: '1' });
    });

    it('is a map that lives on', async () => {
      await fc.assert(
        fc.asyncProperty(lives, async (commitsOfLives) => {
          const place = await makePlace();
          const model = new Map<string, Uint8Array>();
          for (const commits of commitsOfLives) {
            const store = place.store();
            expect(bytesOf(await store.open())).toEqual(bytesOf(model));
            for (const changes of commits) {
              await store.commit(changes);
              apply(model, changes);
            }
            await store.close();
          }
          const last = place.store();
          expect(bytesOf(await last.open())).toEqual(bytesOf(model));
          await last.close();
        }),
        { numRuns },
      );
    });
  });
}

/** In one order, and as strings, which are compared fast. */
export function bytesOf(kept: Kept): (readonly [string, string])[] {
  const entries = Array.from(kept, ([name, bytes]) => [name, Buffer.from(bytes).toString('latin1')] as const);
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}
