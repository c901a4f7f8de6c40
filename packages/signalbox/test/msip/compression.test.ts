import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { compressionOf, zstdWindowLog } from '../../src/msip/compression.ts';
import { bytes } from '../support/annotated-bytes.ts';

it('[MSIP-5-2] the first bytes say how a message is compressed', () => {
  expect(compressionOf(gzipSync('hello'))).toBe('gzip');
  expect(compressionOf(bytes('28b52ffd 00'))).toBe('zstd');
  expect(compressionOf(bytes('1f8b'))).toBe('gzip');
});

it('[MSIP-5-3] what begins with neither is plain', () => {
  for (const plain of ['', '1f', '1f8c', '28b52f', '28b52ffe', '"hello"', '00 1f8b', '78 9c']) {
    expect(compressionOf(bytes(plain)), plain).toBeUndefined();
  }
});

it('looks at the part it is given, and not beyond', () => {
  const memory = bytes('ff 1f8b ff 28b52ffd');
  expect(compressionOf(memory, 1)).toBe('gzip');
  expect(compressionOf(memory, 1, 2)).toBeUndefined();
  expect(compressionOf(memory, 4, 7)).toBeUndefined();
  expect(compressionOf(memory, 4, 8)).toBe('zstd');
});

it.each([
  [0, 23],
  [1, 23],
  [8 * 1024 * 1024, 23],
  [8 * 1024 * 1024 + 1, 24],
  [64 * 1024 * 1024, 26],
  [0xffff_ffff, 27],
])('who makes %i bytes at most of a zstd frame grants a window of 2^%i bytes', (largest, log) => {
  expect(zstdWindowLog(largest)).toBe(log);
});
