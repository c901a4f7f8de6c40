// The eight bytes before the data of a datagram, big endian: size (4), version (2), tag (2). The size counts version, tag
// and data, not itself. Knows neither the data nor where the bytes come from.

import { DatagramError } from './errors.ts';

export const HEADER_SIZE = 8;
/** Bytes of the size itself. */
export const PREFIX_SIZE = 4;
/** What the size counts beside the data: version and tag. */
export const COUNTED_HEADER = 4;
export const DATAGRAM_VERSION = 1;
export const LARGEST_TAG = 0xffff;
/** Most data of one datagram, in bytes: the format's own limit. */
export const MAXIMUM_DATA_SIZE = 100_000_000;

/** The size at `at`, as it stands there. */
export function readSize(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

export function readTag(bytes: Uint8Array, at: number): number {
  return (bytes[at + 6]! << 8) | bytes[at + 7]!;
}

/** Writes the header of `dataSize` bytes of data at `at`, where there must be room for it. */
export function writeHeader(
  target: Uint8Array,
  at: number,
  header: { readonly dataSize: number; readonly tag: number },
) {
  const size = header.dataSize + COUNTED_HEADER;
  target[at] = size >>> 24;
  target[at + 1] = size >>> 16;
  target[at + 2] = size >>> 8;
  target[at + 3] = size;
  target[at + 4] = DATAGRAM_VERSION >>> 8;
  target[at + 5] = DATAGRAM_VERSION;
  target[at + 6] = header.tag >>> 8;
  target[at + 7] = header.tag;
}

/** What is wrong with a size. */
export function judgeSize(size: number, maximumDataSize: number): DatagramError | undefined {
  if (size > maximumDataSize + COUNTED_HEADER) {
    return new DatagramError('TOO_LARGE_MESSAGE', `${size - COUNTED_HEADER} bytes of data; at most ${maximumDataSize}`);
  }
  if (size > COUNTED_HEADER) return undefined;
  if (size === COUNTED_HEADER) return new DatagramError('EMPTY_MESSAGE', 'a datagram without data');
  return new DatagramError('BAD_SIZE', `a size of ${size}: it counts at least version and tag`);
}

/** What is wrong with the version of which the first `count` bytes, 1 or more, are at `at`. */
export function judgeVersion(bytes: Uint8Array, at: number, count: number): DatagramError | undefined {
  const high = bytes[at]!;
  if (count === 1) return high === 0 ? undefined : badVersion(`0x${high.toString(16)}..`);
  const version = (high << 8) | bytes[at + 1]!;
  return version === DATAGRAM_VERSION ? undefined : badVersion(String(version));
}

function badVersion(version: string): DatagramError {
  return new DatagramError('BAD_VERSION', `version ${version}; version ${DATAGRAM_VERSION} is understood`);
}

/**
 * What is wrong with the first `count` bytes of a datagram, as far as they are its header: a size as soon as it is whole, a
 * version at its first wrong byte.
 */
export function judgeHeader(
  bytes: Uint8Array,
  at: number,
  { count, maximumDataSize }: { readonly count: number; readonly maximumDataSize: number },
): DatagramError | undefined {
  if (count < PREFIX_SIZE) return undefined;
  const error = judgeSize(readSize(bytes, at), maximumDataSize);
  if (error !== undefined || count === PREFIX_SIZE) return error;
  return judgeVersion(bytes, at + PREFIX_SIZE, Math.min(count - PREFIX_SIZE, 2));
}
