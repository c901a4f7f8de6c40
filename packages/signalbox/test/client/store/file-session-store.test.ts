import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type FileSessionStoreOptions, fileSessionStore } from '../../../src/client/store/file-session-store.ts';
import { freshPaths } from './folder.ts';
import { describeSessionStore, failing, remove, set, textsIn, textsOf } from './suite.ts';

const freshPath = freshPaths();

for (const sync of ['disk', 'process'] as const) {
  describeSessionStore(
    `fileSessionStore at ${sync}`,
    () => {
      const path = freshPath();
      return { store: () => fileSessionStore(path, { sync }) };
    },
    20,
  );
}

const FAST: FileSessionStoreOptions = { sync: 'process' };

/** Six commits, and how long the file was after each. */
async function writeSix(path: string): Promise<number[]> {
  const store = fileSessionStore(path, FAST);
  await store.open();
  const lengths = [statSync(path).size];
  for (let number = 1; number <= 6; number++) {
    await store.commit([set(`m${number}`, `message ${number}`), set('last', `${number}`), remove(`m${number - 3}`)]);
    lengths.push(statSync(path).size);
  }
  await store.close();
  return lengths;
}

function afterCommit(number: number): Record<string, string> {
  if (number === 0) return {};
  const messages = [number - 2, number - 1, number].filter((each) => each > 0);
  return { ...Object.fromEntries(messages.map((each) => [`m${each}`, `message ${each}`])), last: `${number}` };
}

describe('the file of a session store', () => {
  it('is readable by its owner alone, and alone in its folder when it is closed', async () => {
    const path = join(freshPath(), 'store');
    mkdirSync(dirname(path));
    await writeSix(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(dirname(path))).toEqual(['store']);
  });

  it('belongs to one client of the machine at a time, by whatever path', async () => {
    const path = freshPath();
    const store = fileSessionStore(path, FAST);
    await store.open();
    await store.commit([set('a', '1')]);
    const other = fileSessionStore(join(dirname(path), '.', basename(path)), FAST);
    await expect(other.open()).rejects.toEqual(failing('STORE_IN_USE'));
    await store.commit([set('b', '2')]);
    await store.close();
    expect(await textsIn(other)).toEqual({ a: '1', b: '2' });
  });

  it('that was cut at any byte has every commit before the cut, whole, and goes on', async () => {
    const path = freshPath();
    const lengths = await writeSix(path);
    const whole = readFileSync(path);
    const cutPath = freshPath();
    for (let cut = lengths[0]!; cut <= whole.length; cut++) {
      writeFileSync(cutPath, whole.subarray(0, cut));
      const commits = lengths.filter((length) => length <= cut).length - 1;
      const store = fileSessionStore(cutPath, FAST);
      expect(textsOf(await store.open()), `cut at ${cut}`).toEqual(afterCommit(commits));
      expect(statSync(cutPath).size).toBe(lengths[commits]);
      await store.commit([set('next', 'yes')]);
      await store.close();
      if (cut % 20 === 0) expect(await textsIn(store)).toEqual({ ...afterCommit(commits), next: 'yes' });
    }
  });

  it('that ends in garbage, or in zeros, is cut', async () => {
    const path = freshPath();
    const lengths = await writeSix(path);
    const whole = readFileSync(path);
    for (const tail of [Buffer.alloc(5_000), Buffer.alloc(5_000, 0xff), Buffer.from('some text'), whole.subarray(20)]) {
      const upTo = whole.subarray(0, lengths[5]);
      writeFileSync(path, Buffer.concat([upTo, tail.map((byte, index) => byte + (index % 7))]));
      expect(await textsIn(fileSessionStore(path, FAST))).toEqual(afterCommit(5));
    }
  });

  it('whose last commit came to the disk in part, in sectors and with room behind it, is cut before it', async () => {
    const path = freshPath();
    const lengths = await writeSix(path);
    const whole = readFileSync(path);
    for (let from = lengths[5]!; from < lengths[6]!; from += 3)
      for (const missing of [1, 16, 1_000]) {
        const torn = Buffer.concat([whole, Buffer.alloc(512 - (whole.length % 512))]);
        torn.fill(0, from, Math.min(from + missing, torn.length));
        if (torn.subarray(0, whole.length).equals(whole)) continue; // there was nothing but zeros
        writeFileSync(path, torn);
        expect(await textsIn(fileSessionStore(path, FAST)), `from ${from}`).toEqual(afterCommit(5));
        expect(statSync(path).size).toBe(lengths[5]);
      }
  });

  it('that is damaged at any byte before the last commit is refused, and left as it is', async () => {
    const path = freshPath();
    const lengths = await writeSix(path);
    const whole = readFileSync(path);
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 1 << (at % 8);
      writeFileSync(path, damaged);
      const store = fileSessionStore(path, FAST);
      if (at < lengths[5]!) {
        await expect(store.open(), `byte ${at}`).rejects.toEqual(failing('STORE_DAMAGED'));
        expect(readFileSync(path).equals(damaged)).toBe(true);
      } else expect(await textsIn(store), `byte ${at}`).toEqual(afterCommit(5)); // as if it had been torn
    }
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it('that is something else, or cut within its first bytes, is refused', async () => {
    const path = freshPath();
    await writeSix(path);
    const head = readFileSync(path).subarray(0, 20);
    const others = [Buffer.alloc(0), Buffer.alloc(50), Buffer.from('#!/bin/sh\necho this is a program\n')];
    for (const other of [...others, ...Array.from({ length: 20 }, (_, length) => head.subarray(0, length))]) {
      writeFileSync(path, other);
      await expect(fileSessionStore(path).open()).rejects.toEqual(failing('STORE_DAMAGED'));
      expect(readFileSync(path).equals(other)).toBe(true);
    }
  });

  it('of a newer version is refused', async () => {
    const path = freshPath();
    writeFileSync(path, Buffer.from('7362782d736573730000000200000000010ec5a1', 'hex'));
    await expect(fileSessionStore(path).open()).rejects.toEqual(failing('STORE_VERSION'));
  });

  it('cannot be ended by bytes in a message that look like a commit', async () => {
    const path = freshPath();
    const other = freshPath();
    await writeSix(other);
    const lookalike = readFileSync(other);
    const store = fileSessionStore(path, FAST);
    await store.open();
    await store.commit([set('a', '1')]);
    const before = statSync(path).size;
    await store.commit([{ key: 'b', value: lookalike }]);
    await store.close();
    writeFileSync(path, readFileSync(path).subarray(0, before + lookalike.length));
    expect(await textsIn(store)).toEqual({ a: '1' });
  });

  it('stays below twice what is kept and 64 KiB, however many commits there are', async () => {
    const path = freshPath();
    const store = fileSessionStore(path, FAST);
    await store.open();
    const value = 'x'.repeat(1_000);
    let largest = 0;
    for (let number = 0; number < 1_500; number++) {
      await store.commit([set(`m${number % 100}`, value)]);
      largest = Math.max(largest, statSync(path).size);
    }
    await store.close();
    expect(largest).toBeGreaterThan(200_000);
    expect(largest).toBeLessThan(2 * 101_100 + 65_536);
    expect(Object.keys(await textsIn(store))).toHaveLength(100);
    expect(existsSync(`${path}.new`)).toBe(false);
  });

  it('takes what there is room for, and always what frees some', async () => {
    const path = freshPath();
    const store = fileSessionStore(path, { ...FAST, maximumBytes: 1_000 });
    await store.open();
    await store.commit([set('m1', 'x'.repeat(400)), set('m2', 'x'.repeat(400))]);
    await expect(store.commit([set('m3', 'x'.repeat(400))])).rejects.toEqual(failing('STORE_FULL'));
    await expect(store.commit([{ key: 'k'.repeat(65_536), value: undefined }])).rejects.toEqual(failing('STORE_FULL'));
    await store.commit([set('m3', 'x'.repeat(400)), remove('m1')]);
    await store.close();
    const smaller = fileSessionStore(path, { ...FAST, maximumBytes: 100 });
    expect([...(await smaller.open()).keys()]).toEqual(['m2', 'm3']);
    await expect(smaller.commit([set('m4', '')])).rejects.toEqual(failing('STORE_FULL'));
    await smaller.commit([remove('m2')]);
    await smaller.close();
    expect(Object.keys(await textsIn(smaller))).toEqual(['m3']);
  });

  it('has limits that make sense', () => {
    for (const maximumBytes of [0, -1, Number.NaN, 2 ** 31])
      expect(() => fileSessionStore('store', { maximumBytes })).toThrow(failing('STORE_FAILED'));
  });

  it('needs a folder, and says so', async () => {
    const path = join(freshPath(), 'store');
    await expect(fileSessionStore(path).open()).rejects.toMatchObject({
      code: 'STORE_FAILED',
      cause: { code: 'ENOENT' },
    });
    mkdirSync(dirname(path));
    mkdirSync(path);
    await expect(fileSessionStore(path).open()).rejects.toEqual(failing('STORE_FAILED'));
    expect(readdirSync(dirname(path))).toEqual(['store']);
  });
});
