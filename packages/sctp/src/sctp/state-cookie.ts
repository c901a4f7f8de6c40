// The State Cookie: all that a server would have to remember of a handshake, given to the peer with a MAC instead, so
// that an INIT costs no memory (RFC 9260, §5.1.3). The MAC covers where the peer is as well.

import type { InitFields } from './init-chunk.ts';
import { readUint16, readUint32 } from './packet-reader.ts';
import { writeUint16, writeUint32 } from './packet-writer.ts';

const CONTENT = 64;
const MAC = 32;

/** HMAC-SHA256 with a secret of the owner's: 32 bytes. */
export type Sign = (bytes: Uint8Array) => Uint8Array;

export interface StateCookie {
  readonly localPort: number;
  readonly peerPort: number;
  /** What we announced, and what the peer did. */
  readonly local: InitFields;
  readonly peer: InitFields;
  /** The tags of an association that was there already when the INIT came; 0: there was none. */
  readonly localTieTag: number;
  readonly peerTieTag: number;
  /** Of the owner's clock, in milliseconds. */
  readonly createdAt: number;
}

/** `peerKey`: where the peer is, in the owner's words; the cookie is good from there only. */
export function writeCookie(cookie: StateCookie, peerKey: string, sign: Sign): Uint8Array {
  const bytes = new Uint8Array(CONTENT + MAC);
  writeUint16(bytes, 0, cookie.localPort);
  writeUint16(bytes, 2, cookie.peerPort);
  writeFields(bytes, 4, cookie.local);
  writeFields(bytes, 20, cookie.peer);
  writeUint32(bytes, 36, cookie.localTieTag);
  writeUint32(bytes, 40, cookie.peerTieTag);
  const microseconds = Math.round(cookie.createdAt * 1000);
  writeUint32(bytes, 44, Math.floor(microseconds / 2 ** 32));
  writeUint32(bytes, 48, microseconds >>> 0);
  bytes.set(sign(signedPart(bytes, peerKey)), CONTENT);
  return bytes;
}

/** The cookie at [start, end), if it is one of ours and for this peer. Its age is not judged. */
export function readCookie(
  { bytes, start, end }: { readonly bytes: Uint8Array; readonly start: number; readonly end: number },
  peerKey: string,
  sign: Sign,
): StateCookie | undefined {
  if (end - start !== CONTENT + MAC) return undefined;
  const cookie = bytes.subarray(start, end);
  if (!isSame(sign(signedPart(cookie, peerKey)), cookie.subarray(CONTENT))) return undefined;
  return {
    localPort: readUint16(cookie, 0),
    peerPort: readUint16(cookie, 2),
    local: readFields(cookie, 4),
    peer: readFields(cookie, 20),
    localTieTag: readUint32(cookie, 36),
    peerTieTag: readUint32(cookie, 40),
    createdAt: (readUint32(cookie, 44) * 2 ** 32 + readUint32(cookie, 48)) / 1000,
  };
}

function writeFields(bytes: Uint8Array, at: number, fields: InitFields): void {
  writeUint32(bytes, at, fields.initiateTag);
  writeUint32(bytes, at + 4, fields.receiveWindow);
  writeUint16(bytes, at + 8, fields.outboundStreams);
  writeUint16(bytes, at + 10, fields.inboundStreams);
  writeUint32(bytes, at + 12, fields.initialTsn);
}

function readFields(bytes: Uint8Array, at: number): InitFields {
  return {
    initiateTag: readUint32(bytes, at),
    receiveWindow: readUint32(bytes, at + 4),
    outboundStreams: readUint16(bytes, at + 8),
    inboundStreams: readUint16(bytes, at + 10),
    initialTsn: readUint32(bytes, at + 12),
  };
}

function signedPart(bytes: Uint8Array, peerKey: string): Uint8Array {
  const signed = new Uint8Array(CONTENT + 2 * peerKey.length);
  signed.set(bytes.subarray(0, CONTENT));
  for (let index = 0; index < peerKey.length; index++) {
    writeUint16(signed, CONTENT + 2 * index, peerKey.charCodeAt(index));
  }
  return signed;
}

/** Takes as long for MACs that differ at the first byte as for those that differ at the last. */
function isSame(expected: Uint8Array, given: Uint8Array): boolean {
  let difference = expected.length ^ given.length;
  for (let index = 0; index < given.length; index++) difference |= expected[index]! ^ given[index]!;
  return difference === 0;
}
