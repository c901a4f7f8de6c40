// SUBACK (§3.9): one code per topic filter of a SUBSCRIBE. Type, read and write.

import type { PacketReader } from '../packet-reader.ts';
import type { AcknowledgementProperties, PropertiesInput } from '../properties.ts';
import { readProperties } from '../read-properties.ts';
import type { WireFormat } from '../wire-format.ts';
import { measureProperties, writeProperties } from '../write-properties.ts';
import { measurePacketIdentifier, measureReasonCodes, writePacketIdentifier } from './input-fields.ts';
import { readPacketIdentifier, readReasonCodes } from './packet-fields.ts';
import type { WritingForm } from './packet-form.ts';
import { PacketTypeNumber, packetTypeBit } from './packet-types.ts';

export interface SubackPacket {
  readonly type: 'suback';
  readonly packetIdentifier: number;
  /** In the order of the topic filters: the granted QoS, or a code of 0x80 and above (3.1.1: 0x80; 3.1: none). */
  readonly reasonCodes: readonly number[];
  readonly properties: AcknowledgementProperties;
}

export interface SubackInput {
  readonly type: 'suback';
  readonly packetIdentifier: number;
  readonly reasonCodes: readonly number[];
  readonly properties?: PropertiesInput<AcknowledgementProperties> | undefined;
}

const CARRIER = packetTypeBit(PacketTypeNumber.suback);

export function readSuback(reader: PacketReader, format: WireFormat): SubackPacket {
  const version = format.protocolVersion;
  const packetIdentifier = readPacketIdentifier(reader, format);
  const properties = readProperties(reader, CARRIER, version);
  const reasonCodes = readReasonCodes(reader, 'suback', version); // [MQTT-3.9.3-1]
  return { type: 'suback', packetIdentifier, reasonCodes, properties };
}

function measure(packet: SubackInput, format: WireFormat): number {
  const version = format.protocolVersion;
  return (
    measurePacketIdentifier(packet.packetIdentifier, format) +
    measureProperties(packet.properties, CARRIER, version) +
    measureReasonCodes(packet.reasonCodes, 'suback', version)
  );
}

function write(target: Uint8Array, start: number, _end: number, packet: SubackInput, format: WireFormat): void {
  let at = writePacketIdentifier(target, start, packet.packetIdentifier, format);
  at = writeProperties(target, at, packet.properties, format.protocolVersion);
  for (const code of packet.reasonCodes) target[at++] = code;
}

export const SUBACK: WritingForm<SubackInput> = { firstByte: 0x90, measure, write };
