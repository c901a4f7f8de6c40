import { describe, expect, it } from 'vitest';
import { copyBytes, copyOf, viewOf } from '../../src/bytes/copy.ts';

describe('copies', () => {
  const source = Uint8Array.from({ length: 200 }, (_, index) => index);

  it('put any size at any place', () => {
    for (const size of [0, 1, 47, 48, 49, 64, 150]) {
      const target = new Uint8Array(200);
      copyBytes(target, 7, source, 5, 5 + size);
      expect(target).toEqual(Uint8Array.from(target, (_, index) => (index >= 7 && index < 7 + size ? index - 2 : 0)));
    }
  });

  it('of a Node Buffer are plain arrays with memory of their own, so that they pin nothing', () => {
    const chunk = Buffer.alloc(65_536, 1);
    const copy = copyOf(chunk, 10, 20);
    chunk.fill(2);
    expect(copy).toEqual(new Uint8Array(10).fill(1));
    expect(Object.getPrototypeOf(copy)).toBe(Uint8Array.prototype);
    expect(copy.buffer.byteLength).toBe(10);
  });

  it('a view is plain, and a window on the same memory', () => {
    const chunk = Buffer.from('abcdef').subarray(1);
    const view = viewOf(chunk, 1, 3);
    expect(view).toEqual(Uint8Array.of(0x63, 0x64));
    expect(Object.getPrototypeOf(view)).toBe(Uint8Array.prototype);
    chunk[1] = 0x7a;
    expect(view[0]).toBe(0x7a);
  });
});
