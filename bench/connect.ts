// The benchmark of links without a broker: messages per second of a relay's CPU time, against a relay of bare bytes with
// node:net, each in a process of its own on one core; who sends and who takes the bytes, and compares them, is on the other.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Command, type Cores, pinned } from './cores.ts';
import { ROOT } from './machine.ts';
import { isWanted, type Options } from './options.ts';
import { addFigure, type Findings, type Row } from './rows.ts';
import { rotated } from './statistics.ts';

const FOLDER = join(ROOT, 'bench', 'connect');
const REFERENCE = 'node:net';
/** Far more than a run takes. */
const LIMIT_MS = 120_000;

interface Case {
  readonly name: string;
  readonly size: number;
  /** Of a measurement, after a quarter of them to warm up. */
  readonly messages: number;
}

const CASES: readonly Case[] = [
  { name: 'connect-65536', size: 65_536, messages: 30_000 },
  { name: 'connect-1024', size: 1_024, messages: 1_000_000 },
  { name: 'connect-64', size: 64, messages: 4_000_000 },
];

const CONTESTANTS = [
  { name: 'signalbox', file: 'relay-link.mjs' },
  { name: REFERENCE, file: 'relay-net.mjs' },
] as const;

interface Measured {
  readonly messages: number;
  readonly cpuSeconds: number;
}

export function wantedConnectRows(options: Options): string[] {
  return CASES.map(({ name }) => name).filter((name) => isWanted(options, 'connect', name));
}

function node(file: string, ...args: readonly (number | string)[]): Command {
  return { command: process.execPath, args: [join(FOLDER, file), ...args.map(String)] };
}

/** Sends to a relay and takes from it; ends with the measurement. */
class Load {
  port = '';
  /** Rejects when the bytes that came are not those that were sent. */
  readonly failed: Promise<never>;
  readonly #child: ChildProcess;
  readonly #abandon = (): void => void this.#child.kill('SIGKILL');

  constructor(size: number, cores: Cores) {
    const { command, args } = pinned(cores.load, node('load.mjs', size));
    this.#child = spawn(command, [...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    process.once('exit', this.#abandon);
    this.failed = once(this.#child, 'exit').then(([code]) => {
      throw new Error(`the load generator ended with ${code}: what was relayed was harmed`);
    });
    this.failed.catch(() => {});
  }

  async start(): Promise<this> {
    const [chunk] = (await once(this.#child.stdout!, 'data')) as [Buffer];
    this.port = chunk.toString().trim();
    return this;
  }

  stop(): void {
    process.off('exit', this.#abandon);
    this.#child.kill('SIGKILL');
  }
}

function relay(command: Command): Promise<Measured> {
  return new Promise((resolve, reject) => {
    execFile(command.command, [...command.args], { timeout: LIMIT_MS }, (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout) as Measured);
      else reject(new Error(stderr.trim() || error.message));
    });
  });
}

async function measure(one: Case, file: string, cores: Cores): Promise<number> {
  const load = await new Load(one.size, cores).start();
  try {
    const relayed = relay(pinned(cores.subject, node(file, one.size, one.messages, load.port)));
    const { messages, cpuSeconds } = await Promise.race([relayed, load.failed]);
    return messages / cpuSeconds;
  } finally {
    load.stop();
  }
}

export async function benchConnect(options: Options, cores: Cores, say: (text: string) => void): Promise<Findings> {
  const findings: Findings = { rows: [], problems: [], versions: {}, details: [] };
  const wanted = wantedConnectRows(options);
  for (const one of CASES.filter(({ name }) => wanted.includes(name))) {
    say(`${one.name}  ${options.rounds} rounds`);
    const row: Row = {
      name: one.name,
      unit: "messages per second of the relay's CPU time",
      better: 'more',
      reference: REFERENCE,
      figures: new Map(),
      disturbance: [],
    };
    findings.rows.push(row);
    for (let round = 0; round < options.rounds; round++) {
      for (const { name, file } of rotated(CONTESTANTS, round)) {
        try {
          addFigure(row, name, await measure(one, file, cores));
        } catch (error) {
          addFigure(row, name, Number.NaN);
          findings.problems.push({ row: one.name, contestant: name, text: (error as Error).message });
        }
      }
    }
  }
  return findings;
}
