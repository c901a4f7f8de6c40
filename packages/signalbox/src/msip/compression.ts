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

/** 8 MiB: what every decoder of zstd is asked to take (RFC 8878, §3.1.1.1.2). */
const LEAST_WINDOW_LOG = 23;
/** 128 MiB: what decoders take at most that are not told otherwise. */
const MOST_WINDOW_LOG = 27;

/**
 * The largest window, as a power of 2, that a zstd frame may demand of who makes no more than `largest` bytes of it: the few bytes
 * of a header alone could demand 128 MiB.
 */
export function zstdWindowLog(largest: number): number {
  return Math.min(Math.max(LEAST_WINDOW_LOG, Math.ceil(Math.log2(largest))), MOST_WINDOW_LOG);
}

function startsWith(bytes: Uint8Array, start: number, end: number, magic: readonly number[]): boolean {
  return end - start >= magic.length && magic.every((byte, i) => bytes[start + i] === byte);
}
