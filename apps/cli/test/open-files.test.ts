// A broker that may have fewer files open than it is to have connections says so: the system closes those beyond unseen.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { Command } from './command.ts';

const BIN = fileURLToPath(new URL('../bin/signalbox.js', import.meta.url));

/** A broker that may have 512 files open. */
function withFewFiles(...args: string[]): Command {
  const limited = ['-c', 'ulimit -n 512 && exec "$0" "$@"', process.execPath, BIN, 'broker'];
  return new Command('/bin/sh', [...limited, '--listen', 'mqtt://127.0.0.1:0', ...args]);
}

it.skipIf(!existsSync('/proc/self/limits'))('fewer files than connections are told of (where /proc is)', async () => {
  const few = withFewFiles('--limit', 'connections=600');
  await few.urls();
  few.kill('SIGTERM');
  const { stdout, stderr } = await few.ended;
  expect(`${stdout}${stderr}`).toContain('limits.connections is 600, and this process may have 512 files open');
  const enough = withFewFiles('--limit', 'connections=400');
  await enough.urls();
  enough.kill('SIGTERM');
  const quiet = await enough.ended;
  expect(`${quiet.stdout}${quiet.stderr}`).not.toContain('files open');
});
