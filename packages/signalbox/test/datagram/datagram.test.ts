import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Datagram, type DatagramData } from '../../src/datagram/datagram.ts';
import { DatagramError } from '../../src/datagram/errors.ts';
import { MAXIMUM_DATA_SIZE } from '../../src/datagram/header.ts';
import { loadDatagrams, unhex } from './vectors.ts';

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(DatagramError);
    return (error as DatagramError).code;
  }
}

const vectors = loadDatagrams();
const good = vectors.filter(({ error }) => error === undefined);
const bad = vectors.filter(({ error }) => error !== undefined);

describe('Datagram', () => {
  it.each(good)('is read from its bytes and written to the same: $name', ({ bytes, tag = 0, data = '' }) => {
    const read = Datagram.fromBytes(bytes);
    expect([read.version, read.tag, read.data]).toEqual([1, tag, unhex(data)]);
    expect([read.dataSize, read.serializedSize]).toEqual([data.length / 2, bytes.length]);
    expect(Datagram.withTag(tag, unhex(data)).toBytes()).toEqual(bytes);
    expect(Datagram.fromBytesWithoutPrefix(bytes.subarray(4)).toBytes()).toEqual(bytes);
  });

  it.each(bad)('is not read from bytes which are none: $name', ({ bytes, error }) => {
    expect(codeOf(() => Datagram.fromBytes(bytes))).toBe(error);
  });

  it('is not read from more bytes than it has', () => {
    expect(codeOf(() => Datagram.fromBytes(unhex('00000005000100002a00')))).toBe('SURPLUS_BYTES');
  });

  it('is not read from bytes without prefix that are too few, without data, or of another version', () => {
    expect(codeOf(() => Datagram.fromBytesWithoutPrefix(unhex('000100')))).toBe('INSUFFICIENT_BYTES');
    expect(codeOf(() => Datagram.fromBytesWithoutPrefix(unhex('00010000')))).toBe('EMPTY_MESSAGE');
    expect(codeOf(() => Datagram.fromBytesWithoutPrefix(unhex('000200002a')))).toBe('BAD_VERSION');
    expect(codeOf(() => Datagram.fromBytesWithoutPrefix(new Uint8Array(MAXIMUM_DATA_SIZE + 5)))).toBe(
      'TOO_LARGE_MESSAGE',
    );
  });

  it('has data of its own when it was read, also from a Buffer', () => {
    const bytes = Buffer.from('00000005000100002a', 'hex');
    const read = Datagram.fromBytes(bytes);
    bytes.fill(0);
    expect(read.data).toEqual(Uint8Array.of(0x2a));
    expect(read.data).not.toBeInstanceOf(Buffer);
  });

  it('takes text as UTF-8, and gives it back', () => {
    const datagram = new Datagram('Grüße 🎉', 3);
    expect(datagram.data).toEqual(new Uint8Array(Buffer.from('Grüße 🎉')));
    expect(datagram.text).toBe('Grüße 🎉');
    expect(new Datagram('a\0b').text).toBe('a\0b');
    expect(codeOf(() => new Datagram(Uint8Array.of(0xff)).text)).toBe('BAD_TEXT');
    expect(codeOf(() => new Datagram('\ud800'))).toBe('BAD_TEXT');
  });

  it('cannot be made without data, with too much, or with something else', () => {
    expect(codeOf(() => new Datagram(new Uint8Array(0)))).toBe('EMPTY_MESSAGE');
    expect(codeOf(() => new Datagram(''))).toBe('EMPTY_MESSAGE');
    expect(codeOf(() => new Datagram(new Uint8Array(MAXIMUM_DATA_SIZE + 1)))).toBe('TOO_LARGE_MESSAGE');
    expect(new Datagram(new Uint8Array(MAXIMUM_DATA_SIZE)).serializedSize).toBe(MAXIMUM_DATA_SIZE + 8);
    expect(codeOf(() => new Datagram([1] as unknown as DatagramData))).toBe('INVALID_ARGUMENT');
  });

  it.each([-1, 65_536, 0.5, Number.NaN, '1' as unknown as number])('has no tag %s', (tag) => {
    expect(codeOf(() => new Datagram('x', tag))).toBe('INVALID_ARGUMENT');
    const datagram = new Datagram('x', 7);
    expect(
      codeOf(() => {
        datagram.tag = tag;
      }),
    ).toBe('INVALID_ARGUMENT');
    expect(datagram.tag).toBe(7);
  });
});

describe('mistakes of the format’s first implementation, which are none of ours', () => {
  it('other data change the size, and nothing else: longer', () => {
    const datagram = new Datagram('ab', 9);
    datagram.data = unhex('0102030405');
    datagram.tag = 10;
    expect(Buffer.from(datagram.toBytes()).toString('hex')).toBe('000000090001000a0102030405');
  });

  it('other data change the size, and nothing else: shorter', () => {
    const datagram = new Datagram('0123456789', 9);
    datagram.data = 'x';
    expect(Buffer.from(datagram.toBytes()).toString('hex')).toBe('000000050001000978');
    expect(datagram.serializedSize).toBe(9);
  });

  it('other data that are not allowed leave everything as it was', () => {
    const datagram = new Datagram('abc', 9);
    const before = datagram.toBytes();
    expect(
      codeOf(() => {
        datagram.data = '';
      }),
    ).toBe('EMPTY_MESSAGE');
    expect(datagram.toBytes()).toEqual(before);
  });

  it('sizes of all four bytes are written', () => {
    const bytes = new Datagram(new Uint8Array(0x0102_0304 - 4)).toBytes();
    expect([...bytes.subarray(0, 4)]).toEqual([1, 2, 3, 4]);
  });
});

describe('any datagram', () => {
  const data = fc.uint8Array({ minLength: 1, maxLength: 300 });
  const tag = fc.integer({ min: 0, max: 65_535 });

  it('is itself after being written and read, with and without its prefix', () => {
    fc.assert(
      fc.property(data, tag, (content, number) => {
        const datagram = new Datagram(content, number);
        const bytes = datagram.toBytes();
        for (const read of [Datagram.fromBytes(bytes), Datagram.fromBytesWithoutPrefix(bytes.subarray(4))]) {
          expect(read.tag).toBe(number);
          expect(read.data).toEqual(content);
        }
      }),
    );
  });

  it('changed again and again is as if it had been made so', () => {
    fc.assert(
      fc.property(data, tag, data, tag, (first, one, second, two) => {
        const changed = new Datagram(first, one);
        changed.data = second;
        changed.tag = two;
        expect(changed.toBytes()).toEqual(new Datagram(second, two).toBytes());
      }),
    );
  });

  it('of random bytes is read or refused with an error of its own', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
        const code = codeOf(() => expect(Datagram.fromBytes(bytes).toBytes()).toEqual(bytes));
        expect(code).not.toBe('INVALID_ARGUMENT');
      }),
    );
  });
});
