// What a compressed message becomes, and who waits for it.
import * as zlib from 'node:zlib';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { inflate } from '../../../src/broker/msip/inflating.ts';

const LIMIT = 1_048_576;
const hasZstd = 'zstdDecompressSync' in zlib;

/** One byte, in a frame of zstd that demands a window of 2^`log` bytes. */
function zstdFrame(log: number): Uint8Array {
  return Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, (log - 10) << 3, 0b1001, 0, 0, 120);
}

describe('a compressed message', () => {
  it('is inflated at once when it is small', () => {
    expect(inflate(gzipSync('hello'), LIMIT)).toMatchObject({ type: 'inflated', message: Buffer.from('hello') });
  });

  it('[MSIP-7-4] is left to another thread when a few bytes become very many: nobody else waits for that', async () => {
    const bomb = gzipSync(new Uint8Array(LIMIT));
    expect(bomb.length).toBeLessThan(2_000);
    const inflating = inflate(bomb, LIMIT);
    expect(inflating).toBeInstanceOf(Promise);
    expect(await inflating).toMatchObject({ type: 'inflated', message: { length: LIMIT } });
  });

  it.each([100, 65_536, LIMIT])('[MSIP-5-7] is refused when it becomes larger than %i bytes', async (limit) => {
    const bomb = gzipSync(new Uint8Array(limit + 1));
    expect(await inflate(bomb, limit)).toEqual({
      type: 'broken',
      text: `the message would become larger than ${limit} bytes`,
    });
  });

  it('is refused when it is not what it begins with', async () => {
    const broken = { type: 'broken', text: 'the message is not in the format in which it begins' };
    expect(await inflate(Uint8Array.of(0x1f, 0x8b, 9, 9), LIMIT)).toEqual(broken);
    const long = new Uint8Array(20_000);
    long.set([0x1f, 0x8b, 9, 9]);
    expect(await inflate(long, LIMIT)).toEqual(broken);
  });
});

describe('a message of a few bytes that wants much memory to be inflated', () => {
  it('is refused in zstd, where it can say so: 128 MiB for one byte', async () => {
    const text = hasZstd
      ? 'the message wants a window of more than 8388608 bytes'
      : 'zstd is not known here: it needs a newer Node.js; gzip is';
    expect(await inflate(zstdFrame(27), LIMIT)).toEqual({ type: hasZstd ? 'broken' : 'unknown', text });
  });

  it('is taken with the window that every decoder is to have', async () => {
    const taken = await inflate(zstdFrame(23), LIMIT);
    expect(taken).toMatchObject(hasZstd ? { type: 'inflated', message: Buffer.from('x') } : { type: 'unknown' });
  });
});
