/**
 * Messages as they were before their publisher compressed them: for everybody who does not speak MSIP, and for what is kept.
 * What they become is bounded. docs/msip.md, §5
 */
import * as zlib from 'node:zlib';
import { compressionOf, zstdWindowLog } from '../../msip/compression.ts';
import type { Maybe } from '../hooks.ts';

export type Inflated =
  | { readonly type: 'inflated'; readonly message: Uint8Array }
  /** This runtime does not know the format: the message cannot be taken, the connection can go on. */
  | { readonly type: 'unknown'; readonly text: string }
  /** It is not what it says, or becomes larger than allowed: the peer's fault. */
  | { readonly type: 'broken'; readonly text: string };

/** More than this, and what becomes more than that, is inflated by another thread: some 0.2 ms of work here. */
const LARGEST_AT_ONCE = 16_384;
const LARGEST_INFLATED_AT_ONCE = 65_536;

type InflateOptions = Pick<zlib.ZlibOptions, 'maxOutputLength'> & {
  readonly params?: Readonly<Record<number, number>>;
};
type Inflate = (
  message: Uint8Array,
  options: InflateOptions,
  done: (error: Error | null, result: Uint8Array) => void,
) => void;
type InflateSync = (message: Uint8Array, options: InflateOptions) => Uint8Array;

/** zstd came with Node 22.15. */
const { zstdDecompress, zstdDecompressSync } = zlib as unknown as {
  readonly zstdDecompress?: Inflate;
  readonly zstdDecompressSync?: InflateSync;
};

/** Decoders take windows up to 2^27 bytes unless told otherwise. */
const { ZSTD_d_windowLogMax = 100 } = zlib.constants as { readonly ZSTD_d_windowLogMax?: number };

/** `largest` in bytes. To be called for messages whose compression is known. */
export function inflate(message: Uint8Array, largest: number): Maybe<Inflated> {
  const isZstd = compressionOf(message) === 'zstd';
  if (isZstd && (zstdDecompress === undefined || zstdDecompressSync === undefined)) {
    return { type: 'unknown', text: 'zstd is not known here: it needs a newer Node.js; gzip is' };
  }
  const window = isZstd ? { params: { [ZSTD_d_windowLogMax]: zstdWindowLog(largest) } } : {};
  if (message.length <= LARGEST_AT_ONCE) {
    const maxOutputLength = Math.min(largest, LARGEST_INFLATED_AT_ONCE);
    try {
      const inflateSync = isZstd ? zstdDecompressSync! : zlib.gunzipSync; // [MSIP-5-6]
      return { type: 'inflated', message: inflateSync(message, { ...window, maxOutputLength }) };
    } catch (error) {
      // A few bytes can become thousands of times as many: nobody else is to wait for that.
      if (!isTooLarge(error as Error) || maxOutputLength === largest) return broken(error as Error, largest);
    }
  }
  return new Promise((resolve) => {
    const inflateLater = (isZstd ? zstdDecompress! : zlib.gunzip) as Inflate;
    inflateLater(message, { ...window, maxOutputLength: largest }, (error, result) => {
      resolve(error === null ? { type: 'inflated', message: result } : broken(error, largest));
    });
  });
}

function broken(error: Error, largest: number): Inflated {
  if (isWindowTooLarge(error))
    return { type: 'broken', text: `the message wants a window of more than ${2 ** zstdWindowLog(largest)} bytes` };
  const text = isTooLarge(error)
    ? `the message would become larger than ${largest} bytes`
    : 'the message is not in the format in which it begins';
  return { type: 'broken', text };
}

function isWindowTooLarge({ code }: NodeJS.ErrnoException): boolean {
  return code === 'ZSTD_error_frameParameter_windowTooLarge';
}

function isTooLarge(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ERR_BUFFER_TOO_LARGE';
}
