// Puts one packet into the writer of a connection within what the peer accepts: its Maximum Packet Size, and whether it
// wants to be told reasons. Changes nothing when it throws. §3.1.2.11.4, §3.1.2.11.7

import type { ConnectionCore } from './connection-core.ts';
import { UsageError } from './errors.ts';
import type { PacketInput } from './packets/packet.ts';
import type { WritingForm } from './packets/packet-form.ts';
import { appendWith, measureWith } from './packets/write-packet.ts';
import { ANSWERS } from './property-table.ts';

/** Writes the packet behind what is in the writer and returns where it starts. Throws UsageError. */
export function writeChecked<S>(core: ConnectionCore<S>, packet: PacketInput): number {
  const { writer, format } = core;
  const form = formOf(core, packet);
  const start = writer.length;
  const wantsReasons = core.peer.requestProblemInformation || packet.type === 'connack' || packet.type === 'disconnect';
  appendWith(form, writer, wantsReasons ? packet : withoutExplanation(packet, form), format); // [MQTT-3.1.2-29]
  if (writer.length - start <= core.peer.maximumPacketSize) return start;
  writer.length = start;
  // [MQTT-3.2.2-19] [MQTT-3.2.2-20] [MQTT-3.4.2-2] [MQTT-3.4.2-3] [MQTT-3.5.2-2] [MQTT-3.5.2-3] [MQTT-3.6.2-2] [MQTT-3.6.2-3]
  // [MQTT-3.7.2-2] [MQTT-3.7.2-3] [MQTT-3.9.2-1] [MQTT-3.9.2-2] [MQTT-3.11.2-1] [MQTT-3.11.2-2] [MQTT-3.14.2-3] [MQTT-3.14.2-4]
  // [MQTT-3.15.2-2] [MQTT-3.15.2-3]
  appendWith(form, writer, withoutExplanation(packet, form), format);
  if (writer.length - start <= core.peer.maximumPacketSize) return start;
  const size = writer.length - start;
  writer.length = start;
  throw new UsageError('PACKET_TOO_LARGE', `${size} bytes, and the peer accepts ${core.peer.maximumPacketSize}`); // [MQTT-3.1.2-24] [MQTT-3.2.2-15]
}

/** In an answer, a Reason String and User Properties are information about a problem, which may be left out. */
function withoutExplanation(packet: PacketInput, { firstByte }: WritingForm<PacketInput>): PacketInput {
  if ((ANSWERS & (1 << (firstByte >> 4))) === 0 || !('properties' in packet) || packet.properties === undefined)
    return packet;
  return {
    ...packet,
    properties: { ...packet.properties, reasonString: undefined, userProperties: undefined },
  } as PacketInput;
}

/** Judges a packet that is to be written later. Throws UsageError. */
export function measureChecked<S>(core: ConnectionCore<S>, packet: PacketInput): void {
  measureWith(formOf(core, packet), packet, core.format);
}

function formOf<S>(core: ConnectionCore<S>, packet: PacketInput): WritingForm<PacketInput> {
  return core.sending.outgoing[packet.type]!.form as WritingForm<PacketInput>;
}
