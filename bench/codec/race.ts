// The work of the codec benchmark, in a process of its own on one core: `node race.ts '{"rounds":3,…}'`. Every case,
// round by round, each codec in turn. Prints its results as one line of JSON.

import type { CaseBuilder, CodecCase, Direction } from './cases.ts';
import { CASES, DIRECTIONS } from './cases.ts';
import type { Codec, Pass } from './codec.ts';
import { mqttPacketCodec, mqttPacketStream } from './mqtt-packet.ts';
import { signalboxCodec, signalboxEvents, signalboxSink, signalboxWriter } from './signalbox.ts';
import { Tally } from './tally.ts';

export interface RaceOptions {
  readonly rounds: number;
  readonly sliceMs: number;
  /** The rows that are wanted. */
  readonly names: readonly string[];
}

export interface RaceResult {
  readonly name: string;
  readonly codec: string;
  /** Packets per second, by round. */
  readonly figures: readonly number[];
  readonly megabytesPerSecond: number;
  readonly problem?: string;
}

interface Entry {
  readonly codec: Codec;
  readonly pass: Pass;
  readonly figures: number[];
  problem: string | undefined;
}

const CODECS: readonly Codec[] = [
  signalboxCodec,
  signalboxEvents,
  signalboxSink,
  signalboxWriter,
  mqttPacketCodec,
  mqttPacketStream,
];
const WARM_SLICES = 2;

function tallyOf(pass: Pass, isThorough: boolean): Tally {
  const tally = new Tally();
  tally.isThorough = isThorough;
  pass(tally);
  return tally;
}

function compare(actual: Tally, expected: Tally): string | undefined {
  if (actual.count === expected.count && actual.sum === expected.sum) return undefined;
  return `other packets than expected: count ${actual.count} checksum ${actual.sum}, not ${expected.count} ${expected.sum}`;
}

/** Packets per second over whole passes of at least `sliceMs` together. */
function time(
  { pass }: Entry,
  expected: Tally,
  { packetCount, sliceMs }: { packetCount: number; sliceMs: number },
): number {
  globalThis.gc?.();
  const start = performance.now();
  let passes = 0;
  let elapsed = 0;
  while (elapsed < sliceMs) {
    const problem = compare(tallyOf(pass, false), expected);
    if (problem !== undefined) throw new Error(problem);
    passes++;
    elapsed = performance.now() - start;
  }
  return (passes * packetCount * 1000) / elapsed;
}

function tryTo(entry: Entry, action: () => void): void {
  if (entry.problem !== undefined) return;
  try {
    action();
  } catch (error) {
    entry.problem = error instanceof Error ? error.message : String(error);
  }
}

function race(direction: Direction, codecCase: CodecCase, options: RaceOptions): RaceResult[] {
  const reference = mqttPacketCodec[direction]!(codecCase)!;
  const thorough = tallyOf(reference, true);
  const expected = tallyOf(reference, false);
  const packetCount = codecCase.ours.length;
  const entries = CODECS.flatMap((codec): Entry[] => {
    const pass = codec[direction]?.(codecCase);
    return pass === undefined ? [] : [{ codec, pass, figures: [], problem: undefined }];
  });
  for (const entry of entries)
    tryTo(entry, () => {
      entry.problem = compare(tallyOf(entry.pass, true), thorough);
      if (entry.problem === undefined) time(entry, expected, { packetCount, sliceMs: options.sliceMs * WARM_SLICES });
    });
  for (let round = 0; round < options.rounds; round++)
    for (let turn = 0; turn < entries.length; turn++) {
      const entry = entries[(turn + round) % entries.length]!;
      tryTo(entry, () => entry.figures.push(time(entry, expected, { packetCount, sliceMs: options.sliceMs })));
    }
  return entries.map(({ codec, figures, problem }) => ({
    name: `${direction} ${codecCase.name}`,
    codec: codec.name,
    figures,
    megabytesPerSecond: Math.round((Math.max(0, ...figures) * codecCase.byteLength) / packetCount / 1e6),
    ...(problem === undefined ? {} : { problem }),
  }));
}

function raceCase({ name, build }: CaseBuilder, options: RaceOptions): RaceResult[] {
  const directions = DIRECTIONS.filter((direction) => options.names.includes(`${direction} ${name}`));
  if (directions.length === 0) return [];
  const codecCase = build();
  return directions.flatMap((direction) => race(direction, codecCase, options));
}

const options = JSON.parse(process.argv[2] ?? '{}') as RaceOptions;
process.stdout.write(`${JSON.stringify(CASES.flatMap((builder) => raceCase(builder, options)))}\n`);
