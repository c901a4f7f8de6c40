import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Datagram } from '../../src/datagram/datagram.ts';
import { DatagramReader } from '../../src/datagram/reader.ts';
import { loadDatagrams, unhex } from './vectors.ts';

interface Result {
  /** The bytes of each, hexadecimal. */
  readonly datagrams: string[];
  readonly code: string | undefined;
  readonly errors: number;
}

/** What a reader makes of a stream that comes in these pieces and then ends. Each piece is overwritten once it was read. */
function readAll(
  pieces: readonly Uint8Array[],
  options: { maximumDataSize?: number; stopAfter?: number } = {},
): Result {
  const { stopAfter = Infinity } = options;
  const reader = new DatagramReader(options);
  const datagrams: Datagram[] = [];
  const handler = { onDatagram: (datagram: Datagram) => datagrams.push(datagram) < stopAfter };
  const codes: string[] = [];
  for (const piece of pieces) {
    const memory = Uint8Array.from(piece);
    const error = reader.receive(memory, handler);
    memory.fill(0xee);
    if (error !== undefined) codes.push(error.code);
    expect(reader.pendingBytes).toBeLessThan(pieces.reduce((sum, { length }) => sum + length, 1));
  }
  const error = reader.end();
  if (error !== undefined) codes.push(error.code);
  expect(reader.end()).toBeUndefined();
  expect(reader.pendingBytes).toBe(0);
  return { datagrams: shown(datagrams), code: codes[0], errors: codes.length };
}

function shown(datagrams: readonly Datagram[]): string[] {
  return datagrams.map((datagram) => hex(datagram.toBytes()));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function singly(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (byte) => Uint8Array.of(byte));
}

function joined(datagrams: readonly Datagram[]): Uint8Array {
  return new Uint8Array(Buffer.concat(datagrams.map((datagram) => datagram.toBytes())));
}

const vectors = loadDatagrams();

describe('DatagramReader', () => {
  it.each(vectors)('judges as a datagram alone would, whole and byte by byte: $name', (vector) => {
    for (const pieces of [[vector.bytes], singly(vector.bytes)]) {
      const { datagrams, code, errors } = readAll(pieces);
      const isEmpty = vector.bytes.length === 0;
      expect(code).toBe(isEmpty ? undefined : vector.error);
      expect(errors).toBe(code === undefined ? 0 : 1);
      expect(datagrams.length).toBe(vector.error === undefined ? 1 : 0);
      if (vector.error === undefined) expect(datagrams[0]).toBe(hex(vector.bytes));
    }
  });

  it('hands out datagrams back to back, in order', () => {
    const good = vectors.filter(({ error }) => error === undefined).map(({ bytes }) => Datagram.fromBytes(bytes));
    const stream = joined(good);
    expect(readAll([stream]).datagrams).toEqual(shown(good));
    expect(readAll(singly(stream)).datagrams).toEqual(shown(good));
  });

  it('gives the same for every way to cut a stream in two', () => {
    const all = [new Datagram('first', 1), new Datagram('x', 2), new Datagram(new Uint8Array(100).fill(7), 3)];
    const stream = joined(all);
    for (let cut = 0; cut <= stream.length; cut++) {
      const { datagrams, code } = readAll([stream.subarray(0, cut), stream.subarray(cut)]);
      expect(code).toBeUndefined();
      expect(datagrams).toEqual(shown(all));
    }
  });

  it('refuses a size over the limit at its fourth byte, and keeps nothing', () => {
    const reader = new DatagramReader({ maximumDataSize: 10 });
    const handler = { onDatagram: () => true };
    expect(reader.receive(unhex('000000'), handler)).toBeUndefined();
    expect(reader.receive(unhex('0f'), handler)?.code).toBe('TOO_LARGE_MESSAGE');
    expect(reader.pendingBytes).toBe(0);
    expect(reader.receive(unhex('00000005000100002a'), handler)).toBeUndefined();
    expect(reader.end()).toBeUndefined();
    expect(readAll([unhex('0000000e00010000'), new Uint8Array(10)], { maximumDataSize: 10 }).datagrams).toHaveLength(1);
  });

  it('refuses another version at its first wrong byte', () => {
    expect(readAll([unhex('0000000501')]).code).toBe('BAD_VERSION');
    expect(readAll([unhex('0000000500')]).code).toBe('INSUFFICIENT_BYTES');
    expect(readAll([unhex('000000050000')]).code).toBe('BAD_VERSION');
  });

  it('allows no limit above that of the format', () => {
    expect(readAll([unhex('05f5e105')], { maximumDataSize: 1e9 }).code).toBe('TOO_LARGE_MESSAGE');
  });

  it('tells an end within a datagram from one between two', () => {
    const stream = joined([new Datagram('whole'), new Datagram('cut off')]);
    for (let end = 0; end <= stream.length; end++) {
      const isBetween = end === 0 || end === 13 || end === stream.length;
      expect(readAll([stream.subarray(0, end)]).code).toBe(isBetween ? undefined : 'INSUFFICIENT_BYTES');
    }
  });

  it.each([1, 2])('hands out nothing more once it was told to stop: after %i', (stopAfter) => {
    const stream = joined([new Datagram('a'), new Datagram('b'), new Datagram('c')]);
    for (const pieces of [[stream], singly(stream), [stream.subarray(0, 4), stream.subarray(4)]]) {
      const { datagrams, code } = readAll(pieces, { stopAfter });
      expect([datagrams.length, code]).toEqual([stopAfter, undefined]);
    }
  });

  it('allocates by what arrives, not by what is announced', () => {
    const before = process.memoryUsage().arrayBuffers;
    const handler = { onDatagram: () => true };
    const readers = Array.from({ length: 1_000 }, () => new DatagramReader());
    for (const reader of readers) reader.receive(unhex('05f5e10400010000ff'), handler);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50e6);
    expect(readers.every(({ pendingBytes }) => pendingBytes === 9)).toBe(true);
  });

  it('puts a large datagram together from many pieces', () => {
    const large = new Datagram(
      new Uint8Array(3_000_000).map((_, index) => index * 7),
      5,
    );
    const bytes = large.toBytes();
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += 65_521) pieces.push(bytes.subarray(at, at + 65_521));
    const { datagrams } = readAll(pieces);
    expect(datagrams).toHaveLength(1);
    expect(datagrams[0] === hex(bytes)).toBe(true);
  });

  it('copies small ones together, and what keeps one keeps no more than 16 KiB', () => {
    const sizes = Array.from({ length: 3_000 }, (_, index) => [1, 64, 100, 2_047, 7, 2_048, 2_049, 300][index % 8]!);
    const all = sizes.map((size, index) => new Datagram(new Uint8Array(size).fill(index), index & 0xffff));
    const bytes = new Uint8Array(Buffer.concat(all.map((datagram) => datagram.toBytes())));
    for (const size of [bytes.length, 131_072, 16_384, 600, 511]) {
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
      const got = readAll(pieces);
      expect(got.code).toBeUndefined();
      expect(got.datagrams.join('') === hex(bytes)).toBe(true);
    }
    const held: Uint8Array[] = [];
    new DatagramReader().receive(bytes, { onDatagram: ({ data }) => held.push(data) > 0 });
    for (const data of held) expect(data.buffer.byteLength).toBeLessThanOrEqual(16_384);
  });

  it('gives the same whatever the pieces, for good streams and bad ones', () => {
    const good = fc
      .tuple(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.integer({ min: 0, max: 65_535 }))
      .map(([data, tag]) => new Datagram(data, tag).toBytes());
    const bad = fc.constantFrom(...vectors.map(({ bytes }) => bytes));
    const stream = fc.array(fc.oneof({ weight: 4, arbitrary: good }, { weight: 1, arbitrary: bad }), { maxLength: 8 });
    fc.assert(
      fc.property(stream, fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1 }), (parts, sizes) => {
        const bytes = new Uint8Array(Buffer.concat(parts));
        const pieces: Uint8Array[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const size = sizes[turn % sizes.length]!;
          pieces.push(bytes.subarray(at, at + size));
          at += size;
        }
        const whole = readAll([bytes]);
        expect(readAll(pieces)).toEqual(whole);
        expect(readAll(singly(bytes))).toEqual(whole);
        if (whole.code === undefined) expect(whole.datagrams.join('')).toBe(hex(bytes));
      }),
    );
  });
});
