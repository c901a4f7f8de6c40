import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  INCOMPLETE_INTEGER,
  MALFORMED_INTEGER,
  MAXIMUM_VARIABLE_BYTE_INTEGER,
  readVariableByteInteger,
  variableByteIntegerSize,
  writeVariableByteInteger,
} from '../../src/bytes/variable-byte-integer.ts';

function write(value: number): number[] {
  const target = new Uint8Array(6);
  const end = writeVariableByteInteger(target, 1, value);
  return [...target.subarray(1, end)];
}

function read(...bytes: number[]): number {
  return readVariableByteInteger(Uint8Array.from(bytes), 0, bytes.length);
}

describe('Variable Byte Integer', () => {
  it('[MQTT-1.5.5-1] is written in the shortest form at each limit', () => {
    expect(write(0)).toEqual([0x00]);
    expect(write(127)).toEqual([0x7f]);
    expect(write(128)).toEqual([0x80, 0x01]);
    expect(write(16_383)).toEqual([0xff, 0x7f]);
    expect(write(16_384)).toEqual([0x80, 0x80, 0x01]);
    expect(write(2_097_151)).toEqual([0xff, 0xff, 0x7f]);
    expect(write(2_097_152)).toEqual([0x80, 0x80, 0x80, 0x01]);
    expect(write(MAXIMUM_VARIABLE_BYTE_INTEGER)).toEqual([0xff, 0xff, 0xff, 0x7f]);
  });

  it('is read back as it was written, and takes variableByteIntegerSize bytes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat(20_000), fc.nat(MAXIMUM_VARIABLE_BYTE_INTEGER)), (value) => {
        const bytes = write(value);
        expect(read(...bytes)).toBe(value);
        expect(read(...bytes, 0xff)).toBe(value);
        expect(variableByteIntegerSize(value)).toBe(bytes.length);
      }),
    );
  });

  it('[MQTT-1.5.5-1] longer forms than needed are malformed', () => {
    expect(read(0x80, 0x00)).toBe(MALFORMED_INTEGER);
    expect(read(0xff, 0x00)).toBe(MALFORMED_INTEGER);
    expect(read(0x80, 0x80, 0x00)).toBe(MALFORMED_INTEGER);
    expect(read(0xff, 0xff, 0xff, 0x00)).toBe(MALFORMED_INTEGER);
  });

  it('a fourth byte that announces a fifth is malformed at once', () => {
    expect(read(0xff, 0xff, 0xff, 0xff)).toBe(MALFORMED_INTEGER);
    expect(read(0x80, 0x80, 0x80, 0x80, 0x01)).toBe(MALFORMED_INTEGER);
  });

  it('is incomplete while its last byte is missing', () => {
    expect(read()).toBe(INCOMPLETE_INTEGER);
    expect(read(0x80)).toBe(INCOMPLETE_INTEGER);
    expect(read(0x80, 0x80)).toBe(INCOMPLETE_INTEGER);
    expect(read(0x80, 0x80, 0x80)).toBe(INCOMPLETE_INTEGER);
    expect(readVariableByteInteger(Uint8Array.of(0x80, 0x01), 0, 1)).toBe(INCOMPLETE_INTEGER);
  });
});
