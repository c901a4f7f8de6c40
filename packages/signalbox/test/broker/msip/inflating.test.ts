// What a compressed message becomes, and who waits for it.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { inflate } from '../../../src/broker/msip/inflating.ts';

const LIMIT = 1_048_576;

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
