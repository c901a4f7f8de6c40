// Runs one whole packet through the codec and says what came out: the packet, or the refusal as plain data. The packet
// always lies in the middle of a larger buffer, so that reading outside its bounds changes the result. A PUBLISH goes
// through the hot lane as well, which must come to the same verdict.

import { expect } from 'vitest';
import { PacketError, UsageError } from '../../src/mqtt/errors.ts';
import type { Packet, PacketInput } from '../../src/mqtt/packets/packet.ts';
import { readPacket, writePacket } from '../../src/mqtt/packets/packet.ts';
import { readPublishView } from '../../src/mqtt/publish-properties.ts';
import { PublishView } from '../../src/mqtt/publish-view.ts';
import { TopicNames } from '../../src/mqtt/topic-names.ts';
import type { WireFormat } from '../../src/mqtt/wire-format.ts';

export const V5: WireFormat = { protocolVersion: 5, packetIdentifierSize: 2 };
export const V4: WireFormat = { protocolVersion: 4, packetIdentifierSize: 2 };
export const V3: WireFormat = { protocolVersion: 3, packetIdentifierSize: 2 };

export const MALFORMED = { code: 'MALFORMED_PACKET', reasonCode: 0x81 };
export const PROTOCOL_ERROR = { code: 'PROTOCOL_ERROR', reasonCode: 0x82 };

export interface Refusal {
  readonly code: string;
  readonly reasonCode: number;
  readonly statement: string | undefined;
}

export function read(bytes: Uint8Array, format: WireFormat = V5): Packet {
  const start = 5;
  const around = new Uint8Array(start + bytes.length + 9).fill(0x26); // 0x26 is a valid property identifier
  around.set(bytes, start);
  const end = start + bytes.length;
  const viaObject = attempt(() => readPacket(around, start, end, format));
  if (bytes[0]! >> 4 === 3) {
    const viaView = attempt(() => readThroughView(around, start, end, format));
    expect(comparable(viaView), 'the hot lane of PUBLISH').toEqual(comparable(viaObject));
  }
  if ('packet' in viaObject) return viaObject.packet;
  throw viaObject.error;
}

type Outcome = { readonly packet: Packet } | { readonly error: PacketError };

function attempt(action: () => Packet): Outcome {
  try {
    return { packet: action() };
  } catch (error) {
    if (error instanceof PacketError) return { error };
    throw error;
  }
}

function comparable(outcome: Outcome): Packet | Refusal {
  return 'packet' in outcome ? outcome.packet : refusalOf(outcome.error);
}

function refusalOf({ code, reasonCode, statement }: PacketError): Refusal {
  return { code, reasonCode, statement };
}

function readThroughView(around: Uint8Array, start: number, end: number, format: WireFormat): Packet {
  const view = new PublishView();
  let bodyStart = start + 1;
  while (around[bodyStart]! >= 0x80) bodyStart++;
  readPublishView(view, around, start, bodyStart + 1, end, format, new TopicNames({ limit: 16 }));
  return view.toPacket();
}

export function readAs<T extends Packet['type']>(
  type: T,
  bytes: Uint8Array,
  format: WireFormat = V5,
): Extract<Packet, { type: T }> {
  const packet = read(bytes, format);
  if (packet.type !== type) throw new Error(`expected ${type}, read ${packet.type}`);
  return packet as Extract<Packet, { type: T }>;
}

/** Why the codec does not take these bytes. Throws when it does. */
export function refusal(bytes: Uint8Array, format: WireFormat = V5): Refusal {
  let packet: Packet;
  try {
    packet = read(bytes, format);
  } catch (error) {
    if (error instanceof PacketError) return refusalOf(error);
    throw error;
  }
  throw new Error(`accepted: ${JSON.stringify(packet)}`);
}

/** The code of the UsageError with which the codec declines to write this. Throws when it does write. */
export function usageError(packet: PacketInput, format: WireFormat = V5): string {
  try {
    writePacket(packet, format);
  } catch (error) {
    if (error instanceof UsageError) return error.code;
    throw error;
  }
  throw new Error(`written: ${JSON.stringify(packet)}`);
}

export { writePacket };
