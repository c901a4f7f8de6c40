/** A payload for people: as text, in hexadecimal, and harmless on a terminal; and what a format is. */
import type { Message } from 'signalbox';
import { printable } from '../printable.ts';

/** What of a message is printed: of MQTT, or of MSIP in its clothes. */
export type PrintedMessage = Pick<
  Message,
  'topicName' | 'payload' | 'qos' | 'retain' | 'duplicate' | 'packetIdentifier' | 'properties'
>;

/** Bytes, or text for the terminal; `now` is when the message came. Without the end of the line. */
export type Formatter = (message: PrintedMessage, now: Date) => string | Uint8Array;

export interface FormatOptions {
  /** The topic before the payload. */
  readonly isVerbose: boolean;
  /** Control characters of strangers must not reach a terminal. */
  readonly isTerminal: boolean;
}

export type Format = (options: FormatOptions) => Formatter;

const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Undefined when the bytes are no UTF-8. */
export function textOf(payload: Uint8Array): string | undefined {
  try {
    return DECODER.decode(payload);
  } catch {
    return undefined;
  }
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** For a terminal: lines and tabs stay, other control characters are shown, and what is no text is counted. */
export function shownText(payload: Uint8Array): string {
  const text = textOf(payload);
  if (text === undefined) return `(${payload.length} bytes, no text: see -F hex)`;
  return text
    .split(/([\n\t])/)
    .map((part) => (part === '\n' || part === '\t' ? part : printable(part)))
    .join('');
}
