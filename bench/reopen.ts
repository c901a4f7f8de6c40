// How a broker begins again: the time until it listens and the memory it takes with a million retained messages, and with a
// hundred thousand sessions; and how fast a session gets the hundred thousand messages that waited for it. Only when asked
// for (--only reopen), as writing all that takes a while.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cores } from './cores.ts';
import { pinned } from './cores.ts';
import { ROOT } from './machine.ts';
import { isNamed, type Options } from './options.ts';
import { type Kept, writeKept } from './reopen/kept.ts';
import { resume } from './reopen/resume.ts';
import { addFigure, type Findings, type Row } from './rows.ts';

const CONTESTANT = 'signalbox';
const REFERENCE = 'mosquitto'; // which takes no part: what it keeps, it reads as a whole as well
const NOTHING: Kept = { retained: 0, sessions: 0, subscriptionsEach: 0, queuedEach: 0 };

interface Case {
  readonly name: string;
  readonly kept: Kept;
  /** The client that comes back to all its messages. */
  readonly resumed?: string;
}

const CASES: readonly Case[] = [
  { name: 'reopen-nothing', kept: NOTHING },
  { name: 'reopen-retained1000000', kept: { ...NOTHING, retained: 1_000_000 } },
  { name: 'reopen-sessions100000', kept: { ...NOTHING, sessions: 100_000, subscriptionsEach: 2, queuedEach: 5 } },
  {
    name: 'resume-queued100000',
    kept: { ...NOTHING, sessions: 1, subscriptionsEach: 1, queuedEach: 100_000 },
    resumed: 'client-0',
  },
];

export function wantedReopenings({ only }: Options): Case[] {
  return CASES.filter(({ name }) => only.includes('reopen') || isNamed(only, name));
}

export async function benchReopen(options: Options, cores: Cores, say: (text: string) => void): Promise<Findings> {
  const findings: Findings = { rows: [], problems: [], versions: {}, details: [] };
  for (const one of wantedReopenings(options)) {
    const folder = mkdtempSync(join(tmpdir(), 'signalbox-reopen-'));
    try {
      say(`${one.name}  writing`);
      await writeKept(join(folder, 'data'), one.kept);
      // What was resumed is gone afterwards: that case has one round.
      for (let round = 0; round < (one.resumed === undefined ? options.rounds : 1); round++) {
        say(`${one.name}  round ${round + 1}`);
        await openOnce(one, join(folder, 'data'), cores, findings);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return findings;
}

async function openOnce(one: Case, data: string, cores: Cores, findings: Findings): Promise<void> {
  const bin = join(ROOT, 'apps', 'cli', 'bin', 'signalbox.js');
  const limits = ['queuedMessages=1000000', 'queuedBytes=4000000000'].flatMap((limit) => ['--limit', limit]);
  const args = [bin, 'broker', '--listen', 'mqtt://127.0.0.1:0', '--data', data, '--durability', 'process', ...limits];
  const { command, args: words } = pinned(cores.subject, { command: process.execPath, args });
  const from = performance.now();
  const child = spawn(command, [...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  const abandon = (): void => void child.kill('SIGKILL');
  process.once('exit', abandon);
  try {
    const port = await listeningPort(child);
    if (one.resumed === undefined) {
      figure(findings, one.name, 'ms until it listens', performance.now() - from);
      figure(findings, `${one.name} memory`, 'MB resident', residentMegabytes(child.pid!));
      return;
    }
    const resumed = await resume(port, child.pid!, one.resumed, one.kept.queuedEach);
    findings.details.push({ scenario: one.name, resumed });
    figure(findings, one.name, 'messages per second', resumed.messages / resumed.seconds);
    figure(
      findings,
      `${one.name} CPU`,
      'messages out per broker-CPU-second',
      resumed.messages / resumed.brokerCpuSeconds,
    );
  } finally {
    process.off('exit', abandon);
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

function listeningPort(child: ReturnType<typeof spawn>): Promise<number> {
  let output = '';
  return new Promise((resolve, reject) => {
    child.stdout!.on('data', (bytes) => {
      output += String(bytes);
      const port = /listening on mqtt:\/\/127\.0\.0\.1:(\d+)/.exec(output)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    child.once('exit', () => reject(new Error(`the broker did not start: ${output}`)));
  });
}

function residentMegabytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

function figure(findings: Findings, name: string, unit: string, value: number): void {
  let row = findings.rows.find((each) => each.name === name);
  if (row === undefined) {
    const better: Row['better'] = unit.startsWith('messages') ? 'more' : 'less';
    row = { name, unit, better, reference: REFERENCE, figures: new Map(), disturbance: [] };
    findings.rows.push(row);
  }
  addFigure(row, CONTESTANT, value);
}
