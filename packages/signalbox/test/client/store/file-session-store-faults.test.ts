// Every operation on files fails, one after the other: what was acknowledged is there afterwards, and what was not is not.

import { existsSync, statSync } from 'node:fs';
import fs from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { fileSessionStore } from '../../../src/client/store/file-session-store.ts';
import type { StoredChange } from '../../../src/client/store/session-store.ts';
import { FailingFiles, type Failure } from './failing-files.ts';
import { freshPaths } from './folder.ts';
import { apply, bytesOf, failing, type Kept, remove, set, textsIn } from './suite.ts';

const freshPath = freshPaths();
const COMMITS = 5;
const LARGE = 'x'.repeat(40_000);

/** Enough for the file to be written anew, twice. */
function changesOf(number: number): StoredChange[] {
  return [set(`m${number}`, `message ${number}`), set('large', LARGE + number), remove(`m${number - 4}`)];
}

interface Outcome {
  readonly acknowledged: Kept;
  /** With each commit that was rejected after the last one that was acknowledged, and with all of them. */
  readonly possible: readonly Kept[];
  readonly rejections: number;
}

/** A program that goes on whatever happens, as a client does. */
async function live(path: string, files: FailingFiles['files']): Promise<Outcome> {
  const acknowledged = new Map<string, Uint8Array>();
  let rejected: StoredChange[][] = [];
  let rejections = 0;
  const store = fileSessionStore(path, { files });
  const open = (): Promise<unknown> => store.open().catch(() => store.open().catch(() => {}));
  await open();
  for (let number = 1; number <= COMMITS; number++) {
    const changes = changesOf(number);
    if (number === COMMITS - 2) {
      await store.close().catch(() => {});
      await open();
    }
    try {
      await store.commit(changes);
      apply(acknowledged, changes);
      rejected = [];
    } catch {
      rejected.push(changes);
      rejections++;
    }
  }
  await store.close().catch(() => {});
  const possible = rejected.map((changes) => {
    const kept = new Map(acknowledged);
    apply(kept, changes);
    return kept;
  });
  return { acknowledged, possible, rejections };
}

async function operationsOfALife(): Promise<number> {
  const counting = new FailingFiles(() => false);
  const { rejections } = await live(freshPath(), counting.files);
  expect(rejections).toBe(0);
  return counting.operations;
}

describe('a session store whose files fail', () => {
  it.each<Failure>(['half', 'done'])(
    'once, at any operation (%s): exactly what was acknowledged is there',
    async (failure) => {
      const operations = await operationsOfALife();
      expect(operations).toBeGreaterThan(60);
      const failed = new Set<string>();
      for (let bad = 0; bad < operations; bad++) {
        const path = freshPath();
        const faulty = new FailingFiles((operation) => operation === bad, failure);
        const { acknowledged, rejections } = await live(path, faulty.files);
        for (const name of faulty.failed) failed.add(name);
        const note = `operation ${bad}: ${faulty.failed}`;
        expect(rejections, note).toBeLessThanOrEqual(1);
        const next = fileSessionStore(path);
        expect(bytesOf(await next.open()), note).toEqual(bytesOf(acknowledged));
        await next.close();
        expect(existsSync(`${path}.lock`), note).toBe(false);
      }
      expect([...failed].sort()).toEqual(
        expect.arrayContaining(['close', 'datasync', 'mkdir', 'open', 'read', 'rename', 'stat', 'sync', 'write']),
      );
    },
  );

  it.each<Failure>(['half', 'done'])(
    'from any operation on (%s): all that was acknowledged is there, and at most one commit more, whole',
    async (failure) => {
      const operations = await operationsOfALife();
      for (let bad = 0; bad < operations; bad++) {
        const path = freshPath();
        const faulty = new FailingFiles((operation) => operation >= bad, failure);
        const { acknowledged, possible } = await live(path, faulty.files);
        const next = fileSessionStore(path);
        const kept = bytesOf(await next.open());
        await next.close();
        const allowed = [acknowledged, ...possible].map(bytesOf);
        expect(
          allowed.some((each) => equal(each, kept)),
          `from operation ${bad} on`,
        ).toBe(true);
      }
    },
  );

  it.each<Failure>(['half', 'done'])(
    'twice running, at any operation (%s): all that was acknowledged is there, and at most one commit more, whole',
    async (failure) => {
      const operations = await operationsOfALife();
      for (let bad = 0; bad < operations; bad++) {
        const path = freshPath();
        const faulty = new FailingFiles((operation) => operation === bad || operation === bad + 1, failure);
        const { acknowledged, possible } = await live(path, faulty.files);
        const next = fileSessionStore(path);
        const kept = bytesOf(await next.open());
        await next.close();
        const allowed = [acknowledged, ...possible].map(bytesOf);
        expect(
          allowed.some((each) => equal(each, kept)),
          `operation ${bad}: ${faulty.failed}`,
        ).toBe(true);
      }
    },
  );

  it('does not acknowledge anything before the disk knows which file it is in', async () => {
    const path = freshPath();
    let fails = false;
    const faulty = new FailingFiles(() => fails && faulty.calls.at(-1) === 'sync');
    const store = fileSessionStore(path, { files: faulty.files });
    await store.open();
    fails = true;
    let number = 0;
    while (faulty.failed.length === 0) await store.commit(changesOf(++number)).catch(() => {});
    await expect(store.commit(changesOf(++number))).rejects.toEqual(failing('STORE_FAILED'));
    fails = false;
    faulty.calls.length = 0;
    await store.commit(changesOf(++number));
    expect(faulty.calls).toEqual(['open', 'sync', 'close', 'write', 'datasync']);
    await store.close();
  });

  it('says that the disk is full, and goes on when it is not any more', async () => {
    const path = freshPath();
    let isFull = false;
    const files = {
      ...fs,
      open: (async (...args: Parameters<typeof fs.open>) => {
        const file = await fs.open(...args);
        const write = file.write.bind(file) as (...all: unknown[]) => Promise<unknown>;
        file.write = (async (...all: unknown[]) => {
          if (isFull) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
          return write(...all);
        }) as typeof file.write;
        return file;
      }) as typeof fs.open,
    };
    const store = fileSessionStore(path, { files });
    await store.open();
    await store.commit([set('a', '1')]);
    const { size } = statSync(path);
    isFull = true;
    await expect(store.commit([set('b', '2')])).rejects.toEqual(failing('STORE_FULL'));
    expect(statSync(path).size).toBe(size);
    isFull = false;
    await store.commit([set('c', '3')]);
    await store.close();
    expect(await textsIn(store)).toEqual({ a: '1', c: '3' });
  });
});

function equal(a: ReturnType<typeof bytesOf>, b: ReturnType<typeof bytesOf>): boolean {
  return a.length === b.length && a.every(([key, value], index) => key === b[index]![0] && value === b[index]![1]);
}
