// CRC-32 (ISO 3309, as in zip and PNG), by a table of 256 entries: Node offers one from 20.15 on, other platforms do not.

const TABLE = new Uint32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++)
    remainder = (remainder & 1) === 0 ? remainder >>> 1 : (remainder >>> 1) ^ 0xedb88320;
  TABLE[byte] = remainder;
}

/** `before` is the CRC-32 of what comes before these bytes. */
export function crc32(bytes: Uint8Array, start: number, end: number, before = 0): number {
  let remainder = ~before;
  for (let at = start; at < end; at++) remainder = (remainder >>> 8) ^ TABLE[(remainder ^ bytes[at]!) & 0xff]!;
  return ~remainder >>> 0;
}
