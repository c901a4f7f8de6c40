// The same bytes, cut anywhere, read into memory that may be kept and into memory that is read into again: every payload is whole
// when everything has been read.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ReceivedMemory } from '../../src/client/receiving/received-memory.ts';
import { Framer } from '../../src/mqtt/framer.ts';
import { type FreshReader, freshReadingOptions } from '../../src/transport/fresh-read.ts';

/** Keeps the bodies of packets as the client keeps payloads. */
class Keeper implements FreshReader {
  readonly kept: Uint8Array[] = [];
  readonly #memory = new ReceivedMemory();
  readonly #framer = new Framer();
  readonly keepsBytes: boolean;

  constructor(keepsBytes: boolean) {
    this.keepsBytes = keepsBytes;
  }

  received(bytes: Uint8Array): void {
    this.#read(bytes, 'static');
  }

  receivedFresh(bytes: Uint8Array): boolean {
    this.#read(bytes, 'fresh');
    return this.#memory.isKept;
  }

  #read(bytes: Uint8Array, from: 'fresh' | 'static'): void {
    this.#memory.begin(bytes, from === 'fresh');
    this.#framer.receive(bytes, {
      frame: (buffer, _start, bodyStart, end) => {
        this.kept.push(this.#memory.keep(buffer, bodyStart, end));
        return true;
      },
    });
    this.#memory.end();
  }
}

/** A packet whose body has one value throughout. */
function packetOf(size: number, value: number): Uint8Array {
  const length: number[] = [];
  for (let rest = size; length.length === 0 || rest > 0; rest >>>= 7)
    length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
  return Uint8Array.from([0x30, ...length, ...new Uint8Array(size).fill(value)]);
}

/** Reads as a socket does: at most so many bytes at a time, and never more than there is room for. */
function readAll(stream: Uint8Array, cuts: readonly number[], reader: Keeper): void {
  const { buffer, callback } = freshReadingOptions(reader).onread;
  for (let at = 0, read = 0; at < stream.length; read++) {
    const room = buffer();
    const size = Math.min(cuts[read % cuts.length]!, room.length, stream.length - at);
    room.set(stream.subarray(at, at + size));
    callback(size);
    at += size;
  }
}

const size = fc.oneof(
  fc.nat(130),
  fc.integer({ min: 1_000, max: 1_100 }),
  fc.nat(40_000),
  fc.integer({ min: 60_000, max: 70_000 }),
);
const cut = fc.oneof(
  fc.integer({ min: 50, max: 2_000 }),
  fc.integer({ min: 16_000, max: 17_000 }),
  fc.constant(131_072),
);

it('payloads stay as they came, whichever memory they were read into', () => {
  const sizes = fc.array(size, { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(sizes, fc.array(cut, { minLength: 1, maxLength: 100 }), (all, cuts) => {
      const stream = Buffer.concat(all.map((bytes, index) => packetOf(bytes, index + 1)));
      for (const keeper of [new Keeper(true), new Keeper(false)]) {
        readAll(stream, cuts, keeper);
        expect(keeper.kept.map(({ length }) => length)).toEqual(all);
        expect(keeper.kept.every((bytes, index) => bytes.every((value) => value === index + 1))).toBe(true);
      }
    }),
    { numRuns: 40 },
  );
});
