// UNSUBACK (§3.11): one code per topic filter of an UNSUBSCRIBE. Type, read and write.

import { UsageError } from '../errors.ts';
import type { PacketReader } from '../packet-reader.ts';
import type { AcknowledgementProperties, PropertiesInput } from '../properties.ts';
import { readProperties } from '../read-properties.ts';
import type { WireFormat } from '../wire-format.ts';
import { measureProperties, writeProperties } from '../write-properties.ts';
import { measurePacketIdentifier, measureReasonCodes, writePacketIdentifier } from './input-fields.ts';
import { expectEnd, readPacketIdentifier, readReasonCodes } from './packet-fields.ts';
import type { WritingForm } from './packet-form.ts';
import { PacketTypeNumber, packetTypeBit } from './packet-types.ts';

export interface UnsubackPacket {
  readonly type: 'unsuback';
  readonly packetIdentifier: number;
  /** In the order of the topic filters; empty in 3.1 and 3.1.1. */
  readonly reasonCodes: readonly number[];
  readonly properties: AcknowledgementProperties;
}

export interface UnsubackInput {
  readonly type: 'unsuback';
  readonly packetIdentifier: number;
  /** One at least in 5.0; absent or empty in 3.1 and 3.1.1. */
  readonly reasonCodes?: readonly number[] | undefined;
  readonly properties?: PropertiesInput<AcknowledgementProperties> | undefined;
}

const NO_CODES: readonly number[] = Object.freeze([]);
const CARRIER = packetTypeBit(PacketTypeNumber.unsuback);

export function readUnsuback(reader: PacketReader, format: WireFormat): UnsubackPacket {
  const version = format.protocolVersion;
  const packetIdentifier = readPacketIdentifier(reader, format);
  const properties = readProperties(reader, CARRIER, version);
  const reasonCodes = version === 5 ? readReasonCodes(reader, 'unsuback', version) : NO_CODES; // [MQTT-3.11.3-1]
  expectEnd(reader);
  return { type: 'unsuback', packetIdentifier, reasonCodes, properties };
}

function measure(packet: UnsubackInput, format: WireFormat): number {
  const version = format.protocolVersion;
  const codes = packet.reasonCodes ?? NO_CODES;
  const size =
    measurePacketIdentifier(packet.packetIdentifier, format) + measureProperties(packet.properties, CARRIER, version);
  if (version === 5) return size + measureReasonCodes(codes, 'unsuback', version);
  if (codes.length > 0) throw new UsageError('INVALID_ARGUMENT', 'an UNSUBACK has no reason codes before MQTT 5.0');
  return size;
}

function write(target: Uint8Array, start: number, _end: number, packet: UnsubackInput, format: WireFormat): void {
  let at = writePacketIdentifier(target, start, packet.packetIdentifier, format);
  at = writeProperties(target, at, packet.properties, format.protocolVersion);
  for (const code of packet.reasonCodes ?? NO_CODES) target[at++] = code;
}

export const UNSUBACK: WritingForm<UnsubackInput> = { firstByte: 0xb0, measure, write };
