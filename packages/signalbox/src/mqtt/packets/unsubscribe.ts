// UNSUBSCRIBE (§3.10): gives up one or more topic filters. Type, read and write.

import { protocolError, UsageError } from '../errors.ts';
import type { PacketReader } from '../packet-reader.ts';
import type { PropertiesInput, UnsubscribeProperties } from '../properties.ts';
import { readProperties } from '../read-properties.ts';
import type { WireFormat } from '../wire-format.ts';
import { measureProperties, writeProperties } from '../write-properties.ts';
import { measurePacketIdentifier, measureTopicFilter, writePacketIdentifier, writeText } from './input-fields.ts';
import { readPacketIdentifier, readTopicFilter } from './packet-fields.ts';
import type { WritingForm } from './packet-form.ts';
import { PacketTypeNumber, packetTypeBit } from './packet-types.ts';

export interface UnsubscribePacket {
  readonly type: 'unsubscribe';
  readonly packetIdentifier: number;
  readonly topicFilters: readonly string[];
  readonly properties: UnsubscribeProperties;
}

export interface UnsubscribeInput {
  readonly type: 'unsubscribe';
  /** A Connection assigns it when absent. */
  readonly packetIdentifier?: number | undefined;
  /** One at least. */
  readonly topicFilters: readonly string[];
  readonly properties?: PropertiesInput<UnsubscribeProperties> | undefined;
}

const CARRIER = packetTypeBit(PacketTypeNumber.unsubscribe);

export function readUnsubscribe(reader: PacketReader, format: WireFormat): UnsubscribePacket {
  const packetIdentifier = readPacketIdentifier(reader, format);
  const properties = readProperties(reader, CARRIER, format.protocolVersion);
  if (reader.remaining === 0) throw protocolError('there is no Topic Filter', 'MQTT-3.10.3-2'); // [MQTT-3.10.3-2] [MQTT-3.10.3-2@3.1.1]
  const topicFilters: string[] = [];
  while (reader.remaining > 0) {
    topicFilters.push(readTopicFilter(reader)); // [MQTT-3.10.3-1] [MQTT-3.10.3-1@3.1.1]
    reader.countTopicFilters(topicFilters.length);
  }
  return { type: 'unsubscribe', packetIdentifier, topicFilters, properties };
}

function measure(packet: UnsubscribeInput, format: WireFormat): number {
  const topicFilters = packet.topicFilters;
  if (!Array.isArray(topicFilters) || topicFilters.length === 0) {
    throw new UsageError('INVALID_ARGUMENT', 'an UNSUBSCRIBE must have topicFilters'); // [MQTT-3.10.3-2]
  }
  let size =
    measurePacketIdentifier(packet.packetIdentifier, format) +
    measureProperties(packet.properties, CARRIER, format.protocolVersion);
  for (const topicFilter of packet.topicFilters) size += measureTopicFilter(topicFilter);
  return size;
}

function write(target: Uint8Array, start: number, _end: number, packet: UnsubscribeInput, format: WireFormat): void {
  let at = writePacketIdentifier(target, start, packet.packetIdentifier!, format);
  at = writeProperties(target, at, packet.properties, format.protocolVersion);
  for (const topicFilter of packet.topicFilters) at = writeText(target, at, topicFilter);
}

export const UNSUBSCRIBE: WritingForm<UnsubscribeInput> = { firstByte: 0xa2, measure, write };
