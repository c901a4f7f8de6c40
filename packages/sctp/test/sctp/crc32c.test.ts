// The checksum against values published in RFC 3720, appendix B.4.
import { describe, expect, it } from 'vitest';
import { crc32c } from '../../src/sctp/crc32c.ts';

describe('crc32c', () => {
  it.each([
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['ascending', Uint8Array.from({ length: 32 }, (_, index) => index), 0x46dd794e],
    ['descending', Uint8Array.from({ length: 32 }, (_, index) => 31 - index), 0x113fdb5c],
    ['nothing', new Uint8Array(0), 0],
    ['nine digits', Uint8Array.from('123456789', (digit) => digit.charCodeAt(0)), 0xe3069283],
  ])('of %s', (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });
});
