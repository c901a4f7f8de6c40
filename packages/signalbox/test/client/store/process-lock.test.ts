import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type LockFiles, ProcessLock } from '../../../src/client/store/process-lock.ts';
import { freshPaths } from './folder.ts';
import { failing } from './suite.ts';

const freshPath = freshPaths();
const lock = (folder: string, files: LockFiles = fs): ProcessLock => new ProcessLock(folder, 'the store', files);
/** Where there is no /proc. */
const WITHOUT_PROC: LockFiles = { ...fs, readFile: (() => Promise.reject(new Error('no /proc'))) as never };

/** The name by which this process holds the lock. */
async function ownName(files: LockFiles): Promise<string> {
  const folder = freshPath();
  const own = lock(folder, files);
  await own.acquire();
  const [name = ''] = readdirSync(folder).sort();
  await own.release();
  return name;
}

function nameWith(name: string, part: 0 | 1 | 2 | 3, value: string): string {
  return name
    .split('-')
    .map((each, index) => (index === part ? value : each))
    .join('-');
}

function leave(folder: string, ...names: string[]): void {
  mkdirSync(folder, { recursive: true });
  for (const name of names) writeFileSync(join(folder, name), '');
}

/** What /proc says of a process, from its state on. */
function fieldsOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
}

function startOf(pid: number): string {
  return fieldsOf(pid)[19]!;
}

describe.each([
  ['with /proc', fs as LockFiles],
  ['without /proc', WITHOUT_PROC],
])('ProcessLock %s', (_, files) => {
  it('has one holder, and leaves nothing behind', async () => {
    const folder = freshPath();
    const [first, second] = [lock(folder, files), lock(folder, files)];
    await first.acquire();
    await expect(second.acquire()).rejects.toEqual(failing('STORE_IN_USE'));
    await expect(second.acquire()).rejects.toEqual(failing('STORE_IN_USE'));
    await first.release();
    expect(existsSync(folder)).toBe(false);
    await second.acquire();
    await second.release();
    expect(existsSync(folder)).toBe(false);
  });

  it('goes to one of many who want it at once', async () => {
    for (let round = 0; round < 20; round++) {
      const folder = freshPath();
      const locks = Array.from({ length: 8 }, () => lock(folder, files));
      const results = await Promise.allSettled(locks.map((each) => each.acquire()));
      const winners = locks.filter((_each, index) => results[index]?.status === 'fulfilled');
      expect(winners).toHaveLength(1);
      for (const result of results)
        if (result.status === 'rejected') expect(result.reason).toEqual(failing('STORE_IN_USE'));
      await winners[0]!.release();
      expect(existsSync(folder)).toBe(false);
    }
  });

  it('is not kept by a process that is gone', async () => {
    const folder = freshPath();
    const { pid } = spawnSync('true');
    const gone = nameWith(await ownName(files), 1, String(pid));
    leave(folder, gone, `${gone}.held`);
    await lock(folder, files).acquire();
    expect(readdirSync(folder).filter((name) => name.startsWith(gone))).toEqual([]);
  });

  it('is not kept by half of what a holder left, nor by files of others', async () => {
    const folder = freshPath();
    leave(
      folder,
      `${nameWith(await ownName(files), 1, String(spawnSync('true').pid))}.held`,
      '.DS_Store',
      '0-0-0-0',
      'x-x-x-x',
    );
    const own = lock(folder, files);
    await own.acquire();
    await own.release();
    expect(existsSync(folder)).toBe(false);
  });

  it('is kept by a process that lives, and by one that wants it and does not decide', async () => {
    const name = await ownName(files);
    const child = spawn('sleep', ['60']);
    onTestFinished(() => void child.kill());
    await once(child, 'spawn');
    const living = nameWith(nameWith(name, 1, String(child.pid)), 2, files === fs ? startOf(child.pid!) : 'x');
    for (const left of [[living, `${living}.held`], [nameWith(living, 3, '')]]) {
      const folder = freshPath();
      leave(folder, ...left);
      await expect(new ProcessLock(folder, 'the store', files, 3).acquire()).rejects.toEqual(failing('STORE_IN_USE'));
      expect(readdirSync(folder).sort()).toEqual(left);
    }
  });
});

describe('ProcessLock with /proc', () => {
  it('is not kept by another process with the number of its holder, nor by one before the system was started', async () => {
    const name = await ownName(fs);
    for (const other of [nameWith(name, 2, '1'), nameWith(name, 0, '00000000')]) {
      const folder = freshPath();
      leave(folder, other, `${other}.held`);
      const own = lock(folder);
      await own.acquire();
      await own.release();
    }
  });

  it('is not kept by a process that was killed and is not buried', async () => {
    const name = await ownName(fs);
    // The shell becomes a program that does not wait for its child, which stays a zombie.
    const shell = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    onTestFinished(() => void shell.kill());
    const [line] = (await once(shell.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    const hasBecomeSleep = (): boolean => readFileSync(`/proc/${shell.pid}/comm`, 'utf8') === 'sleep\n';
    while (!hasBecomeSleep()) await new Promise((resolve) => setImmediate(resolve));
    process.kill(pid, 'SIGKILL');
    while (fieldsOf(pid)[0] !== 'Z') await new Promise((resolve) => setImmediate(resolve));
    const zombie = nameWith(nameWith(name, 1, String(pid)), 2, startOf(pid));
    const folder = freshPath();
    leave(folder, zombie, `${zombie}.held`);
    const own = lock(folder);
    await own.acquire();
    await own.release();
  });
});
