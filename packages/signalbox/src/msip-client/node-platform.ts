// The MSIP client's edge to Node: sockets, node:zlib, Buffers.

import * as zlib from 'node:zlib';
import { type Compression, zstdWindowLog } from '../msip/compression.ts';
import { connect } from '../transport/connect.ts';
import type { MsipClientError } from './client-errors.ts';
import { notInflated, tooLarge, unknownFormat } from './compression-errors.ts';
import { checkPublish, checkSubscribe } from './option-check.ts';
import type { Platform } from './platform.ts';

type Options = { readonly maxOutputLength?: number; readonly params?: Readonly<Record<number, number>> };
type Sync = (message: Uint8Array, options: Options) => Uint8Array;
type Later = (message: Uint8Array, options: Options, done: (error: Error | null, result: Uint8Array) => void) => void;

interface Work {
  readonly sync: Sync | undefined;
  readonly later: Later | undefined;
}

const NONE: Work = { sync: undefined, later: undefined };

/** zstd came with Node 22.15. */
const { zstdCompress, zstdCompressSync, zstdDecompress, zstdDecompressSync } = zlib as unknown as {
  readonly zstdCompress?: Later;
  readonly zstdCompressSync?: Sync;
  readonly zstdDecompress?: Later;
  readonly zstdDecompressSync?: Sync;
};

const COMPRESS: Readonly<Record<Compression, Work>> = {
  gzip: { sync: zlib.gzipSync, later: zlib.gzip as Later },
  zstd: { sync: zstdCompressSync, later: zstdCompress },
};
const INFLATE: Readonly<Record<Compression, Work>> = {
  gzip: { sync: zlib.gunzipSync, later: zlib.gunzip as Later },
  zstd: { sync: zstdDecompressSync, later: zstdDecompress },
};

const { ZSTD_d_windowLogMax = 100 } = zlib.constants as { readonly ZSTD_d_windowLogMax?: number };

/** More than this, and what is inflated to more than that, is left to another thread: some 0.2 ms of work here. */
const LARGEST_AT_ONCE = 16_384;
const LARGEST_INFLATED_AT_ONCE = 65_536;

export const NODE_PLATFORM: Platform = {
  dial: connect,
  checks: { publish: checkPublish, subscribe: checkSubscribe },
  compress: (message, format) => work(COMPRESS[format] ?? NONE, format, message, {}),
  inflate: (message, format, largest) => {
    // A header alone could demand 128 MiB.
    const window = format === 'zstd' ? { params: { [ZSTD_d_windowLogMax]: zstdWindowLog(largest) } } : {};
    return work(INFLATE[format] ?? NONE, format, message, { ...window, maxOutputLength: largest });
  },
  dress: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
};

function work(
  { sync, later }: Work,
  format: Compression,
  message: Uint8Array,
  options: Options,
): Uint8Array | Promise<Uint8Array> {
  if (sync === undefined || later === undefined) throw unknownFormat(format);
  if (message.length <= LARGEST_AT_ONCE) {
    const { maxOutputLength: largest } = options;
    const maxOutputLength = Math.min(largest ?? 0, LARGEST_INFLATED_AT_ONCE);
    try {
      return plain(sync(message, largest === undefined ? options : { ...options, maxOutputLength }));
    } catch (error) {
      const goesOn = isTooLarge(error as Error) && maxOutputLength !== largest;
      if (!goesOn) throw errorOf(error as Error, options);
    }
  }
  return new Promise((resolve, reject) => {
    later(message, options, (error, result) => {
      if (error === null) resolve(plain(result));
      else reject(errorOf(error, options));
    });
  });
}

function errorOf(error: Error, { maxOutputLength }: Options): MsipClientError {
  return isTooLarge(error) && maxOutputLength !== undefined ? tooLarge(maxOutputLength) : notInflated(error);
}

function isTooLarge(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ERR_BUFFER_TOO_LARGE';
}

/** Not a Buffer, whose `slice` would not copy. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
