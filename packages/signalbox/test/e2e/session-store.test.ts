// A program with a session store in a file, killed again and again while it commits: every commit it was told of is there,
// whole, and the lock it left keeps nobody out. With a C compiler the power goes with it, and a liar is found out.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { fileSessionStore } from '../../src/client/store/file-session-store.ts';
import { Random } from '../fuzz/random.ts';
import { compilePowerLoss, PowerLoss } from '../reliability/power-loss.ts';

const WRITER = fileURLToPath(new URL('session-writer.ts', import.meta.url));
const LIMIT_MS = 120_000; // half a second for each start
/** The library that takes the power away knows data files by this ending. */
const FILE = 'session.mdb';

type Sync = 'disk' | 'process';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-session-kills-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A sync takes at least 5 ms where the power may fail: so long after a commit began, it has been written and not synced. */
const INTO_SYNC_MS = 2;

/** What the writer says, killed in the commit after so many. */
async function runUntilKilled(args: string[], commits: number, env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(process.execPath, ['--import', 'tsx', WRITER, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  let isKilled = false;
  child.stdout.on('data', (bytes: Buffer) => {
    output += bytes;
    if (isKilled || !output.includes(`begin ${first(output) + commits}\n`)) return;
    isKilled = true;
    setTimeout(() => child.kill('SIGKILL'), INTO_SYNC_MS);
  });
  await once(child, 'close');
  return output;
}

/** The number of the first commit. */
function first(output: string): number {
  return Number(/begin (\d+)\n/.exec(output)?.[1]);
}

/** What the writer says it has after so many commits. */
function stateAfter(commits: number): string {
  if (commits === 0) return '';
  const numbers = [commits - 3, commits - 2, commits - 1, commits].filter((number) => number > 0);
  const messages = numbers.map((number) => {
    const length = (number * 997) % 5_000;
    return `m${number}=${length}:${length === 0 ? '' : number & 0xff}`;
  });
  return [`last=${String(commits).length}:${String(commits).charCodeAt(0)}`, ...messages].sort().join(' ');
}

interface Findings {
  /** Runs that found something else than a whole number of commits. */
  readonly torn: string[];
  /** Runs that found fewer commits than were promised. */
  readonly lost: number;
  readonly commits: number;
}

async function killOften(args: string[], kills: number, random: Random, power?: PowerLoss): Promise<Findings> {
  const torn: string[] = [];
  let lost = 0;
  let promised = 0;
  // The library does not know the file that takes the place of the first one, after some thirty commits.
  const most = power === undefined ? 90 : 20;
  const [file = ''] = args;
  // It watches files from when they are opened: not a new one, before it has its name.
  const store = fileSessionStore(file);
  await store.open();
  await store.close();
  for (let kill = 0; kill <= kills; kill++) {
    const output = await runUntilKilled(args, kill === kills ? 0 : 1 + random.below(most), power?.env ?? {});
    const found = /^have (.*)$/m.exec(output)?.[1] ?? 'nothing said';
    const [, message = '0'] = /.*m(\d+)=/.exec(found.split(' ').sort(byNumber).join(' ')) ?? [];
    const commits = Number(message);
    if (found !== stateAfter(commits)) torn.push(found);
    if (commits < promised) lost++;
    const numbers = [...output.matchAll(/kept (\d+)\n/g)].map(([, number]) => Number(number));
    promised = Math.max(commits, ...numbers);
    power?.strike(file);
  }
  return { torn, lost, commits: promised };
}

function byNumber(a: string, b: string): number {
  return Number.parseInt(a.slice(1), 10) - Number.parseInt(b.slice(1), 10);
}

it.each<Sync>(['disk', 'process'])(
  'killed 10 times at %s, it has every commit it was told of, and none by half',
  async (sync) => {
    const args = [join(temporaryFolder(), FILE), sync, 'kept'];
    const { torn, lost, commits } = await killOften(args, 10, new Random(1));
    expect({ torn, lost }).toEqual({ torn: [], lost: 0 });
    expect(commits).toBeGreaterThan(100);
  },
  LIMIT_MS,
);

it(
  'at disk it has them after the power failed as well, and whoever says so too early is found out',
  async (context) => {
    const folder = temporaryFolder();
    const library = compilePowerLoss(folder);
    if (library === undefined)
      return context.skip('there is no C compiler (cc): the library for LD_PRELOAD cannot be built');
    const power = new PowerLoss(library, folder, new Random(2));
    const { torn, lost } = await killOften([join(folder, FILE), 'disk', 'kept'], 8, new Random(3), power);
    expect({ torn, lost }).toEqual({ torn: [], lost: 0 });
    expect(power.undone).toBeGreaterThan(0); // or nothing was at stake
    const liar = await killOften([join(folder, `liar-${FILE}`), 'disk', 'early'], 8, new Random(4), power);
    expect(liar.torn).toEqual([]);
    expect(liar.lost).toBeGreaterThan(0);
  },
  LIMIT_MS,
);
