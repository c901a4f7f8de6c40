// A program with our client and its session in a file, killed again and again while it publishes: what its promises said is
// so, what was kept before a kill arrives after the next start, QoS 2 once, and each QoS in order.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { Broker } from '../../src/broker/broker.ts';
import { connect } from '../../src/client/index.ts';
import { Random } from '../fuzz/random.ts';

const PROGRAM = fileURLToPath(new URL('client-program.ts', import.meta.url));
const LIMIT_MS = 300_000; // half a second for each start, ten where others use the machine

interface Run {
  readonly begun: readonly number[];
  readonly kept: readonly number[];
  readonly done: readonly number[];
  readonly problems: readonly string[];
}

/** Runs the program until it has said `done` so often, or to its end. */
async function run(args: readonly string[], killAfter: number): Promise<Run> {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL')); // when the test was given up
  let output = '';
  let done = 0;
  child.stdout.on('data', (bytes: Buffer) => {
    const text = bytes.toString('latin1');
    output += text;
    done += text.split('done').length - 1;
    if (killAfter === 0 ? output.includes('begin') : done >= killAfter) child.kill('SIGKILL');
  });
  await once(child, 'close');
  const numbers = (word: string) =>
    Array.from(output.matchAll(new RegExp(`^${word} (\\d+)$`, 'gm')), ([, n]) => Number(n));
  const problems = Array.from(output.matchAll(/^problem .*$/gm), ([line]) => line);
  if (killAfter === Infinity && !output.endsWith('flushed\n'))
    problems.push(`it did not end well: ${output.slice(-300)}`);
  return { begun: numbers('begin'), kept: numbers('kept'), done: numbers('done'), problems };
}

const ascending = (numbers: readonly number[]) => numbers.every((number, at) => at === 0 || number > numbers[at - 1]!);

it.each([
  [5, 'disk', 18],
  [4, 'process', 12],
] as const)(
  'in version %s, session at %s, killed %s times',
  async (version, sync, kills) => {
    const folder = mkdtempSync(join(tmpdir(), 'signalbox-client-kills-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const broker = new Broker({ systemTopicsIntervalMs: 0 });
    onTestFinished(() => broker.close());
    const { url } = await broker.listen('mqtt://127.0.0.1:0');
    const witness = await connect(url);
    onTestFinished(() => witness.close());
    const heard: number[][] = [[], [], []];
    await witness.subscribe('kills', ({ text, qos }) => {
      heard[qos]!.push(Number(text.slice(1, -1)));
    });

    const random = new Random(version);
    const args = [url, join(folder, 'session'), sync, String(version)];
    const [kept, done, problems]: [number[], number[], string[]] = [[], [], []];
    let next = 1;
    for (let kill = 0; kill < kills; kill++) {
      const lived = await run([...args, String(next)], random.below(600));
      next = Math.max(next, ...lived.begun) + 1;
      kept.push(...lived.kept);
      done.push(...lived.done);
      problems.push(...lived.problems);
    }
    problems.push(...(await run(args, Infinity)).problems);
    await witness.publish('kills', '<0>', { qos: 1 }); // comes behind all others
    await expect.poll(() => heard[1]!.at(-1)).toBe(0);
    heard[1]!.pop();

    expect(problems).toEqual([]);
    const [, once1, once2] = [[], [...new Set(heard[1])], [...new Set(heard[2])]];
    expect(heard[2]).toEqual(once2);
    const arrived = new Set([...once1, ...once2]);
    expect(done.filter((number) => !arrived.has(number))).toEqual([]);
    expect(kept.filter((number) => !arrived.has(number))).toEqual([]);
    expect([ascending(once1), ascending(once2)]).toEqual([true, true]);
    expect(new Set(kept).size).toBeGreaterThan(new Set(done).size); // something was at stake
    expect(done.length).toBeGreaterThan(kills);
  },
  LIMIT_MS,
);
