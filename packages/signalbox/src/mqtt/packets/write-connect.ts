// Writes CONNECT (§3.1) in the version it announces.

import { UsageError } from '../errors.ts';
import { WILL_BIT } from '../property-table.ts';
import type { ProtocolVersion, WireFormat } from '../wire-format.ts';
import { measureProperties, writeProperties } from '../write-properties.ts';
import type { ConnectInput, WillInput } from './connect.ts';
import { BRIDGE_BIT, ConnectFlag, OLD_PROTOCOL_NAME, PROTOCOL_NAME, WILL_QOS_SHIFT } from './connect-flags.ts';
import {
  invalid,
  measureBinary,
  measureText,
  measureTopicName,
  requireBoolean,
  requireInteger,
  requireQoS,
  writeBinary,
  writeText,
  writeU16,
} from './input-fields.ts';
import type { WritingForm } from './packet-form.ts';
import { PacketTypeNumber, packetTypeBit } from './packet-types.ts';

const CARRIER = packetTypeBit(PacketTypeNumber.connect);

function measure(packet: ConnectInput, format: WireFormat): number {
  const version = versionOf(packet, format);
  if (version !== 3 && version !== 4 && version !== 5) throw invalid('protocolVersion', '3, 4 or 5');
  const clientId = packet.clientId ?? '';
  const cleanStart = packet.cleanStart ?? true;
  requireBoolean(packet.bridge, 'bridge');
  requireBoolean(cleanStart, 'cleanStart');
  requireInteger(packet.keepAlive ?? 0, 0xffff, 'keepAlive');
  if (packet.bridge && version === 5) throw new UsageError('INVALID_ARGUMENT', 'there is no bridge bit in MQTT 5.0');
  if (clientId === '' && (version === 3 || (version === 4 && !cleanStart))) {
    throw new UsageError('INVALID_ARGUMENT', 'clientId must not be empty here'); // [MQTT-3.1.3-7@3.1.1]
  }
  if (version < 5 && packet.password !== undefined && packet.username === undefined) {
    throw new UsageError('INVALID_ARGUMENT', 'a password needs a username before MQTT 5.0'); // [MQTT-3.1.2-22@3.1.1]
  }
  let size = 2 + nameOf(version).length + 4; // the version, the flags and the keep alive follow the name
  size += measureProperties(packet.properties, CARRIER, version) + measureText(clientId, 'clientId');
  if (packet.will !== undefined) size += measureWill(packet.will, version);
  if (packet.username !== undefined) size += measureText(packet.username, 'username');
  if (packet.password !== undefined) size += measureBinary(packet.password, 'password');
  return size;
}

function measureWill(will: WillInput, version: ProtocolVersion): number {
  if (typeof will !== 'object' || will === null) throw invalid('will', 'an object');
  requireQoS(will.qos); // [MQTT-3.1.2-12]
  requireBoolean(will.retain, 'retain');
  return (
    measureProperties(will.properties, WILL_BIT, version) +
    measureTopicName(will.topicName, 'topicName') +
    measureBinary(will.payload ?? '', 'payload')
  );
}

function write(target: Uint8Array, start: number, _end: number, packet: ConnectInput, format: WireFormat): void {
  const version = versionOf(packet, format);
  const { will, username, password } = packet;
  let at = writeText(target, start, nameOf(version));
  target[at++] = packet.bridge ? version | BRIDGE_BIT : version;
  target[at++] = flagsOf(packet);
  at = writeU16(target, at, packet.keepAlive ?? 0);
  at = writeProperties(target, at, packet.properties, version);
  at = writeText(target, at, packet.clientId ?? ''); // [MQTT-3.1.3-1] [MQTT-3.1.3-1@3.1.1] [MQTT-3.1.3-3@3.1.1]
  if (will !== undefined) {
    at = writeProperties(target, at, will.properties, version);
    at = writeText(target, at, will.topicName);
    at = writeBinary(target, at, will.payload ?? '');
  }
  if (username !== undefined) at = writeText(target, at, username); // [MQTT-3.1.2-18@3.1.1] [MQTT-3.1.2-19@3.1.1]
  if (password !== undefined) writeBinary(target, at, password); // [MQTT-3.1.2-20@3.1.1] [MQTT-3.1.2-21@3.1.1]
}

function versionOf(packet: ConnectInput, format: WireFormat): ProtocolVersion {
  return packet.protocolVersion ?? format.protocolVersion;
}

function nameOf(version: ProtocolVersion): string {
  return version === 3 ? OLD_PROTOCOL_NAME : PROTOCOL_NAME; // [MQTT-3.1.2-1]
}

function flagsOf({ cleanStart, will, username, password }: ConnectInput): number {
  let flags = cleanStart === false ? 0 : ConnectFlag.CleanStart;
  if (will !== undefined) {
    flags |= ConnectFlag.Will | ((will.qos ?? 0) << WILL_QOS_SHIFT) | (will.retain ? ConnectFlag.WillRetain : 0); // [MQTT-3.1.2-9] [MQTT-3.1.2-9@3.1.1] [MQTT-3.1.2-11@3.1.1]
  }
  if (username !== undefined) flags |= ConnectFlag.UserName;
  return password === undefined ? flags : flags | ConnectFlag.Password;
}

export const CONNECT: WritingForm<ConnectInput> = { firstByte: 0x10, measure, write };
