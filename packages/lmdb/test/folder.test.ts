// The folder of a store: one broker at a time, and nothing in it is touched that is not ours or cannot be read.

import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Database, open } from 'lmdb';
import { StoreError } from 'signalbox/broker';
import { describe, expect, it } from 'vitest';
import type { StoreChange } from '../../signalbox/src/broker/store/store.ts';
import { keptMessage, Listening, picture, storedSession, topicName } from '../../signalbox/test/support/store-suite.ts';
import { checkDataFile } from '../src/data-file.ts';
import { LmdbStore, type LmdbStoreOptions } from '../src/lmdb-store.ts';
import { temporaryFolder } from './folder.ts';

const RETAINED: StoreChange = { type: 'retained', message: keptMessage(1, { retain: true }) };

async function write(options: LmdbStoreOptions, ...changes: StoreChange[]): Promise<void> {
  const store = new LmdbStore(options);
  const listening = new Listening();
  await picture(store, listening);
  await listening.commit(store, ...changes);
  await store.close();
}

/** Names, sizes and bytes of everything in the folder. */
function contents(path: string): [string, number, string][] {
  return readdirSync(path)
    .filter((name) => name !== 'lock.mdb') // LMDB's own, and of no account when nobody has it open
    .map((name) => [name, statSync(join(path, name)).size, readFileSync(join(path, name)).toString('latin1')]);
}

async function refusal(path: string): Promise<unknown> {
  const before = contents(path);
  const error = await picture(new LmdbStore({ path })).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StoreError);
  expect((error as Error).message).toContain(path);
  expect(contents(path)).toEqual(before);
  return (error as StoreError).code;
}

/** The main table of our own file, without a store. */
async function tamper(path: string, change: (format: Database<Buffer, Buffer>) => Promise<unknown>) {
  const root = open<Buffer, Buffer>({ path, maxDbs: 10, encoding: 'binary', keyEncoding: 'binary' });
  await change(root.openDB<Buffer, Buffer>('format', { encoding: 'binary', keyEncoding: 'binary' }));
  await root.close();
}

describe('the folder', () => {
  it('is made, with those above it', async () => {
    const path = join(temporaryFolder(), 'a', 'b');
    await write({ path }, RETAINED);
    const { retained } = await picture(new LmdbStore({ path }));
    expect(retained).toHaveLength(1);
  });

  it('may have a dot, a blank and what not in its name', async () => {
    for (const name of ['mqtt.example.org', 'a b', '.hidden', 'data.mdb', '%41', 'käse']) {
      const path = join(temporaryFolder(), name);
      await write({ path }, RETAINED);
      expect(readdirSync(path).sort()).toEqual(['data.mdb', 'lock.mdb']);
    }
  });

  it('that is made is for its owner only; one that is there stays as it is', async () => {
    const [made, there] = [join(temporaryFolder(), 'made'), join(temporaryFolder(), 'there')];
    mkdirSync(there);
    chmodSync(there, 0o750);
    for (const path of [made, there]) await write({ path }, RETAINED);
    expect([made, there].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o750]);
  });

  it.each(['/proc/nothing-can-be-made-here', '/dev/null', '/dev/null/below'])('cannot be %s', async (path) => {
    const error: unknown = await picture(new LmdbStore({ path })).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StoreError);
    expect((error as StoreError).message).toMatch(/^\/.+: ./);
  });

  it('cannot be made where a link leads nowhere', async () => {
    const path = join(temporaryFolder(), 'link');
    symlinkSync('/nowhere/at-all', path);
    await expect(picture(new LmdbStore({ path }))).rejects.toBeInstanceOf(StoreError);
    await expect(picture(new LmdbStore({ path: join(path, 'below') }))).rejects.toBeInstanceOf(StoreError);
  });

  it('changes hands between the levels', async () => {
    const path = temporaryFolder();
    await write({ path, durability: 'process' }, RETAINED);
    await write({ path, durability: 'disk' }, { type: 'session', session: storedSession('a') });
    await write({ path, durability: 'process' }, { type: 'session', session: storedSession('b') });
    const store = new LmdbStore({ path, durability: 'disk' });
    const { retained, sessions } = await picture(store);
    expect([retained.length, sessions.map(({ clientId }) => clientId)]).toEqual([1, ['a', 'b']]);
    await store.close();
  });

  it('has one store at a time, within a process too', async () => {
    const path = temporaryFolder();
    const first = new LmdbStore({ path });
    const listening = new Listening();
    await picture(first, listening);
    expect(await refusal(path)).toBe('STORE_IN_USE');
    await listening.commit(first, RETAINED); // it has taken no harm
    await first.close();
    await write({ path });
  });

  it('is refused when what is in it is no database', async () => {
    const path = temporaryFolder();
    writeFileSync(join(path, 'data.mdb'), Buffer.alloc(20_000, 'this is something else '));
    expect(await refusal(path)).toBe('STORE_DAMAGED');
  });

  it.each([1, 100, 4096, 5000, 0.5])('is refused when the file was cut after %d', async (length) => {
    const path = temporaryFolder();
    const retained = (id: number): StoreChange => {
      const message = keptMessage(id, { payload: new Uint8Array(3000), topic: topicName(`t/${id}`) });
      return { type: 'retained', message };
    };
    await write({ path }, ...Array.from({ length: 100 }, (_, index) => retained(index)));
    await write({ path }, ...Array.from({ length: 100 }, (_, index) => retained(1000 + index)));
    const file = join(path, 'data.mdb');
    truncateSync(file, length < 1 ? statSync(file).size * length : length);
    expect(await refusal(path)).toBe('STORE_DAMAGED');
  });

  it.each([
    ['neither page of the beginning', 0, 8192],
    ['the first page missing', 0, 4096],
    ['the second page missing', 4096, 8192],
  ])('is begun anew when the power went while it was made: %s', async (_what, from, to) => {
    const path = temporaryFolder();
    await write({ path });
    const file = join(path, 'data.mdb');
    writeFileSync(file, readFileSync(file).fill(0, from, to));
    await write({ path }, RETAINED);
    const store = new LmdbStore({ path });
    expect((await picture(store)).retained).toHaveLength(1);
    await store.close();
  });

  it('is read by the older of its two beginnings when the power took what the newer one speaks of', async () => {
    const path = temporaryFolder();
    await write({ path }, RETAINED);
    const file = join(path, 'data.mdb');
    const bytes = readFileSync(file);
    const [newer] = [0, 4096].sort((a, b) => Number(bytes.readBigUInt64LE(b + 152) - bytes.readBigUInt64LE(a + 152)));
    bytes.writeBigUInt64LE(1_000_000n, newer! + 136);
    writeFileSync(file, bytes);
    expect(() => checkDataFile(file)).not.toThrow();
  });

  it('is refused when the database is another program’s', async () => {
    const path = temporaryFolder();
    const foreign = open({ path });
    await foreign.openDB({ name: 'theirs' }).put('key', 'value');
    await foreign.close();
    expect(await refusal(path)).toBe('STORE_FOREIGN');
    const main = temporaryFolder();
    const plain = open({ path: main });
    await plain.put('key', 'value');
    await plain.close();
    expect(await refusal(main)).toBe('STORE_FOREIGN');
  });

  it('is refused when a newer version wrote it', async () => {
    const path = temporaryFolder();
    await write({ path }, RETAINED);
    await tamper(path, (format) => format.put(Buffer.from('signalbox'), Buffer.from([200])));
    expect(await refusal(path)).toBe('STORE_VERSION');
  });

  it('of the format before is read, and written in the new one from then on', async () => {
    const path = temporaryFolder();
    await write({ path }, RETAINED);
    const key = Buffer.from('signalbox');
    await tamper(path, (format) => format.put(key, Buffer.from([1])));
    const store = new LmdbStore({ path });
    expect((await picture(store)).retained).toHaveLength(1);
    await store.close();
    await tamper(path, (format) => Promise.resolve(expect(format.get(key)).toEqual(Buffer.from([2]))));
    await tamper(path, (format) => format.put(key, Buffer.from([0])));
    expect(await refusal(path)).toBe('STORE_VERSION');
  });

  it('is refused when a row cannot be read', async () => {
    const path = temporaryFolder();
    await write({ path }, RETAINED);
    const root = open<Buffer, Buffer>({ path, maxDbs: 10, encoding: 'binary', keyEncoding: 'binary' });
    const sessions = root.openDB<Buffer, Buffer>('sessions', { encoding: 'binary', keyEncoding: 'binary' });
    await sessions.put(Buffer.alloc(8, 1), Buffer.from([0, 0xff]));
    await root.close();
    expect(await refusal(path)).toBe('STORE_DAMAGED');
  });

  it('that is a file, or may not be written, is refused', async () => {
    const path = join(temporaryFolder(), 'file');
    writeFileSync(path, 'text');
    await expect(picture(new LmdbStore({ path }))).rejects.toMatchObject({ code: 'STORE_FAILED' });
  });

  it('what belongs to nothing is swept when it is opened', async () => {
    const path = temporaryFolder();
    await write({ path }, RETAINED);
    const root = open<Buffer, Buffer>({ path, maxDbs: 10, encoding: 'binary', keyEncoding: 'binary' });
    const table = (name: string) => root.openDB<Buffer, Buffer>(name, { encoding: 'binary', keyEncoding: 'binary' });
    await table('received').put(Buffer.alloc(16, 1), Buffer.from([1]));
    await table('subscriptions').put(Buffer.alloc(12, 1), Buffer.from([1]));
    await table('deliveries').put(Buffer.alloc(16, 1), Buffer.from([1, 0, 0]));
    await table('messages').put(Buffer.alloc(8, 0), await retainedRow(table('retained')));
    await root.close();
    await write({ path });
    const again = open<Buffer, Buffer>({ path, maxDbs: 10, encoding: 'binary', keyEncoding: 'binary' });
    for (const name of ['received', 'subscriptions', 'deliveries', 'messages']) {
      const rows = again.openDB<Buffer, Buffer>(name, { encoding: 'binary', keyEncoding: 'binary' });
      expect([name, rows.getKeysCount()]).toEqual([name, 0]);
    }
    await again.close();
  });
});

async function retainedRow(retained: { getRange(): Iterable<{ value: Buffer }> }): Promise<Buffer> {
  for (const { value } of retained.getRange()) return Buffer.from(value);
  throw new Error('nothing is retained');
}

describe('options out of their range', () => {
  it.each([
    { path: '' },
    { path: 'x', durability: 'memory' },
    { path: 'x', gatherMs: -1 },
    { path: 'x', gatherMs: Number.NaN },
    { path: 'x', mapSize: 1000 },
  ])('%j', (options) => {
    expect(() => new LmdbStore(options as LmdbStoreOptions)).toThrow(RangeError);
  });
});
