import { expect, it } from 'vitest';
import { crc32 } from '../../../src/client/store/crc32.ts';

it('crc32 has the check value of its catalogue, and goes on from a part', () => {
  const bytes = new Uint8Array(Buffer.from('..123456789'));
  expect(crc32(bytes, 2, 11)).toBe(0xcbf43926);
  expect(crc32(bytes, 6, 11, crc32(bytes, 2, 6))).toBe(0xcbf43926);
  expect(crc32(bytes, 2, 2)).toBe(0);
});
