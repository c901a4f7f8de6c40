// How a message is compressed is known by its first bytes; the flag alone says nothing. Inflating is for who has the means.
// §5

/** gzip (RFC 1952) or zstd (RFC 8878); undefined: the message is plain, whatever its flags say. */
export type Compression = 'gzip' | 'zstd';

const GZIP = [0x1f, 0x8b];
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];

/** To be asked about messages that came with COMPRESSED. */
export function compressionOf(message: Uint8Array, start = 0, end: number = message.length): Compression | undefined {
  if (startsWith(message, start, end, GZIP)) return 'gzip'; // [MSIP-5-2]
  if (startsWith(message, start, end, ZSTD)) return 'zstd';
  return undefined; // [MSIP-5-3]
}

function startsWith(bytes: Uint8Array, start: number, end: number, magic: readonly number[]): boolean {
  return end - start >= magic.length && magic.every((byte, i) => bytes[start + i] === byte);
}
