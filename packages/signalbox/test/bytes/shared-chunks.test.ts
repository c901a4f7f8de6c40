// Bytes that share chunks of memory: each its own, and none of them in the way of another.
import { describe, expect, it } from 'vitest';
import { allocateShared, copyShared } from '../../src/bytes/shared-chunks.ts';

describe('shared chunks', () => {
  it('are for middle sizes only', () => {
    for (const size of [0, 1, 64, 2049]) expect(allocateShared(size).buffer.byteLength).toBe(size);
    for (const size of [65, 2048]) expect(allocateShared(size).buffer.byteLength).toBe(16_384);
  });

  it('give bytes that are 0 and do not overlap', () => {
    const all = Array.from({ length: 100 }, (_, index) => allocateShared(65 + index * 19));
    for (const [index, bytes] of all.entries()) {
      expect(bytes.length).toBe(65 + index * 19);
      expect(bytes.every((byte) => byte === 0)).toBe(true);
      bytes.fill(index + 1);
    }
    for (const [index, bytes] of all.entries()) expect(bytes.every((byte) => byte === index + 1)).toBe(true);
  });

  it('hold copies', () => {
    for (const size of [0, 10, 100, 3_000]) {
      const source = Uint8Array.from({ length: size + 2 }, (_, index) => index);
      const copy = copyShared(source, 1, size + 1);
      source.fill(0);
      expect(copy).toEqual(Uint8Array.from({ length: size }, (_, index) => index + 1));
    }
  });
});
