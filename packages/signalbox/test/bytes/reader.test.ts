import { describe, expect, it } from 'vitest';
import type { ReadProblem } from '../../src/bytes/reader.ts';
import { Reader } from '../../src/bytes/reader.ts';

class Problem extends Error {
  readonly problem: ReadProblem;
  constructor(problem: ReadProblem) {
    super(problem);
    this.problem = problem;
  }
}

class TestReader extends Reader {
  protected override fail(problem: ReadProblem): never {
    throw new Problem(problem);
  }
}

function readerOf(hex: string): TestReader {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  return new TestReader(bytes, 0, bytes.length);
}

describe('Reader', () => {
  it('reads every kind of field', () => {
    const reader = readerOf('12 fedc fedcba98 808001 0102 0001 03 0004 41e282ac 0000');
    expect(reader.u8()).toBe(0x12);
    expect(reader.u16()).toBe(0xfedc);
    expect(reader.u32()).toBe(0xfedc_ba98);
    expect(reader.varint()).toBe(16_384);
    expect(reader.raw(2)).toEqual(Uint8Array.of(1, 2));
    expect(reader.raw(reader.u16())).toEqual(Uint8Array.of(3));
    expect(reader.utf8()).toBe('A€');
    expect(reader.remaining).toBe(2);
    expect(reader.utf8()).toBe('');
    expect(reader.remaining).toBe(0);
  });

  it('finds every field that reaches beyond the end, though there are bytes behind it', () => {
    const reads: [string, number, (reader: TestReader) => unknown][] = [
      ['01', 0, (reader) => reader.u8()],
      ['0102', 1, (reader) => reader.u16()],
      ['01020304', 3, (reader) => reader.u32()],
      ['8001', 1, (reader) => reader.varint()],
      ['0102', 1, (reader) => reader.raw(2)],
      ['000261 62', 3, (reader) => reader.utf8()],
    ];
    for (const [hex, end, read] of reads) {
      const reader = readerOf(hex);
      reader.end = end;
      expect(() => read(reader)).toThrow(new Problem('truncated'));
    }
  });

  it('[MQTT-1.5.5-1] names a Variable Byte Integer that is too long', () => {
    expect(() => readerOf('8000').varint()).toThrow(new Problem('malformed-integer'));
    expect(() => readerOf('ffffffff01').varint()).toThrow(new Problem('malformed-integer'));
  });

  it('[MQTT-1.5.4-1] [MQTT-1.5.4-2] names what is wrong with a string', () => {
    expect(() => readerOf('0003 eda080').utf8()).toThrow(new Problem('malformed-utf8'));
    expect(() => readerOf('0002 c080').utf8()).toThrow(new Problem('malformed-utf8'));
    expect(() => readerOf('0003 610062').utf8()).toThrow(new Problem('null-character'));
  });

  it('raw bytes are a window', () => {
    const reader = readerOf('03 04');
    const view = reader.raw(1);
    reader.bytes.fill(9);
    expect(view).toEqual(Uint8Array.of(9));
  });
});
