// What a peer did wrong, in words, for whoever wants to be told: CONNACK or DISCONNECT with a Reason String. §3.2.2.3.9,
// §3.14.2.2.3

import type { ConnectionCore } from './connection-core.ts';
import type { PacketError } from './errors.ts';

/** Characters: what goes before them takes one byte for each length then. */
const LONGEST_EXPLANATION = 110;
const REASON_STRING = 0x1f;

/** All of it ASCII; false when there is no room. */
export function explain<S>(
  core: ConnectionCore<S>,
  firstByte: number,
  head: readonly number[],
  { message }: PacketError,
): boolean {
  const text = message.slice(0, LONGEST_EXPLANATION).replace(/[^ -~]/g, '?');
  const size = head.length + 1 + 3 + text.length;
  if (2 + size > core.peer.maximumPacketSize) return false; // [MQTT-3.2.2-19] [MQTT-3.14.2-3]
  const characters = Array.from(text, (character) => character.charCodeAt(0));
  core.transmitBytes(firstByte, size, ...head, 3 + text.length, REASON_STRING, 0, text.length, ...characters);
  return true;
}
