// The machine that takes the power away, on LMDB itself: what LMDB says is flushed is there afterwards, and whoever says so
// too early is found out. Everything that is proved with it rests on this.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { Random } from '../../../signalbox/test/fuzz/random.ts';
import { compilePowerLoss, PowerLoss } from '../../../signalbox/test/reliability/power-loss.ts';

const WRITER = fileURLToPath(new URL('lmdb-writer.mjs', import.meta.url));

interface Losses {
  readonly rounds: number;
  /** Rounds after which something was gone that was said to be kept. */
  readonly lies: number;
  readonly undone: number;
}

/** Undefined where there is no C compiler. */
async function writeAndLose(says: 'early' | 'flushed', seed: number): Promise<Losses | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-power-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const library = compilePowerLoss(folder);
  if (library === undefined) return undefined;
  const random = new Random(seed);
  const power = new PowerLoss(library, folder, random);
  const rounds = 8;
  let lies = 0;
  let promised = 0;
  for (let round = 0; round <= rounds; round++) {
    const output = await runUntilKilled(
      [join(folder, 'data'), says],
      power.env,
      round === rounds ? 0 : 20 + random.below(60),
    );
    const have = Number(/have (\d+)/.exec(output)?.[1]);
    if (have < promised) lies++;
    promised = Math.max(have, ...[...output.matchAll(/kept (\d+)\n/g)].map(([, number]) => Number(number)));
    power.strike(join(folder, 'data', 'data.mdb'));
  }
  return { rounds, lies, undone: power.undone };
}

/** Kills it after so many values that it has told of, counted from when it has read what was there. */
async function runUntilKilled(args: string[], env: Readonly<Record<string, string>>, values: number): Promise<string> {
  const child = spawn(process.execPath, [WRITER, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (bytes: Buffer) => {
    output += bytes.toString();
    if (output.split('\n').length > values + 1) child.kill('SIGKILL');
  });
  await once(child, 'close');
  return output;
}

it('what LMDB has flushed survives the loss of every write or of any writes that were not synced', async (context) => {
  const losses = await writeAndLose('flushed', 1);
  if (losses === undefined)
    return context.skip('there is no C compiler (cc): the library for LD_PRELOAD cannot be built');
  expect(losses.lies).toBe(0);
  expect(losses.undone).toBeGreaterThan(losses.rounds);
});

it('whoever says so before it is flushed is found out', async (context) => {
  const losses = await writeAndLose('early', 2);
  if (losses === undefined)
    return context.skip('there is no C compiler (cc): the library for LD_PRELOAD cannot be built');
  expect(losses.lies).toBeGreaterThan(0);
});
