// What the brokers are put through: the load generator's arguments for each scenario and the figures taken from its
// report. MQTT 3.1.1, payloads of 64 bytes unless the name says otherwise.

import type { Contestant } from './contestants.ts';
import type { LoadReport } from './load-generator.ts';

export interface Measure {
  /** Appended to the scenario's name to name the row. */
  readonly suffix: '' | ' p99';
  readonly unit: string;
  readonly better: 'more' | 'less';
  readonly read: (report: LoadReport) => number;
}

export interface Scenario {
  readonly name: string;
  /** Whether it belongs to the wide set (--all) only. */
  readonly isWide: boolean;
  readonly load: Readonly<Record<string, string | number>>;
  readonly measures: readonly Measure[];
  /** Who takes part, instead of everybody. */
  readonly contestants?: readonly Contestant[];
  /** Whom the others are compared with, instead of Mosquitto. */
  readonly reference?: string;
}

export const perCpuSecond: Measure = {
  suffix: '',
  unit: 'messages out per broker-CPU-second',
  better: 'more',
  read: (report) => report.outPerCpuSecond ?? 0,
};
const latency: Measure = {
  suffix: ' p99',
  unit: 'µs from the intended send time',
  better: 'less',
  read: (report) => report.latencyMicroseconds?.p99 ?? Number.NaN,
};
const memory: Measure = {
  suffix: '',
  unit: 'bytes of broker memory per connection',
  better: 'less',
  read: (report) => report.bytesPerConnection ?? Number.NaN,
};

type Load = Scenario['load'];

function narrow(name: string, load: Load, measures: readonly Measure[] = [perCpuSecond]): Scenario {
  return { name, isWide: false, load, measures };
}

function wide(name: string, load: Load, measures: readonly Measure[] = [perCpuSecond]): Scenario {
  return { name, isWide: true, load, measures };
}

// The limits keep every broker busy without letting backlogs grow: `outstanding` bounds what is on its way end to end
// at QoS 0, `window` what a publisher has in flight at QoS 1 and 2. About 2,000 messages over all publishers.
const fan = (subscribers: number, qos: number, limit: number): Load => ({
  scenario: 'fanout',
  subscribers,
  qos,
  outstanding: limit,
  window: limit,
});
const fanin = (qos: number): Load => ({ scenario: 'fanin', publishers: 100, qos, outstanding: 20, window: 10 });
const pairs = (qos: number): Load => ({ scenario: 'pairs', publishers: 100, qos, outstanding: 20, window: 10 });
const sync = (qos: number): Load => ({ scenario: 'pairs', publishers: 100, qos, outstanding: 1, window: 1, batch: 1 });
const wildcard = (qos: number, topics: number): Load => ({
  scenario: 'wildcard',
  publishers: 4,
  subscribers: 100,
  filters: 100_000,
  topics,
  qos,
  outstanding: 500,
  window: 50,
});

export const SCENARIOS: readonly Scenario[] = [
  narrow('fan100-q0', fan(100, 0, 100)),
  narrow('pairs-q0', pairs(0)),
  narrow('pairs-q1', pairs(1)),
  narrow('sync-q0', sync(0)),
  narrow('sync-q1', sync(1)),
  narrow('lat5000-q1', { scenario: 'pairs', publishers: 100, qos: 1, rate: 5000 }, [latency, perCpuSecond]),
  narrow('conns10000', { scenario: 'idle', connections: 10_000, hold: 3 }, [memory]),
  wide('fan100-q1', fan(100, 1, 100)),
  wide('fan1000-q0', fan(1000, 0, 50)),
  wide('fan1000-q1', fan(1000, 1, 50)),
  wide('fanin100-q0', fanin(0)),
  wide('fanin100-q1', fanin(1)),
  wide('pairs-q2', pairs(2)),
  wide('pairs-q0-5.0', { ...pairs(0), version: 5 }),
  wide('pairs-q1-5.0', { ...pairs(1), version: 5 }),
  wide('pairs10-q1-1KiB', { ...pairs(1), publishers: 10, payload: 1024, window: 20 }),
  wide('sync-q2', sync(2)),
  wide('wild100000-q0', wildcard(0, 10_000)),
  wide('wild100000-q1', wildcard(1, 10_000)),
  wide('wildunique100000-q0', wildcard(0, 0)),
  wide('conns10000-subscribed', { scenario: 'idle', connections: 10_000, subscribed: 1, hold: 3 }, [memory]),
];
