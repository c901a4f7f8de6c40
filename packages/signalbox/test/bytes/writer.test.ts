import { describe, expect, it } from 'vitest';
import { Writer } from '../../src/bytes/writer.ts';

describe('Writer', () => {
  it('writes every kind of field', () => {
    const writer = new Writer();
    writer.u8(0x12);
    writer.u16(0xfedc);
    writer.u32(0xfedc_ba98);
    writer.varint(16_384);
    writer.varint(5);
    writer.raw(Uint8Array.of(1, 2));
    writer.binary(Uint8Array.of(3));
    writer.text('é');
    writer.utf8('A€');
    writer.utf8('');
    expect(Buffer.from(writer.take(0)).toString('hex')).toBe(
      '12fedcfedcba9880800105010200' + '0103c3a9000441e282ac0000',
    );
    expect(writer.length).toBe(0);
  });

  it('allocates nothing before the first write, then the initial size at least', () => {
    const writer = new Writer(100);
    expect(writer.bytes.length).toBe(0);
    writer.u8(1);
    expect(writer.bytes.length).toBe(100);
    expect(new Writer(16).reserve(1000)).toBe(0);
  });

  it('grows by doubling, keeps what is there and where it is', () => {
    const writer = new Writer(4);
    for (let value = 0; value < 1000; value++) writer.u16(value);
    expect(writer.bytes.length).toBe(2048);
    for (let value = 0; value < 1000; value++) {
      expect((writer.bytes[value * 2]! << 8) | writer.bytes[value * 2 + 1]!).toBe(value);
    }
  });

  it('reserves room for whoever writes the bytes itself', () => {
    const writer = new Writer(4);
    writer.u8(9);
    const at = writer.reserve(5);
    expect(at).toBe(1);
    expect(writer.length).toBe(6);
    writer.bytes.set([1, 2, 3, 4, 5], at);
    expect(writer.take(0)).toEqual(Uint8Array.of(9, 1, 2, 3, 4, 5));
  });

  it('take returns an exact copy of the end and forgets it', () => {
    const writer = new Writer();
    writer.u16(0x0102);
    const start = writer.length;
    writer.u8(3);
    const taken = writer.take(start);
    writer.u8(4);
    expect(taken).toEqual(Uint8Array.of(3));
    expect(taken.buffer.byteLength).toBe(1);
    expect(writer.take(0)).toEqual(Uint8Array.of(1, 2, 4));
  });

  it('reset uses the buffer again, renew leaves it to others', () => {
    const writer = new Writer();
    writer.u8(1);
    const first = writer.bytes;
    writer.reset();
    writer.u8(2);
    expect(writer.bytes).toBe(first);
    writer.renew();
    expect(writer.length).toBe(0);
    writer.u8(3);
    expect(writer.bytes).not.toBe(first);
    expect(first[0]).toBe(2);
  });
});
