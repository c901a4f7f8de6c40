// Frames for logs and tools: as plain data that JSON can carry, and as one line of text. Passwords are masked, messages are
// cut to a short beginning. Nothing here can be read back.

import { type BytePreview, previewBytes } from '../bytes/byte-preview.ts';
import { quotedValue } from '../bytes/quoted-value.ts';
import type { Frame } from './frame.ts';
import { Flags, MsgKind } from './header.ts';

export interface FrameJsonOptions {
  /** How many bytes of a message are shown; 0 for none. Default 32: enough to recognise it, too little to be it. */
  readonly previewLength?: number;
}

export type FrameJson = { readonly [key: string]: string | readonly string[] | BytePreview };

const DEFAULT_PREVIEW_LENGTH = 32;
const MASK = '***';

const FLAG_NAMES = [
  [Flags.AckRequired, 'ACK_REQUIRED'],
  [Flags.Compressed, 'COMPRESSED'],
  [Flags.Urgent, 'URGENT'],
] as const;

const KIND_NAMES = new Map<number, string>(Object.entries(MsgKind).map(([name, kind]) => [kind, name.toUpperCase()]));

/** The frame as plain data: msgId in decimal digits, the flags and the kind by their names. What is undefined is left out. */
export function frameToJson(frame: Frame, options: FrameJsonOptions = {}): FrameJson {
  const { type, flags, msgKind, msgId, ...fields } = frame;
  const described: Record<string, string | readonly string[] | BytePreview> = { type, msgId: String(msgId) };
  if (flags !== 0) described['flags'] = FLAG_NAMES.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);
  if (msgKind !== MsgKind.Event) described['msgKind'] = KIND_NAMES.get(msgKind) ?? String(msgKind);
  for (const [name, value] of Object.entries(fields) as [string, string | Uint8Array | undefined][]) {
    if (value === undefined) continue;
    if (name === 'password') described[name] = MASK;
    else if (typeof value === 'string') described[name] = value;
    else described[name] = previewBytes(value, options.previewLength ?? DEFAULT_PREVIEW_LENGTH);
  }
  return described;
}

/** The frame in one line, such as `PUBLISH msgId=7 flags=URGENT topic="a/b" message=5 bytes "hello"`. */
export function frameToLine(frame: Frame, options: FrameJsonOptions = {}): string {
  const { type, ...fields } = frameToJson(frame, options);
  const words = [String(type).toUpperCase()];
  for (const [name, value] of Object.entries(fields)) words.push(`${name}=${wordOf(name, value)}`);
  return words.join(' ');
}

function wordOf(name: string, value: FrameJson[string]): string {
  if (Array.isArray(value)) return value.join('|');
  if (name === 'msgId' || name === 'msgKind' || name === 'password') return String(value);
  if (typeof value === 'string') return quotedValue(value);
  const { length, text, hex } = value as BytePreview;
  const size = `${length} bytes`;
  if (text !== undefined) return `${size} ${quotedValue(text)}`;
  return hex === undefined ? size : `${size} ${hex}`;
}
