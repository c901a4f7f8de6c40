// The SCTP benchmark: two processes on the loopback, one on each core, the same implementation at both ends: @signalbox/sctp
// against werift-sctp, without loss and with packets lost in both directions by a seed.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Command, Cores } from './cores.ts';
import { pinned } from './cores.ts';
import { ROOT } from './machine.ts';
import type { Options } from './options.ts';
import { isWanted } from './options.ts';
import { addFigure, type Findings, type Row } from './rows.ts';
import { rotated } from './statistics.ts';

const FOLDER = join(ROOT, 'bench', 'sctp');
const REFERENCE = 'werift-sctp';
/** Far more than a run takes. */
const LIMIT_MS = 120_000;

interface Case {
  readonly name: string;
  readonly size: number;
  /** Of 100 packets in each direction. */
  readonly loss: number;
  /** Messages that are timed, after a quarter of them to warm up. */
  readonly count: { readonly [contestant: string]: number };
}

const CASES: readonly Case[] = [
  { name: 'sctp-64', size: 64, loss: 0, count: { signalbox: 400_000, [REFERENCE]: 20_000 } },
  { name: 'sctp-16384', size: 16_384, loss: 0, count: { signalbox: 8000, [REFERENCE]: 2000 } },
  { name: 'sctp-16384-loss2', size: 16_384, loss: 2, count: { signalbox: 2000, [REFERENCE]: 1000 } },
  { name: 'sctp-16384-loss10', size: 16_384, loss: 10, count: { signalbox: 1000, [REFERENCE]: 1000 } },
];

const CONTESTANTS = [
  { name: 'signalbox', file: 'signalbox.mjs' },
  { name: REFERENCE, file: 'werift.mjs' },
] as const;

export function wantedSctpRows(options: Options): string[] {
  return CASES.map(({ name }) => name).filter((name) => isWanted(options, 'sctp', name));
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

function node(file: string, args: readonly (string | number)[]): Command {
  return { command: process.execPath, args: [join(FOLDER, file), ...args.map(String)] };
}

function run({ command, args }: Command): Promise<{ seconds: number }> {
  return new Promise((resolve, reject) => {
    const abandon = (): void => void child.kill('SIGKILL');
    const child = execFile(command, [...args], { timeout: LIMIT_MS }, (error, stdout, stderr) => {
      process.off('exit', abandon);
      if (error === null && stdout !== '') resolve(JSON.parse(stdout) as { seconds: number });
      else reject(new Error(stderr.trim() || error?.message || 'it ended before all messages had arrived'));
    });
    process.once('exit', abandon);
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** Messages per second. */
async function measure(one: Case, { name, file }: (typeof CONTESTANTS)[number], cores: Cores): Promise<number> {
  const count = one.count[name]!;
  const words = [await freePort(), one.size, count, one.loss];
  const { command, args } = pinned(cores.load, node(file, ['receive', ...words]));
  const receiver = spawn(command, [...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const abandon = (): void => void receiver.kill('SIGKILL');
  process.once('exit', abandon);
  try {
    await once(receiver.stdout, 'data');
    const { seconds } = await run(pinned(cores.subject, node(file, ['send', ...words])));
    return count / seconds;
  } finally {
    process.off('exit', abandon);
    await stop(receiver);
  }
}

export async function benchSctp(options: Options, cores: Cores, say: (text: string) => void): Promise<Findings> {
  const findings: Findings = { rows: [], problems: [], versions: {}, details: [] };
  const wanted = wantedSctpRows(options);
  const contestants = CONTESTANTS.filter(({ name }) => !options.without.includes(name));
  for (const one of CASES.filter(({ name }) => wanted.includes(name))) {
    say(`${one.name}  ${options.rounds} rounds`);
    const isSmall = one.size < 1000;
    const unit = isSmall ? 'messages per second' : 'MB per second';
    const row: Row = {
      name: one.name,
      unit,
      better: 'more',
      reference: REFERENCE,
      figures: new Map(),
      disturbance: [],
    };
    findings.rows.push(row);
    for (let round = 0; round < options.rounds; round++) {
      for (const contestant of rotated(contestants, round)) {
        try {
          const rate = await measure(one, contestant, cores);
          addFigure(row, contestant.name, isSmall ? rate : (rate * one.size) / 1e6);
        } catch (error) {
          addFigure(row, contestant.name, Number.NaN);
          findings.problems.push({ row: one.name, contestant: contestant.name, text: (error as Error).message });
        }
      }
    }
  }
  return findings;
}
