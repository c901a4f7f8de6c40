/**
 * Messages as they were before their publisher compressed them: for everybody who does not speak MSIP, and for what is kept.
 * What they become is bounded. docs/msip.md, §5
 */
import * as zlib from 'node:zlib';
import { compressionOf } from '../../msip/compression.ts';
import type { Maybe } from '../hooks.ts';

export type Inflated =
  | { readonly type: 'inflated'; readonly message: Uint8Array }
  /** This runtime does not know the format: the message cannot be taken, the connection can go on. */
  | { readonly type: 'unknown'; readonly text: string }
  /** It is not what it says, or becomes larger than allowed: the peer's fault. */
  | { readonly type: 'broken'; readonly text: string };

/** More than this is inflated by another thread: some 0.1 ms of work here. */
const LARGEST_AT_ONCE = 16_384;

type Inflate = (
  message: Uint8Array,
  options: zlib.ZlibOptions,
  done: (error: Error | null, result: Uint8Array) => void,
) => void;
type InflateSync = (message: Uint8Array, options: zlib.ZlibOptions) => Uint8Array;

/** zstd came with Node 22.15. */
const { zstdDecompress, zstdDecompressSync } = zlib as unknown as {
  readonly zstdDecompress?: Inflate;
  readonly zstdDecompressSync?: InflateSync;
};

/** `largest` in bytes. To be called for messages whose compression is known. */
export function inflate(message: Uint8Array, largest: number): Maybe<Inflated> {
  const isZstd = compressionOf(message) === 'zstd';
  if (isZstd && (zstdDecompress === undefined || zstdDecompressSync === undefined)) {
    return { type: 'unknown', text: 'zstd is not known here: it needs a newer Node.js; gzip is' };
  }
  const options = { maxOutputLength: largest };
  if (message.length <= LARGEST_AT_ONCE) {
    try {
      const inflateSync = isZstd ? zstdDecompressSync! : zlib.gunzipSync; // [MSIP-5-6]
      return { type: 'inflated', message: inflateSync(message, options) };
    } catch (error) {
      return broken(error as Error, largest);
    }
  }
  return new Promise((resolve) => {
    const inflateLater = (isZstd ? zstdDecompress! : zlib.gunzip) as Inflate;
    inflateLater(message, options, (error, result) => {
      resolve(error === null ? { type: 'inflated', message: result } : broken(error, largest));
    });
  });
}

function broken(error: Error, largest: number): Inflated {
  const isTooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
  const text = isTooLarge
    ? `the message would become larger than ${largest} bytes`
    : 'the message is not in the format in which it begins';
  return { type: 'broken', text };
}
