// The benchmark of the MSIP client: messages per second of the client's CPU time, beside our MQTT client, each in a process of its
// own on one core, with our broker on the other.

import { join } from 'node:path';
import { type Command, type Cores, pinned } from './cores.ts';
import { ROOT } from './machine.ts';
import { isWanted, type Options } from './options.ts';
import { OtherEnd, reportOf } from './processes.ts';
import { addFigure, type Findings, type Row } from './rows.ts';
import { rotated } from './statistics.ts';

const FOLDER = join(ROOT, 'bench', 'msip-client');
const REFERENCE = 'signalbox-mqtt';
/** Far more than a run takes. */
const LIMIT_MS = 120_000;

interface Case {
  readonly name: string;
  readonly mode: 'pub' | 'recv';
  /** ACK of MSIP (received: an acknowledged session), QoS 1 of MQTT. */
  readonly isAcknowledged: boolean;
  readonly size: number;
  /** Of a measurement, after a quarter of them to warm up. */
  readonly messages: number;
}

const CASES: readonly Case[] = [64, 1024].flatMap((size) => [
  { name: `msip-client-pub-${size}`, mode: 'pub' as const, isAcknowledged: false, size, messages: 400_000 },
  { name: `msip-client-pub-acknowledged-${size}`, mode: 'pub' as const, isAcknowledged: true, size, messages: 200_000 },
  { name: `msip-client-recv-${size}`, mode: 'recv' as const, isAcknowledged: false, size, messages: 200_000 },
  {
    name: `msip-client-recv-acknowledged-${size}`,
    mode: 'recv' as const,
    isAcknowledged: true,
    size,
    messages: 100_000,
  },
]);

const CONTESTANTS = [
  { name: 'signalbox', file: 'msip.mjs', port: 1 },
  { name: REFERENCE, file: 'mqtt.mjs', port: 0 },
] as const;

interface Measured {
  readonly messages: number;
  readonly cpuSeconds: number;
}

export function wantedMsipClientRows(options: Options): string[] {
  return CASES.map(({ name }) => name).filter((name) => isWanted(options, 'msip-client', name));
}

function node(file: string, ...args: readonly (number | string)[]): Command {
  return { command: process.execPath, args: [join(FOLDER, file), ...args.map(String)] };
}

/** The broker of a measurement serves that one client. */
async function measured(one: Case, contestant: (typeof CONTESTANTS)[number], cores: Cores): Promise<number> {
  const server = new OtherEnd(pinned(cores.load, node('broker.mjs', one.size, one.isAcknowledged ? 1 : 0)));
  try {
    const port = (await server.greeting()).split(' ')[contestant.port] ?? '';
    const command = node(contestant.file, one.mode, one.isAcknowledged ? 1 : 0, one.size, one.messages, port);
    const { messages, cpuSeconds } = await reportOf<Measured>(pinned(cores.subject, command), LIMIT_MS);
    return messages / cpuSeconds;
  } finally {
    await server.stop();
  }
}

export async function benchMsipClient(options: Options, cores: Cores, say: (text: string) => void): Promise<Findings> {
  const findings: Findings = { rows: [], problems: [], versions: {}, details: [] };
  const wanted = wantedMsipClientRows(options);
  for (const one of CASES.filter(({ name }) => wanted.includes(name))) {
    say(`${one.name}  ${options.rounds} rounds`);
    const row: Row = {
      name: one.name,
      unit: "messages per second of the client's CPU time",
      better: 'more',
      reference: REFERENCE,
      figures: new Map(),
      disturbance: [],
    };
    findings.rows.push(row);
    for (let round = 0; round < options.rounds; round++)
      for (const contestant of rotated(CONTESTANTS, round)) {
        try {
          addFigure(row, contestant.name, await measured(one, contestant, cores));
        } catch (error) {
          addFigure(row, contestant.name, Number.NaN);
          findings.problems.push({ row: one.name, contestant: contestant.name, text: (error as Error).message });
        }
      }
  }
  return findings;
}
