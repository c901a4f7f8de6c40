// The bars: what Signalbox has to reach, as data. The figure of merit of a broker is messages out per second of the
// broker's CPU time, against Mosquitto in the same run; of a codec, packets per second against mqtt-packet.

import type { Problem, Row } from './rows.ts';
import { median, medianRatio, ratioInterval } from './statistics.ts';

export interface Bar {
  readonly row: string;
  /** Whose figure it is. Default: SUBJECT. */
  readonly of?: string;
  readonly limit: 'at least' | 'at most';
  readonly value: number;
  /** The bar is a ratio to this contestant; without it, a bare figure. */
  readonly against?: string;
}

export const SUBJECT = 'signalbox';

const codec = (row: string): Bar => ({ row, limit: 'at least', value: 4, against: 'mqtt-packet' });
const broker = (row: string, value: number): Bar => ({ row, limit: 'at least', value, against: 'mosquitto' });

const client = (row: string): Bar[] => [
  { row, limit: 'at least', value: 4, against: 'mqtt.js' },
  { row, limit: 'at least', value: 0.5, against: 'rumqttc' },
];

export const BARS: readonly Bar[] = [
  codec('parse publish 64 B q0 3.1.1'),
  codec('parse publish 64 B q1 3.1.1'),
  codec('parse publish 64 B q0 5.0'),
  codec('parse publish 64 B q1 5.0'),
  codec('generate publish 64 B q0 3.1.1'),
  codec('generate publish 64 B q1 3.1.1'),
  codec('generate publish 64 B q0 5.0'),
  codec('generate publish 64 B q1 5.0'),
  broker('fan100-q0', 40),
  broker('fan1000-q1', 30),
  broker('pairs-q0', 12),
  broker('pairs-q1', 7),
  broker('pairs-q2', 6),
  broker('wild100000-q0', 12),
  broker('wild100000-q1', 3),
  broker('wildunique100000-q0', 1.5),
  broker('sync-q0', 1.1),
  broker('sync-q1', 1.1),
  broker('sync-q2', 1.1),
  { row: 'lat5000-q1 p99', limit: 'at most', value: 1, against: 'mosquitto' },
  broker('lat5000-q1', 1),
  { row: 'conns10000', limit: 'at most', value: 8000 },
  { row: 'conns10000-subscribed', limit: 'at most', value: 7000 },
  ...['pub', 'recv'].flatMap((mode) =>
    [0, 1].flatMap((qos) => [64, 1024].flatMap((size) => client(`client-${mode}-q${qos}-${size}`))),
  ),
  { row: 'sctp-64', limit: 'at least', value: 2, against: 'werift-sctp' },
  { row: 'sctp-16384', limit: 'at least', value: 2, against: 'werift-sctp' },
  { row: 'sctp-16384-loss10', limit: 'at least', value: 4 },
  { row: 'connect-65536', limit: 'at least', value: 0.8, against: 'node:net' },
  { row: 'connect-64', limit: 'at least', value: 1_000_000 },
  { row: 'dtls-sctp-64', limit: 'at least', value: 2, against: 'werift-dtls' },
  { row: 'dtls-sctp-16384', limit: 'at least', value: 2, against: 'werift-dtls' },
  { row: 'dtls-sctp-16384-loss10', limit: 'at least', value: 4 },
  { row: 'client-memory', limit: 'at most', value: 32 },
  { row: 'client-burst', limit: 'at most', value: 64 },
  { row: 'msip-fan100-q0', of: 'signalbox-msip', limit: 'at least', value: 0.9, against: 'signalbox-mqtt' },
  { row: 'msip-pairs-q1', of: 'signalbox-msip', limit: 'at least', value: 1, against: 'signalbox-mqtt' },
  { row: 'durable-pairs-q1', of: 'signalbox-disk', limit: 'at least', value: 3, against: 'mosquitto-persistent' },
  { row: 'durable-pairs-q1', of: 'signalbox-process', limit: 'at least', value: 6, against: 'mosquitto-persistent' },
];

export interface Verdict {
  readonly bar: Bar;
  /** Undefined when it was not measured. */
  readonly measured: number | undefined;
  /** Of a ratio, with 95 % confidence; undefined with few rounds. */
  readonly interval?: readonly [number, number] | undefined;
  readonly isMet: boolean;
}

/** The ratio or the figure that a bar is about. */
export function measure(row: Row, contestant: string, against: string | undefined): number | undefined {
  const own = row.figures.get(contestant);
  const other = against === undefined ? undefined : row.figures.get(against);
  if (own === undefined || (against !== undefined && other === undefined)) return undefined;
  const value = other === undefined ? median(own) : medianRatio(own, other);
  return Number.isNaN(value) ? undefined : value;
}

function intervalOf(row: Row, contestant: string, against: string | undefined): Verdict['interval'] {
  if (against === undefined) return undefined;
  return ratioInterval(row.figures.get(contestant) ?? [], row.figures.get(against) ?? []);
}

/** Bars about rows that were not asked for are left out; a row which was asked for and failed misses its bar. */
export function judge(rows: readonly Row[], problems: readonly Problem[]): Verdict[] {
  return BARS.flatMap((bar): Verdict[] => {
    const row = rows.find((candidate) => candidate.name === bar.row);
    if (row === undefined) return [];
    const subject = bar.of ?? SUBJECT;
    const measured = measure(row, subject, bar.against);
    const isHarmed = problems.some((problem) => problem.row === row.name && problem.contestant === subject);
    if (measured === undefined || isHarmed) return [{ bar, measured, isMet: false }];
    const isMet = bar.limit === 'at least' ? measured >= bar.value : measured <= bar.value;
    return [{ bar, measured, interval: intervalOf(row, subject, bar.against), isMet }];
  });
}
