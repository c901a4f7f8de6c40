// The benchmark of links without a broker: messages per second of a relay's CPU time, against a relay of bare bytes with
// node:net, each in a process of its own on one core; who sends and who takes the bytes, and compares them, is on the other.

import { join } from 'node:path';
import { type Command, type Cores, pinned } from './cores.ts';
import { ROOT } from './machine.ts';
import { isWanted, type Options } from './options.ts';
import { OtherEnd, reportOf } from './processes.ts';
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

async function measure(one: Case, file: string, cores: Cores): Promise<number> {
  // It sends to the relay and takes from it, and ends with the measurement, or when what came is not what was sent.
  const load = new OtherEnd(pinned(cores.load, node('load.mjs', one.size)));
  const failed = load.ended('the load generator ended: what was relayed was harmed');
  try {
    const port = await Promise.race([load.greeting(), failed]);
    const command = pinned(cores.subject, node(file, one.size, one.messages, port));
    const { messages, cpuSeconds } = await Promise.race([reportOf<Measured>(command, LIMIT_MS), failed]);
    return messages / cpuSeconds;
  } finally {
    await load.stop();
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
