// How a payload becomes its receiver's own, whichever memory it was read into.

import { describe, expect, it } from 'vitest';
import { ReceivedMemory } from '../../../src/client/receiving/received-memory.ts';

const LARGE = 65_536;

/** [start, end) kept of `bytes` while they are read. */
function keptOf(bytes: Uint8Array, isFresh: boolean, start: number, end: number) {
  const memory = new ReceivedMemory();
  memory.begin(bytes, isFresh);
  const kept = memory.keep(bytes, start, end);
  memory.end();
  return { kept, isWindow: kept.buffer === bytes.buffer, isKept: memory.isKept };
}

describe('a payload in the memory it was read into', () => {
  const bytes = Uint8Array.from({ length: LARGE + 100 }, (_, at) => at).subarray(100);

  it('is copied where that memory is read into again', () => {
    const { kept, isWindow, isKept } = keptOf(bytes, false, 10, 5_010);
    expect([kept.length, kept[0], isWindow, isKept]).toEqual([5_000, 110, false, false]);
  });

  it('is a window on it where it is not', () => {
    const { kept, isWindow, isKept } = keptOf(bytes, true, 10, 5_010);
    expect([kept.length, kept[0], isWindow, isKept]).toEqual([5_000, 110, true, true]);
  });

  it('is copied where it would keep more than 64 times its own size', () => {
    expect(keptOf(bytes, true, 0, 1_026).isWindow).toBe(true);
    const { kept, isWindow, isKept } = keptOf(bytes, true, 1, 1_026);
    expect([kept.length, kept[0], isWindow, isKept]).toEqual([1_025, 101, false, false]);
    expect(keptOf(bytes, true, 7, 7)).toMatchObject({ isWindow: false, isKept: false });
  });

  it('is a plain Uint8Array, never a Buffer of Node, whose slice() would be a window', () => {
    for (const [start, end] of [
      [0, 10],
      [0, 5_000],
    ] as const)
      expect(Object.getPrototypeOf(keptOf(Buffer.alloc(LARGE), true, start, end).kept)).toBe(Uint8Array.prototype);
  });

  it('is most of the memory of a packet that came in pieces, or a copy', () => {
    const memory = new ReceivedMemory();
    memory.begin(bytes, false);
    const packet = Uint8Array.from({ length: 200 }, (_, at) => at);
    expect(memory.keep(packet, 100, 200).buffer).toBe(packet.buffer);
    expect(memory.keep(packet, 101, 200).buffer).not.toBe(packet.buffer);
    expect(memory.isKept).toBe(false);
  });

  it('says anew for each read whether it is kept', () => {
    const memory = new ReceivedMemory();
    memory.begin(bytes, true);
    memory.keep(bytes, 0, LARGE);
    memory.end();
    expect(memory.isKept).toBe(true);
    memory.begin(bytes, false);
    expect(memory.keep(bytes, 0, LARGE).buffer).not.toBe(bytes.buffer);
    expect(memory.isKept).toBe(false);
  });
});
