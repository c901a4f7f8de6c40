// The client benchmark: messages per second of the client's CPU time, against MQTT.js and rumqttc, each in a process of its own
// on one core, with the same server on the other; and how much memory it takes, with many messages and without a network.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command, Cores } from './cores.ts';
import { pinned } from './cores.ts';
import { ROOT } from './machine.ts';
import type { Options } from './options.ts';
import { isWanted } from './options.ts';
import { OtherEnd, reportOf } from './processes.ts';
import { addFigure, type Findings, type Row } from './rows.ts';
import { rotated } from './statistics.ts';

const FOLDER = join(ROOT, 'bench', 'client');
const REFERENCE = 'mqtt.js';
/** Far more than a run takes. */
const LIMIT_MS = 240_000;

interface Case {
  readonly name: string;
  readonly mode: 'pub' | 'recv';
  readonly qos: 0 | 1;
  readonly size: number;
}

const CASES: readonly Case[] = (['pub', 'recv'] as const).flatMap((mode) =>
  ([0, 1] as const).flatMap((qos) =>
    [64, 1024].map((size) => ({ name: `client-${mode}-q${qos}-${size}`, mode, qos, size })),
  ),
);
const MEMORY = ['client-memory', 'client-burst'] as const;

interface Contestant {
  readonly name: string;
  /** Messages of a measurement, after a quarter of them to warm up. */
  readonly count: number;
  command(args: readonly string[]): Command;
}

const node =
  (file: string) =>
  (args: readonly string[]): Command => ({
    command: process.execPath,
    args: [join(FOLDER, file), ...args],
  });

const CONTESTANTS: readonly Contestant[] = [
  { name: 'signalbox', count: 1_000_000, command: node('signalbox.mjs') },
  { name: REFERENCE, count: 200_000, command: node('mqtt-js.mjs') },
];

export function wantedClientRows(options: Options): string[] {
  return [...CASES.map(({ name }) => name), ...MEMORY].filter((name) => isWanted(options, 'client', name));
}

/** Built once; undefined without cargo. */
function rumqttc(say: (text: string) => void): Contestant | undefined {
  const target = join(ROOT, '.cache', 'rumqttc');
  const manifest = join(FOLDER, 'rumqttc', 'Cargo.toml');
  if (spawnSync('cargo', ['--version']).status !== 0) return undefined;
  say('client: building rumqttc');
  const args = ['build', '--release', '--quiet', '--manifest-path', manifest, '--target-dir', target];
  const { status, stderr } = spawnSync('cargo', args, { encoding: 'utf8' });
  const program = join(target, 'release', 'bench-rumqttc');
  if (status !== 0 || !existsSync(program)) {
    say(`client: rumqttc is left out: ${stderr.trim().split('\n').at(-1)}`);
    return undefined;
  }
  return { name: 'rumqttc', count: 1_000_000, command: (words) => ({ command: program, args: words }) };
}

interface Measured {
  readonly messages: number;
  readonly cpuSeconds: number;
}

/** The server at the other end, which sends messages of that size. */
const serverOf = (size: number, cores: Cores): OtherEnd =>
  new OtherEnd(pinned(cores.load, node('server.mjs')([String(size)])));

async function race(
  one: Case,
  row: Row,
  findings: Findings,
  options: Options,
  cores: Cores,
  contestants: readonly Contestant[],
): Promise<void> {
  const server = serverOf(one.size, cores);
  try {
    const port = await server.greeting();
    for (let round = 0; round < options.rounds; round++) {
      for (const { name, count, command } of rotated(contestants, round)) {
        const args = [one.mode, String(one.qos), String(one.size), String(count), port];
        try {
          const { messages, cpuSeconds } = await reportOf<Measured>(pinned(cores.subject, command(args)), LIMIT_MS);
          addFigure(row, name, messages / cpuSeconds);
        } catch (error) {
          addFigure(row, name, Number.NaN);
          findings.problems.push({ row: one.name, contestant: name, text: (error as Error).message });
        }
      }
    }
  } finally {
    await server.stop();
  }
}

export async function benchClient(options: Options, cores: Cores, say: (text: string) => void): Promise<Findings> {
  const findings: Findings = { rows: [], problems: [], versions: {}, details: [] };
  const wanted = wantedClientRows(options);
  if (wanted.length === 0) return findings;
  const rust = options.without.includes('rumqttc') ? undefined : rumqttc(say);
  const contestants = [...CONTESTANTS, ...(rust === undefined ? [] : [rust])];
  const rowOf = (name: string, unit: string, better: Row['better']): Row => {
    const row: Row = { name, unit, better, reference: REFERENCE, figures: new Map(), disturbance: [] };
    findings.rows.push(row);
    return row;
  };
  for (const one of CASES.filter(({ name }) => wanted.includes(name))) {
    say(`${one.name}  ${options.rounds} rounds`);
    await race(
      one,
      rowOf(one.name, "messages per second of the client's CPU time", 'more'),
      findings,
      options,
      cores,
      contestants,
    );
  }
  for (const name of MEMORY.filter((memory) => wanted.includes(memory))) {
    say(name);
    const server = serverOf(64, cores);
    try {
      const command = pinned(cores.subject, node('memory.mjs')([name, await server.greeting()]));
      const { megabytes, ...more } = await reportOf<{ megabytes: number }>(command, LIMIT_MS);
      addFigure(rowOf(name, 'MB of growth', 'less'), 'signalbox', megabytes);
      findings.details.push({ [name]: { megabytes, ...more } });
    } catch (error) {
      findings.problems.push({ row: name, contestant: 'signalbox', text: (error as Error).message });
    } finally {
      await server.stop();
    }
  }
  return findings;
}
