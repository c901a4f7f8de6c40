// Bytes as people can read them in a log: how many, and the beginning as text when it is text, else as hexadecimal.

import { checkUtf8, readUtf8, utf8Length } from './utf8.ts';

/** `text` or `hex` holds the beginning; neither when nothing was to be shown. */
export interface BytePreview {
  readonly length: number;
  readonly text?: string;
  readonly hex?: string;
}

export function previewBytes(bytes: Uint8Array, previewLength: number): BytePreview {
  const length = bytes.length;
  const end = Math.min(length, previewLength);
  if (end === 0) return { length };
  for (let cut = end; cut > 0 && cut > end - 4; cut--) {
    if (checkUtf8(bytes, 0, cut) >= 0) return { length, text: readUtf8(bytes, 0, cut) };
    if (end === length) break; // only what was cut off can have split a character
  }
  let hex = '';
  for (let at = 0; at < end; at++) hex += bytes[at]!.toString(16).padStart(2, '0');
  return { length, hex };
}

/** The same for text that will be UTF-8. */
export function previewText(text: string, previewLength: number): BytePreview {
  const byteLength = utf8Length(text.replaceAll('\0', ' ')); // U+0000 is one byte as well, but would hide the length
  const length = byteLength < 0 ? text.length : byteLength;
  return previewLength === 0 || length === 0 ? { length } : { length, text: text.slice(0, previewLength) };
}
