// Messages from fragments of every kind, in every order, against the plainest way to put them together.
import { describe, expect, it, vi } from 'vitest';
import { dtlsLimitsOf } from '../../src/dtls/limits.ts';
import { Reassembly } from '../../src/dtls/reassembly.ts';
import { randomBySeed } from '../support/random-by-seed.ts';

const MESSAGE = Uint8Array.from({ length: 97 }, (_, at) => at);

function fragmentOf(offset: number, size: number) {
  const bytes = MESSAGE.subarray(offset, offset + size);
  return { type: 11, length: MESSAGE.length, messageSequence: 0, offset, bytes };
}

describe('a message in fragments', () => {
  it.each(Array.from({ length: 40 }, (_, seed) => seed))(
    'that overlap, repeat and come in any order, is there when its last byte is, seed %i',
    (seed) => {
      const random = randomBySeed(seed + 1);
      const reassembly = new Reassembly(dtlsLimitsOf(), 0);
      const have = new Set<number>();
      for (let step = 0; have.size < MESSAGE.length; step++) {
        const offset = Math.floor(random() * MESSAGE.length);
        const size = Math.min(MESSAGE.length - offset, 1 + Math.floor(random() * (seed % 9) * 3));
        reassembly.add(fragmentOf(offset, size), 0);
        for (let at = offset; at < offset + size; at++) have.add(at);
        if (have.size < MESSAGE.length) expect(reassembly.take()).toBeUndefined();
        expect(step).toBeLessThan(5000);
      }
      expect(reassembly.take()?.body).toEqual(MESSAGE);
    },
  );

  it('of nothing at all', () => {
    const reassembly = new Reassembly(dtlsLimitsOf(), 0);
    const empty = { type: 14, length: 0, messageSequence: 0, offset: 0, bytes: new Uint8Array(0) };
    expect(reassembly.add(empty, 0)).toBe('kept');
    expect(reassembly.take()?.body).toHaveLength(0);
  });

  it('is not sorted anew after each of a thousand fragments', () => {
    const sort = vi.spyOn(Array.prototype, 'sort');
    const reassembly = new Reassembly(dtlsLimitsOf(), 0);
    for (let offset = 1000; offset > 0; offset--) {
      reassembly.add({ type: 11, length: 2000, messageSequence: 0, offset, bytes: Uint8Array.of(1) }, 0);
      expect(reassembly.take()).toBeUndefined();
    }
    const { length } = sort.mock.calls.filter(([compare]) => compare !== undefined);
    sort.mockRestore();
    expect(length).toBe(0);
  });
});
