// Loads the datagrams in test/vectors/datagram. Knows nothing of the code under test.

import { readFileSync } from 'node:fs';
import { bytes } from '../support/annotated-bytes.ts';

interface Entry {
  readonly name: string;
  readonly hex: readonly string[];
  readonly tag?: number;
  /** Hexadecimal. */
  readonly data?: string;
  readonly error?: string;
  /** The error is that something is missing: a stream may still bring it. */
  readonly isIncomplete?: boolean;
}

export interface DatagramVector extends Entry {
  readonly bytes: Uint8Array;
}

export function loadDatagrams(): DatagramVector[] {
  const text = readFileSync(new URL('../vectors/datagram/datagrams.json', import.meta.url), 'utf8');
  const { vectors } = JSON.parse(text) as { readonly vectors: readonly Entry[] };
  return vectors.map((entry) => ({ ...entry, bytes: bytes(entry.hex.join('\n')) }));
}

export function unhex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}
