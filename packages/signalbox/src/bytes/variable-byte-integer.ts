// The Variable Byte Integer: 7 bits a byte, least significant first, at most four bytes, always the shortest form.
// Knows no packet and no error class; what is wrong comes back as a negative number. §1.5.5

/** The largest value four bytes can hold. */
export const MAXIMUM_VARIABLE_BYTE_INTEGER = 268_435_455;

/** Returned by readVariableByteInteger: the bytes end before the integer does. */
export const INCOMPLETE_INTEGER = -1;
/** Returned by readVariableByteInteger: a fifth byte, or a longer form than needed. */
export const MALFORMED_INTEGER = -2;

/** Bytes needed for a value from 0 to 268,435,455. As only the shortest form is read, also the bytes a read value took. */
export function variableByteIntegerSize(value: number): 1 | 2 | 3 | 4 {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  return value < 0x20_0000 ? 3 : 4;
}

/** Writes a value from 0 to 268,435,455 and returns the offset behind it. */
export function writeVariableByteInteger(target: Uint8Array, at: number, value: number): number {
  let rest = value;
  let offset = at;
  while (rest > 0x7f) {
    target[offset++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  target[offset++] = rest;
  return offset;
}

/** Reads within [at, end): the value, INCOMPLETE_INTEGER or MALFORMED_INTEGER. */
export function readVariableByteInteger(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return INCOMPLETE_INTEGER;
  let byte = bytes[at]!;
  if (byte < 0x80) return byte;
  let value = byte & 0x7f;
  for (let shift = 7; shift <= 21; shift += 7) {
    const offset = at + shift / 7;
    if (offset >= end) return INCOMPLETE_INTEGER;
    byte = bytes[offset]!;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return byte === 0 ? MALFORMED_INTEGER : value; // [MQTT-1.5.5-1]
  }
  return MALFORMED_INTEGER;
}
