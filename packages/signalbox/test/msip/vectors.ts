// Loads the vectors in test/vectors/msip (their README says what they mean). Knows nothing of the code under test but the
// types of what it is given.

import { readFileSync } from 'node:fs';
import type { FrameInput } from '../../src/msip/frame.ts';
import { bytes, hex } from '../support/annotated-bytes.ts';

/** A frame as JSON has it: msgId is text, bytes are `{ text }` or `{ hex }`. */
export type PlainFrame = Readonly<Record<string, unknown>> & { readonly type: string };

export interface PlainError {
  readonly code: string;
  readonly msgId: string;
  readonly statement?: string;
}

export interface FrameVector {
  readonly name: string;
  readonly hex: readonly string[];
  readonly frame: PlainFrame;
  readonly use?: 'decode';
}

export interface MalformedVector {
  readonly name: string;
  readonly hex: readonly string[];
  readonly error: PlainError;
  readonly maximumPayloadLength?: number;
}

export type PlainEvent =
  | { readonly transmit: readonly string[] }
  | { readonly frame: PlainFrame }
  | { readonly close: PlainError | null };

export interface Step {
  readonly receive?: readonly string[];
  readonly send?: PlainFrame;
  readonly tick?: number;
  readonly then?: readonly PlainEvent[];
  readonly usageError?: string;
}

export interface Dialogue {
  readonly name: string;
  readonly role: 'server' | 'client';
  readonly options?: Readonly<Record<string, number>>;
  readonly steps: readonly Step[];
}

export interface ServerStep {
  /** Which connection. */
  readonly client: string;
  readonly send?: readonly PlainFrame[];
  readonly sendBytes?: readonly string[];
  readonly expect?: readonly PlainFrame[];
  readonly closed?: boolean;
}

export interface ServerDialogue {
  readonly name: string;
  readonly extension?: string;
  readonly steps: readonly ServerStep[];
}

function load<T>(file: string): readonly T[] {
  const text = readFileSync(new URL(`../vectors/msip/${file}.json`, import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly vectors: readonly T[] }).vectors;
}

export const FRAMES = load<FrameVector>('frames');
export const MALFORMED = load<MalformedVector>('malformed');
export const DIALOGUES = load<Dialogue>('dialogues');
export const SERVERS = load<ServerDialogue>('servers');

export function bytesOf(lines: readonly string[]): Uint8Array {
  return bytes(lines.join('\n'));
}

/** What is given to the code under test. */
export function frameOf(plain: PlainFrame): FrameInput {
  const fields = Object.entries(plain).map(([name, value]) => [
    name,
    name === 'msgId' ? BigInt(value as string) : value,
  ]);
  return Object.fromEntries(fields.map(([name, value]) => [name, isBytes(value) ? unwrapped(value) : value]));
}

/** What came of it, in a form to be compared with what `comparable` makes of a vector. */
export function plainFrame(frame: object): unknown {
  const fields = Object.entries(frame).filter(([, value]) => value !== undefined);
  return Object.fromEntries(fields.map(([name, value]) => [name, comparable(value)]));
}

/** Bytes as hexadecimal, bigint as text, all the way down. */
export function comparable(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) return `bytes ${hex(value)}`;
  if (isBytes(value)) return `bytes ${hex(unwrapped(value))}`;
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, comparable(part)]));
}

type PlainBytes = { readonly text: string } | { readonly hex: string };

function isBytes(value: unknown): value is PlainBytes {
  if (typeof value !== 'object' || value === null) return false;
  const [name, ...others] = Object.keys(value);
  return others.length === 0 && (name === 'text' || name === 'hex') && typeof Object.values(value)[0] === 'string';
}

function unwrapped(value: PlainBytes): Uint8Array {
  return 'text' in value ? new TextEncoder().encode(value.text) : Uint8Array.from(Buffer.from(value.hex, 'hex'));
}
