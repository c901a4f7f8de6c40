// Fields that several packets have in common, read from a packet: Packet Identifier, reason code, topic names and
// filters, and nothing behind the last field. Everything throws PacketError.

import { malformed, PacketError, protocolError } from '../errors.ts';
import type { PacketReader } from '../packet-reader.ts';
import type { ConnackProperties, ConnectProperties } from '../properties.ts';
import { isReasonCodeAllowed, type ReasonedPacketType } from '../reason-code-table.ts';
import { QOS_AS_REASON_CODE } from '../tolerances.ts';
import { hasWildcards, validateTopicFilter } from '../topics.ts';
import type { ProtocolVersion, WireFormat } from '../wire-format.ts';

export function readPacketIdentifier(reader: PacketReader, format: WireFormat): number {
  const identifier = format.packetIdentifierSize === 2 ? reader.u16() : reader.u32();
  if (identifier === 0) throw protocolError('the Packet Identifier is 0', 'MQTT-2.2.1-3'); // [MQTT-2.2.1-3] [MQTT-2.2.1-4] [MQTT-2.3.1-1@3.1.1] [MQTT-2.3.1-4@3.1.1]
  return identifier;
}

/** The statement that demands one of the listed codes. */
const REASON_CODE_STATEMENTS: { readonly [T in ReasonedPacketType]: string } = {
  connack: 'MQTT-3.2.2-8', // [MQTT-3.2.2-8] [MQTT-3.2.2-6@3.1.1]
  puback: 'MQTT-3.4.2-1', // [MQTT-3.4.2-1]
  pubrec: 'MQTT-3.5.2-1', // [MQTT-3.5.2-1]
  pubrel: 'MQTT-3.6.2-1', // [MQTT-3.6.2-1]
  pubcomp: 'MQTT-3.7.2-1', // [MQTT-3.7.2-1]
  suback: 'MQTT-3.9.3-2', // [MQTT-3.9.3-2] [MQTT-3.9.3-2@3.1.1]
  unsuback: 'MQTT-3.11.3-2', // [MQTT-3.11.3-2]
  disconnect: 'MQTT-3.14.2-1', // [MQTT-3.14.2-1]
  auth: 'MQTT-3.15.2-1', // [MQTT-3.15.2-1]
};

export function readReasonCode(
  reader: PacketReader,
  type: ReasonedPacketType,
  protocolVersion: ProtocolVersion,
  tolerances = 0,
): number {
  const code = reader.u8();
  if (isReasonCodeAllowed(code, type, protocolVersion)) return code;
  if (code <= 2 && (tolerances & QOS_AS_REASON_CODE) !== 0 && (type === 'puback' || type === 'pubrec')) return 0;
  throw protocolError(`reason code ${code} does not belong into ${type.toUpperCase()}`, REASON_CODE_STATEMENTS[type]);
}

/** The reason codes up to the end of the packet, one at least. */
export function readReasonCodes(reader: PacketReader, type: 'suback' | 'unsuback', version: ProtocolVersion): number[] {
  if (reader.remaining === 0) throw protocolError('there is no reason code', REASON_CODE_STATEMENTS[type]);
  const codes: number[] = [];
  while (reader.remaining > 0) codes.push(readReasonCode(reader, type, version));
  return codes;
}

/** A Topic Name that must be one: no alias stands for it. */
export function readTopicName(reader: PacketReader): string {
  const topicName = reader.utf8();
  if (topicName === '') throw new PacketError('TOPIC_NAME_INVALID', 'the Topic Name is empty', 'MQTT-4.7.3-1'); // [MQTT-4.7.3-1]
  if (hasWildcards(topicName)) {
    throw new PacketError('TOPIC_NAME_INVALID', 'the Topic Name has wildcards', 'MQTT-4.7.0-1'); // [MQTT-4.7.0-1]
  }
  return topicName;
}

export function readTopicFilter(reader: PacketReader): string {
  const topicFilter = reader.utf8();
  const problem = validateTopicFilter(topicFilter);
  if (problem !== undefined) throw new PacketError('TOPIC_FILTER_INVALID', `not a Topic Filter: ${problem}`);
  return topicFilter;
}

/** Nothing may follow the last field. */
export function expectEnd(reader: PacketReader): void {
  if (reader.remaining > 0) throw malformed('the packet goes on behind its last field');
}

/** §3.1.2.11.10, §3.2.2.3.18: data belongs to a method. */
export function requireMethodWithData(properties: ConnectProperties | ConnackProperties): void {
  if (properties.authenticationData !== undefined && properties.authenticationMethod === undefined) {
    throw protocolError('there is Authentication Data without an Authentication Method');
  }
}
