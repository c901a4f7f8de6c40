// CRC32c, the checksum of every SCTP packet (RFC 9260, appendix A), eight bytes at a time through eight tables.

const POLYNOMIAL = 0x82f63b78;

/** Table k advances a byte that has k more bytes behind it. */
const TABLES = /* @__PURE__ */ makeTables();

function makeTables(): Int32Array {
  const tables = new Int32Array(2048);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) !== 0 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[byte] = crc;
  }
  for (let index = 256; index < 2048; index++) {
    const before = tables[index - 256]!;
    tables[index] = (before >>> 8) ^ tables[before & 0xff]!;
  }
  return tables;
}

/** Carries a register over bytes [from, to); begin with −1, and invert the last one. */
function advance(register: number, bytes: Uint8Array, from: number, to: number): number {
  const table = TABLES;
  let crc = register;
  let at = from;
  for (; at + 8 <= to; at += 8) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc =
      table[0x700 + (crc & 0xff)]! ^
      table[0x600 + ((crc >>> 8) & 0xff)]! ^
      table[0x500 + ((crc >>> 16) & 0xff)]! ^
      table[0x400 + (crc >>> 24)]! ^
      table[0x300 + bytes[at + 4]!]! ^
      table[0x200 + bytes[at + 5]!]! ^
      table[0x100 + bytes[at + 6]!]! ^
      table[bytes[at + 7]!]!;
  }
  for (; at < to; at++) crc = (crc >>> 8) ^ table[(crc ^ bytes[at]!) & 0xff]!;
  return crc;
}

/** The checksum of `bytes`, as an unsigned number. */
export function crc32c(bytes: Uint8Array): number {
  return ~advance(-1, bytes, 0, bytes.length) >>> 0;
}

/** The checksum of a packet at [start, end), its own field (bytes 8 to 11) counted as zeros, as unsigned number. */
export function packetChecksum(bytes: Uint8Array, start: number, end: number): number {
  let crc = advance(-1, bytes, start, start + 8);
  for (let zeros = 0; zeros < 4; zeros++) crc = (crc >>> 8) ^ TABLES[crc & 0xff]!;
  return ~advance(crc, bytes, start + 12, end) >>> 0;
}
