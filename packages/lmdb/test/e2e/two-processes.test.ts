// A folder that another process has is refused, and is free again when that process is gone, however it went.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LmdbStore } from '@signalbox/lmdb';
import { expect, it, onTestFinished } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const HOLDER = `
  import { LmdbStore } from '@signalbox/lmdb';
  const store = new LmdbStore({ path: process.argv[1], durability: process.argv[2] });
  await store.open({ onKept() {}, onFailed() {} });
  process.stdout.write('open');
  setInterval(() => {}, 1000);
`;

async function hold(path: string, durability: string) {
  const holder = spawn(process.execPath, ['--input-type=module', '-e', HOLDER, path, durability], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    holder.kill('SIGKILL');
  });
  await once(holder.stdout, 'data');
  return holder;
}

const nobody = { onKept() {}, onFailed() {} };

it.each(['process', 'disk'] as const)('one process at a time, at %s', async (durability) => {
  const path = mkdtempSync(join(tmpdir(), 'signalbox-two-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  const holder = await hold(path, durability);
  await expect(new LmdbStore({ path, durability }).open(nobody)).rejects.toMatchObject({
    code: 'STORE_IN_USE',
    message: `${path}: process ${holder.pid} has this folder open`,
  });
  holder.kill('SIGKILL');
  await once(holder, 'close');
  const store = new LmdbStore({ path, durability });
  await store.open(nobody);
  await store.close();
  await (await hold(path, durability)).kill('SIGKILL');
});
