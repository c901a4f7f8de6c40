// The frame of handshake messages: twelve bytes of header, a message possibly in several fragments. RFC 6347, §4.2.2

import { concat, u8, u16, u24 } from './byte-fields.ts';

export const HANDSHAKE_HEADER_SIZE = 12;

/** HandshakeType by name; everything else is 'unknown'. */
export const HANDSHAKE_TYPES = {
  'hello-request': 0,
  'client-hello': 1,
  'server-hello': 2,
  'hello-verify-request': 3,
  'new-session-ticket': 4,
  certificate: 11,
  'server-key-exchange': 12,
  'certificate-request': 13,
  'server-hello-done': 14,
  'certificate-verify': 15,
  'client-key-exchange': 16,
  finished: 20,
} as const;

export type HandshakeType = keyof typeof HANDSHAKE_TYPES;
export type ReceivedType = HandshakeType | 'unknown';

const NAMES = new Map<number, HandshakeType>(
  Object.entries(HANDSHAKE_TYPES).map(([name, id]) => [id, name as HandshakeType]),
);

export function typeName(id: number): ReceivedType {
  return NAMES.get(id) ?? 'unknown';
}

export interface HandshakeFragment {
  readonly type: number;
  /** Bytes of the whole message. */
  readonly length: number;
  readonly messageSequence: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface HandshakeMessage {
  readonly type: number;
  readonly messageSequence: number;
  readonly body: Uint8Array;
  /** Of the record it came in: 0 in the clear. */
  readonly epoch: number;
}

/** The fragments in the content of one handshake record, up to the first thing which is none. */
export function readFragments(content: Uint8Array): HandshakeFragment[] {
  const fragments: HandshakeFragment[] = [];
  let at = 0;
  while (content.length - at >= HANDSHAKE_HEADER_SIZE) {
    const u16At = (offset: number) => (content[at + offset]! << 8) | content[at + offset + 1]!;
    const u24At = (offset: number) => (content[at + offset]! << 16) | u16At(offset + 1);
    const [type, length, messageSequence, offset, size] = [content[at]!, u24At(1), u16At(4), u24At(6), u24At(9)];
    const start = at + HANDSHAKE_HEADER_SIZE;
    if (size > content.length - start || offset + size > length) break;
    if (size === 0 && length !== 0) break; // an empty part of something brings nothing on
    fragments.push({ type, length, messageSequence, offset, bytes: content.subarray(start, start + size) });
    at = start + size;
  }
  return fragments;
}

export function writeFragment({ type, length, messageSequence, offset, bytes }: HandshakeFragment): Uint8Array {
  return concat(u8(type), u24(length), u16(messageSequence), u24(offset), u24(bytes.length), bytes);
}

/** A message as it goes into the transcript: as if it had been sent in one piece. RFC 6347, §4.2.6 */
export function wholeMessage({ type, messageSequence, body }: Omit<HandshakeMessage, 'epoch'>): Uint8Array {
  return writeFragment({ type, length: body.length, messageSequence, offset: 0, bytes: body });
}
