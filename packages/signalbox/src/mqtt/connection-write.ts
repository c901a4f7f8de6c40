// Puts one packet into the writer of a connection within what the peer accepts: its Maximum Packet Size, and whether it
// wants to be told reasons. Changes nothing when it throws. §3.1.2.11.4, §3.1.2.11.7

import type { ConnectionCore } from './connection-core.ts';
import { UsageError } from './errors.ts';
import type { PacketInput, PacketType } from './packets/packet.ts';
import { writePacketTo } from './packets/packet.ts';

/** In these, a Reason String and User Properties are information about a problem, which may be left out. */
const EXPLAINING: ReadonlySet<PacketType> = new Set<PacketType>([
  'connack',
  'puback',
  'pubrec',
  'pubrel',
  'pubcomp',
  'suback',
  'unsuback',
  'disconnect',
  'auth',
]);

/** Writes the packet behind what is in the writer and returns where it starts. Throws UsageError. */
export function writeChecked<S>(core: ConnectionCore<S>, packet: PacketInput): number {
  const { writer } = core;
  const start = writer.length;
  const wantsReasons = core.peer.requestProblemInformation || packet.type === 'connack' || packet.type === 'disconnect';
  writePacketTo(writer, wantsReasons ? packet : withoutExplanation(packet), core.format); // [MQTT-3.1.2-29]
  if (writer.length - start <= core.peer.maximumPacketSize) return start;
  writer.length = start;
  // [MQTT-3.2.2-19] [MQTT-3.2.2-20] [MQTT-3.4.2-2] [MQTT-3.4.2-3] [MQTT-3.5.2-2] [MQTT-3.5.2-3] [MQTT-3.6.2-2] [MQTT-3.6.2-3]
  // [MQTT-3.7.2-2] [MQTT-3.7.2-3] [MQTT-3.9.2-1] [MQTT-3.9.2-2] [MQTT-3.11.2-1] [MQTT-3.11.2-2] [MQTT-3.14.2-3] [MQTT-3.14.2-4]
  // [MQTT-3.15.2-2] [MQTT-3.15.2-3]
  writePacketTo(writer, withoutExplanation(packet), core.format);
  if (writer.length - start <= core.peer.maximumPacketSize) return start;
  const size = writer.length - start;
  writer.length = start;
  throw new UsageError('PACKET_TOO_LARGE', `${size} bytes, and the peer accepts ${core.peer.maximumPacketSize}`); // [MQTT-3.1.2-24] [MQTT-3.2.2-15]
}

function withoutExplanation(packet: PacketInput): PacketInput {
  if (!EXPLAINING.has(packet.type) || !('properties' in packet) || packet.properties === undefined) return packet;
  return {
    ...packet,
    properties: { ...packet.properties, reasonString: undefined, userProperties: undefined },
  } as PacketInput;
}
