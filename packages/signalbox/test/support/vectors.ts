// Loads the packets in test/vectors. Knows their fields and nothing of the codec.

import { readdirSync, readFileSync } from 'node:fs';
import type { PacketInput } from '../../src/mqtt/packets/packet.ts';
import type { ProtocolVersion } from '../../src/mqtt/wire-format.ts';
import { bytes } from './annotated-bytes.ts';

export interface PacketVector {
  readonly name: string;
  readonly origin?: { readonly project: string; readonly license: string; readonly case: string };
  readonly protocolVersion: ProtocolVersion;
  readonly use?: 'decode' | 'encode' | 'both';
  readonly hex: readonly string[];
  readonly packet?: PacketInput;
  readonly error?: { readonly code: string; readonly reasonCode: number; readonly statement?: string };
  readonly reencodedHex?: string;
  readonly input?: PacketInput;
  readonly usageError?: string;
  readonly wrong?: string;
  readonly note?: string;
}

const FOLDER = new URL('../vectors/', import.meta.url);

/** The names of all files of vectors, without `.json`. */
export const VECTOR_FILES: readonly string[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.slice(0, -'.json'.length));

export function loadVectors(file: string): readonly PacketVector[] {
  const text = readFileSync(new URL(`${file}.json`, FOLDER), 'utf8');
  return (JSON.parse(text, revive) as { vectors: PacketVector[] }).vectors;
}

export function bytesOf(vector: PacketVector): Uint8Array {
  return bytes(vector.hex.join('\n'));
}

/** `{"hex": "00ff"}` stands for bytes; the `hex` of a vector itself is an array. */
function revive(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('hex' in value) || typeof value.hex !== 'string') return value;
  return Uint8Array.from(Buffer.from(value.hex, 'hex'));
}
