// The SCTP benchmark: two processes on the loopback, one on each core, the same implementation at both ends: @signalbox/sctp
// against werift-sctp, without loss and with packets lost in both directions by a seed; and inside DTLS against the same over
// werift-dtls.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { join } from 'node:path';
import { CertificateFiles } from '../packages/sctp/test/support/certificate-files.ts';
import { issue } from '../packages/sctp/test/support/certificates.ts';
import type { Command, Cores } from './cores.ts';
import { pinned } from './cores.ts';
import { ROOT } from './machine.ts';
import type { Options } from './options.ts';
import { isWanted } from './options.ts';
import { OtherEnd, reportOf } from './processes.ts';
import { addFigure, type Findings, type Row } from './rows.ts';
import { rotated } from './statistics.ts';

const FOLDER = join(ROOT, 'bench', 'sctp');
/** Far more than a run takes. */
const LIMIT_MS = 120_000;

type Group = 'sctp' | 'dtls-sctp';

interface Case {
  readonly group: Group;
  readonly name: string;
  readonly size: number;
  /** Of 100 packets in each direction. */
  readonly loss: number;
  /** Messages that are timed, after a quarter of them to warm up: ours, and those of the other. */
  readonly counts: readonly [ours: number, theirs: number];
}

const CASES: readonly Case[] = [
  { group: 'sctp', name: 'sctp-64', size: 64, loss: 0, counts: [400_000, 20_000] },
  { group: 'sctp', name: 'sctp-16384', size: 16_384, loss: 0, counts: [8000, 2000] },
  { group: 'sctp', name: 'sctp-16384-loss2', size: 16_384, loss: 2, counts: [2000, 1000] },
  { group: 'sctp', name: 'sctp-16384-loss10', size: 16_384, loss: 10, counts: [1000, 1000] },
  { group: 'dtls-sctp', name: 'dtls-sctp-64', size: 64, loss: 0, counts: [400_000, 20_000] },
  { group: 'dtls-sctp', name: 'dtls-sctp-16384', size: 16_384, loss: 0, counts: [4000, 500] },
  { group: 'dtls-sctp', name: 'dtls-sctp-16384-loss2', size: 16_384, loss: 2, counts: [1000, 200] },
  { group: 'dtls-sctp', name: 'dtls-sctp-16384-loss10', size: 16_384, loss: 10, counts: [1000, 100] },
];

interface Contestant {
  readonly name: string;
  readonly file: string;
}

const OURS = { name: 'signalbox', file: 'signalbox.mjs' };
const THEIRS: Readonly<Record<Group, Contestant>> = {
  sctp: { name: 'werift-sctp', file: 'werift.mjs' },
  'dtls-sctp': { name: 'werift-dtls', file: 'dtls-werift.mjs' },
};

export function wantedSctpRows(options: Options): string[] {
  return CASES.filter(({ group, name }) => isWanted(options, group, name)).map(({ name }) => name);
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

interface Measured {
  readonly seconds: number;
  /** Of CPU time, at both ends together. */
  readonly cpuSeconds: number;
}

interface Setting {
  readonly cores: Cores;
  /** Files of a certificate that vouches for itself, and of its key: both sides show it. */
  readonly own: readonly string[];
}

/** Messages per second of CPU time, which neighbours on the machine hardly change; with loss of time, as that is waiting. */
async function measure(one: Case, { name, file }: Contestant, { cores, own }: Setting): Promise<number> {
  const count = one.counts[name === OURS.name ? 0 : 1];
  const words = [await freePort(), one.size, count, one.loss, ...(one.group === 'sctp' ? [] : own)];
  const receiver = new OtherEnd(pinned(cores.load, node(file, ['receive', ...words])));
  try {
    await receiver.greeting();
    const command = pinned(cores.subject, node(file, ['send', ...words]));
    const { seconds, cpuSeconds } = await reportOf<Measured>(command, LIMIT_MS);
    return count / (one.loss > 0 ? seconds : cpuSeconds);
  } finally {
    await receiver.stop();
  }
}

export async function benchSctp(options: Options, cores: Cores, say: (text: string) => void): Promise<Findings> {
  const findings: Findings = { rows: [], problems: [], versions: {}, details: [] };
  const wanted = wantedSctpRows(options);
  using files = new CertificateFiles();
  const own = Object.values(files.write('bench', issue({ name: 'bench', hosts: ['127.0.0.1'] })));
  for (const one of CASES.filter(({ name }) => wanted.includes(name))) {
    say(`${one.name}  ${options.rounds} rounds`);
    findings.rows.push(await race(one, options, { cores, own, findings }));
  }
  return findings;
}

async function race(one: Case, options: Options, setting: Setting & { readonly findings: Findings }): Promise<Row> {
  const isSmall = one.size < 1000;
  const contestants = [OURS, THEIRS[one.group]].filter(({ name }) => !options.without.includes(name));
  const row: Row = {
    name: one.name,
    unit: `${isSmall ? 'messages' : 'MB'} per second${one.loss > 0 ? '' : " of both ends' CPU time"}`,
    better: 'more',
    reference: THEIRS[one.group].name,
    figures: new Map(),
    disturbance: [],
  };
  for (let round = 0; round < options.rounds; round++) {
    for (const contestant of rotated(contestants, round)) {
      try {
        const rate = await measure(one, contestant, setting);
        addFigure(row, contestant.name, isSmall ? rate : (rate * one.size) / 1e6);
      } catch (error) {
        addFigure(row, contestant.name, Number.NaN);
        const text = (error as Error).message;
        setting.findings.problems.push({ row: one.name, contestant: contestant.name, text });
      }
    }
  }
  return row;
}
