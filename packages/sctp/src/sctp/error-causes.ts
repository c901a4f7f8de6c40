// Error causes, which ERROR and ABORT are made of (RFC 9260, §3.3.10).

import { padded } from './chunk-types.ts';
import { readUint16 } from './packet-reader.ts';
import { writeUint16 } from './packet-writer.ts';

const HEADER = 4;

/** More of them in one chunk are not read. */
const MAXIMUM_CAUSES = 16;

export interface ErrorCause {
  readonly code: number;
  /** A copy. */
  readonly information: Uint8Array;
}

/** The causes at [start, end), as far as they are whole. */
export function readCauses(bytes: Uint8Array, start: number, end: number): ErrorCause[] {
  const causes: ErrorCause[] = [];
  for (let at = start; at + HEADER <= end && causes.length < MAXIMUM_CAUSES; ) {
    const length = readUint16(bytes, at + 2);
    if (length < HEADER || at + length > end) break;
    causes.push({ code: readUint16(bytes, at), information: bytes.slice(at + HEADER, at + length) });
    at += padded(length);
  }
  return causes;
}

/** One cause, as the body of a chunk. */
export function writeCause(code: number, information: Uint8Array = new Uint8Array(0)): Uint8Array {
  const body = new Uint8Array(HEADER + information.length);
  writeUint16(body, 0, code);
  writeUint16(body, 2, HEADER + information.length);
  body.set(information, HEADER);
  return body;
}

/** The text of a cause that has one, as far as it is ASCII: the peer chose it, so nothing else is taken from it. */
export function textOf(information: Uint8Array): string {
  let text = '';
  for (const byte of information.subarray(0, 200))
    text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '?';
  return text;
}

/** ASCII to bytes, for the texts of our own causes; anything else becomes a question mark. */
export function bytesOfText(text: string): Uint8Array {
  return Uint8Array.from(text.slice(0, 200), (letter) => {
    const code = letter.charCodeAt(0);
    return code >= 0x20 && code < 0x7f ? code : 0x3f;
  });
}
