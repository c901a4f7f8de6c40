import { describe, expect, it } from 'vitest';
import { FrameError } from '../../src/msip/errors.ts';
import { DEFAULT_MAXIMUM_PAYLOAD_LENGTH, type FrameHandler, Framer } from '../../src/msip/framer.ts';
import { readPayloadLength } from '../../src/msip/header.ts';
import { wire } from '../support/msip-wire.ts';

const PING = wire('ping', { msgId: 1n });
const NOTHING: FrameHandler = { frame: () => true };

function join(...frames: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(frames));
}

/** A handler that counts, and does this with the first frame. */
function counting(onFirst: () => boolean = () => true): FrameHandler & { readonly count: () => number } {
  let count = 0;
  return { frame: () => (++count === 1 ? onFirst() : true), count: () => count };
}

/** All at once, and with the first frame in two pieces. */
function waysTo(stream: Uint8Array): Uint8Array[][] {
  return [[stream], [stream.subarray(0, 5), stream.subarray(5)]];
}

describe('Framer', () => {
  it('[MSIP-2.5-3] an announced length costs nothing: what is kept is what came', () => {
    const framer = new Framer({ maximumPayloadLength: 0xffff_ffff });
    let size = 0;
    const announced = wire('publish', { payloadLength: 0xffff_ffff });
    expect(framer.receive(announced, NOTHING)).toBeUndefined();
    expect(framer.pendingBytes).toBe(24);
    framer.receive(new Uint8Array(1000), NOTHING);
    expect(framer.pendingBytes).toBe(1024);
    framer.reset();
    const frame = wire('publish', { payload: new Uint8Array(5000) });
    const measuring: FrameHandler = {
      frame(buffer) {
        size = buffer.length;
        return true;
      },
    };
    for (const byte of frame) framer.receive(Uint8Array.of(byte), measuring);
    expect(size).toBeGreaterThanOrEqual(frame.length);
    expect(size).toBeLessThan(2 * frame.length + 128);
  });

  it('[MSIP-2.5-4] takes 1 MiB unless told otherwise', () => {
    expect(DEFAULT_MAXIMUM_PAYLOAD_LENGTH).toBe(1_048_576);
    const handler = counting();
    expect(new Framer().receive(wire('publish', { payload: new Uint8Array(1_048_576) }), handler)).toBeUndefined();
    expect(handler.count()).toBe(1);
    const error = new Framer().receive(wire('publish', { payloadLength: 1_048_577 }), NOTHING);
    expect(error?.code).toBe('PAYLOAD_TOO_LARGE');
  });

  it('[MSIP-2.5-2] [MSIP-2.5-5] an error is returned at the byte that makes it certain, and no earlier', () => {
    const cases: [Uint8Array, number][] = [
      [wire('ping', { magic: 'MSIX' }), 4],
      [wire('ping', { magic: 'HTTP' }), 1],
      [wire('ping', { version: 2 }), 5],
      [wire('ping', { payloadLength: 0xffff_ffff }), 24],
    ];
    for (const [bytes, expected] of cases) {
      const framer = new Framer();
      let at = 0;
      let error: FrameError | undefined;
      while (error === undefined && at < bytes.length) error = framer.receive(bytes.subarray(at, ++at), NOTHING);
      expect(at).toBe(expected);
    }
  });

  it('[MSIP-2.5-6] nothing behind an error is looked at until reset', () => {
    for (const pieces of waysTo(join(PING, wire('ping', { version: 9 }), PING))) {
      const framer = new Framer();
      const handler = counting();
      const errors = pieces.map((piece) => framer.receive(piece, handler)).filter((error) => error !== undefined);
      expect(errors).toEqual([expect.any(FrameError)]);
      expect(framer.receive(PING, handler)).toBeUndefined();
      expect(handler.count()).toBe(1);
      framer.reset();
      framer.receive(PING, handler);
      expect(handler.count()).toBe(2);
    }
  });

  it('[MSIP-2.5-7] half a frame is forgotten by reset', () => {
    const framer = new Framer();
    const handler = counting();
    framer.receive(PING.subarray(0, 20), handler);
    framer.reset();
    expect(framer.pendingBytes).toBe(0);
    framer.receive(join(PING, PING), handler);
    expect(handler.count()).toBe(2);
  });

  it('a handler that says stop gets nothing more until reset', () => {
    for (const pieces of waysTo(join(PING, PING))) {
      const framer = new Framer();
      const handler = counting(() => false);
      for (const piece of pieces) framer.receive(piece, handler);
      framer.receive(PING, handler);
      expect(handler.count()).toBe(1);
    }
  });

  it('a handler may reset: what came with the old connection is gone', () => {
    for (const answer of [true, false]) {
      for (const pieces of waysTo(join(PING, PING, PING.subarray(0, 3)))) {
        const framer = new Framer();
        const handler = counting(() => {
          framer.reset();
          return answer;
        });
        for (const piece of pieces) framer.receive(piece, handler);
        expect([handler.count(), framer.pendingBytes]).toEqual([1, 0]);
        framer.receive(PING, handler);
        expect(handler.count()).toBe(2);
      }
    }
  });

  it('a handler may change the limit for the frames behind', () => {
    const large = wire('publish', { payload: new Uint8Array(100) });
    for (const pieces of waysTo(join(PING, large))) {
      const framer = new Framer({ maximumPayloadLength: 10 });
      const handler = counting(() => {
        framer.maximumPayloadLength = 100;
        return true;
      });
      for (const piece of pieces) expect(framer.receive(piece, handler)).toBeUndefined();
      expect(handler.count()).toBe(2);
    }
  });

  it('an empty chunk is nothing', () => {
    const framer = new Framer();
    expect(framer.receive(new Uint8Array(0), NOTHING)).toBeUndefined();
    framer.receive(PING.subarray(0, 1), NOTHING);
    expect(framer.receive(new Uint8Array(0), NOTHING)).toBeUndefined();
    expect(framer.pendingBytes).toBe(1);
  });
});

it('payload_len is read where it stands', () => {
  expect(readPayloadLength(join(new Uint8Array(3), wire('ping', { payloadLength: 0x89ab_cdef })), 3)).toBe(0x89ab_cdef);
});
