// Reads CONNECT (§3.1). The version it announces decides how the rest is read.

import { malformed, PacketError } from '../errors.ts';
import type { PacketReader } from '../packet-reader.ts';
import { WILL_BIT } from '../property-table.ts';
import { readProperties } from '../read-properties.ts';
import { TOLERANCES } from '../tolerances.ts';
import type { ProtocolVersion, QoS, WireFormat } from '../wire-format.ts';
import type { ConnectPacket, Will } from './connect.ts';
import { BRIDGE_BIT, ConnectFlag, OLD_PROTOCOL_NAME, PROTOCOL_NAME, WILL_QOS_SHIFT } from './connect-flags.ts';
import { expectEnd, readTopicName, requireMethodWithData } from './packet-fields.ts';
import { PacketTypeNumber, packetTypeBit } from './packet-types.ts';

const CARRIER = packetTypeBit(PacketTypeNumber.connect);
const WILL_DETAILS = ConnectFlag.WillQoS | ConnectFlag.WillRetain;

export function readConnect(reader: PacketReader, { tolerances = 0 }: WireFormat): ConnectPacket {
  const protocolName = reader.utf8();
  const versionByte = reader.u8();
  const protocolVersion = requireVersion(protocolName, versionByte);
  const flags = readFlags(reader, protocolVersion, tolerances);
  const keepAlive = reader.u16();
  const properties = readProperties(reader, CARRIER, protocolVersion);
  requireMethodWithData(properties);
  let cleanStart = (flags & ConnectFlag.CleanStart) !== 0;
  const clientId = reader.utf8(); // [MQTT-3.1.3-3] [MQTT-3.1.3-4] [MQTT-3.1.3-1] [MQTT-3.1.3-3@3.1.1] [MQTT-3.1.3-4@3.1.1]
  const will = (flags & ConnectFlag.Will) === 0 ? undefined : readWill(reader, flags, protocolVersion); // [MQTT-3.1.2-9]
  const username = isPresent(reader, flags, ConnectFlag.UserName, protocolVersion) ? reader.utf8() : undefined; // [MQTT-3.1.2-16] [MQTT-3.1.2-17] [MQTT-3.1.3-12] [MQTT-3.1.3-11@3.1.1]
  const password = isPresent(reader, flags, ConnectFlag.Password, protocolVersion) // [MQTT-3.1.2-18] [MQTT-3.1.2-19]
    ? reader.raw(reader.u16())
    : undefined;
  expectEnd(reader);
  if (clientId === '' && protocolVersion !== 5 && (tolerances & TOLERANCES['empty-client-id']) !== 0) cleanStart = true;
  else requireClientId(clientId, cleanStart, protocolVersion);
  const bridge = (versionByte & BRIDGE_BIT) !== 0;
  return {
    type: 'connect',
    protocolVersion,
    bridge,
    clientId,
    cleanStart,
    keepAlive,
    username,
    password,
    will,
    properties,
  };
}

/** Each version has its own name; a name that belongs to another version is no version at all. */
function requireVersion(protocolName: string, versionByte: number): ProtocolVersion {
  if (protocolName === PROTOCOL_NAME) {
    if (versionByte === 5) return 5;
    if ((versionByte & ~BRIDGE_BIT) === 4) return 4;
  } else if (protocolName === OLD_PROTOCOL_NAME) {
    if ((versionByte & ~BRIDGE_BIT) === 3) return 3;
  } else {
    throw new PacketError('UNSUPPORTED_PROTOCOL_VERSION', 'the protocol name is not MQTT', 'MQTT-3.1.2-1'); // [MQTT-3.1.2-1] [MQTT-3.1.2-1@3.1.1]
  }
  throw new PacketError('UNSUPPORTED_PROTOCOL_VERSION', `there is no ${protocolName} ${versionByte}`, 'MQTT-3.1.2-2'); // [MQTT-3.1.2-2] [MQTT-3.1.2-2@3.1.1]
}

function readFlags(reader: PacketReader, protocolVersion: ProtocolVersion, tolerances: number): number {
  const flags = reader.u8();
  if ((flags & ConnectFlag.Reserved) !== 0) throw malformed('the reserved CONNECT flag is set', 'MQTT-3.1.2-3'); // [MQTT-3.1.2-3] [MQTT-3.1.2-3@3.1.1]
  if ((flags & ConnectFlag.Will) === 0) {
    // 3.1 disregards both when there is no will
    const isTolerated = protocolVersion === 3 || (tolerances & TOLERANCES['will-flags-without-will']) !== 0;
    if ((flags & WILL_DETAILS) !== 0 && !isTolerated) {
      const isQoS = (flags & ConnectFlag.WillQoS) !== 0;
      throw malformed('there is no will, but its QoS or retain is set', isQoS ? 'MQTT-3.1.2-11' : 'MQTT-3.1.2-13'); // [MQTT-3.1.2-11] [MQTT-3.1.2-13] [MQTT-3.1.2-13@3.1.1] [MQTT-3.1.2-15@3.1.1]
    }
  } else if ((flags & ConnectFlag.WillQoS) === ConnectFlag.WillQoS) {
    throw malformed('the QoS of the will is 3', 'MQTT-3.1.2-12'); // [MQTT-3.1.2-12] [MQTT-3.1.2-14@3.1.1]
  }
  if (isPasswordAlone(flags) && protocolVersion < 5 && (tolerances & TOLERANCES['password-without-username']) === 0) {
    throw malformed('there is a password without a user name', 'MQTT-3.1.2-22@3.1.1'); // [MQTT-3.1.2-22@3.1.1]
  }
  return flags;
}

function isPasswordAlone(flags: number): boolean {
  return (flags & ConnectFlag.Password) !== 0 && (flags & ConnectFlag.UserName) === 0;
}

function readWill(reader: PacketReader, flags: number, protocolVersion: ProtocolVersion): Will {
  const properties = readProperties(reader, WILL_BIT, protocolVersion);
  const topicName = readTopicName(reader); // [MQTT-3.1.3-11] [MQTT-3.1.3-10@3.1.1]
  const payload = reader.raw(reader.u16());
  const qos = ((flags & ConnectFlag.WillQoS) >> WILL_QOS_SHIFT) as QoS;
  return { topicName, payload, qos, retain: (flags & ConnectFlag.WillRetain) !== 0, properties };
}

/** In 3.1 a packet may end before a field its flags announce: the Remaining Length takes precedence. */
function isPresent(reader: PacketReader, flags: number, flag: number, protocolVersion: ProtocolVersion): boolean {
  return (flags & flag) !== 0 && !(protocolVersion === 3 && reader.remaining === 0);
}

/** Without a name only 5.0 can give one, and 3.1.1 for the time of the connection. */
function requireClientId(clientId: string, cleanStart: boolean, protocolVersion: ProtocolVersion): void {
  if (clientId !== '' || protocolVersion === 5 || (protocolVersion === 4 && cleanStart)) return;
  throw new PacketError('CLIENT_IDENTIFIER_NOT_VALID', 'the Client Identifier is empty', 'MQTT-3.1.3-8@3.1.1'); // [MQTT-3.1.3-7@3.1.1] [MQTT-3.1.3-8@3.1.1]
}
