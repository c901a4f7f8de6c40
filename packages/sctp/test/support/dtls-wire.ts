// Records and handshake messages taken apart and made up, for tests that put them where they do not belong.

import { concat } from '../../src/dtls/byte-fields.ts';
import {
  HANDSHAKE_TYPES,
  type HandshakeType,
  readFragments,
  typeName,
  wholeMessage,
} from '../../src/dtls/handshake-message.ts';
import { ContentType, readRecords, writePlainRecord } from '../../src/dtls/record.ts';

/** Each record of a datagram as a datagram of its own. */
export function splitRecords(datagram: Uint8Array): Uint8Array[] {
  return readRecords(datagram).map(({ header, fragment }) => concat(header, fragment));
}

/** What a datagram has in it, for people: `client-hello`, `certificate`, `20@1` (something protected). */
export function contentsOf(datagram: Uint8Array): string[] {
  return readRecords(datagram).flatMap(({ type, epoch, fragment }) => {
    if (type !== ContentType.Handshake || epoch !== 0) return [`${type}@${epoch}`];
    return readFragments(fragment).map(({ type: id }) => typeName(id));
  });
}

/** A handshake message in the clear, in one record. */
export function plainMessage(
  type: HandshakeType | number,
  messageSequence: number,
  body: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const id = typeof type === 'number' ? type : HANDSHAKE_TYPES[type];
  return writePlainRecord(ContentType.Handshake, 1000, wholeMessage({ type: id, messageSequence, body }));
}

export function plainAlert(level: number, description: number): Uint8Array {
  return writePlainRecord(ContentType.Alert, 1000, Uint8Array.of(level, description));
}
