// CONNACK (§3.2): the server's answer to CONNECT. Type, read and write.

import { malformed, PacketError, protocolError, UsageError } from '../errors.ts';
import type { PacketReader } from '../packet-reader.ts';
import type { ConnackProperties, PropertiesInput } from '../properties.ts';
import { readProperties } from '../read-properties.ts';
import { UNACCEPTABLE_PROTOCOL_VERSION } from '../reason-codes.ts';
import type { WireFormat } from '../wire-format.ts';
import { measureProperties, writeProperties } from '../write-properties.ts';
import { requireBoolean, requireReasonCode } from './input-fields.ts';
import { expectEnd, readReasonCode, requireMethodWithData } from './packet-fields.ts';
import type { WritingForm } from './packet-form.ts';
import { PacketTypeNumber, packetTypeBit } from './packet-types.ts';

export interface ConnackPacket {
  readonly type: 'connack';
  /** 3.1 has no such bit: read as false and written as 0 there. */
  readonly sessionPresent: boolean;
  /** 5.0: a ReasonCode. 3.1 and 3.1.1: a ConnectReturnCode, 0 to 5. */
  readonly reasonCode: number;
  readonly properties: ConnackProperties;
}

export interface ConnackInput {
  readonly type: 'connack';
  readonly sessionPresent?: boolean | undefined;
  readonly reasonCode?: number | undefined;
  readonly properties?: PropertiesInput<ConnackProperties> | undefined;
}

const CARRIER = packetTypeBit(PacketTypeNumber.connack);

export function readConnack(reader: PacketReader, format: WireFormat): ConnackPacket {
  const version = format.protocolVersion;
  const flags = reader.u8();
  if (flags > 1) throw malformed('a reserved CONNACK flag is set', 'MQTT-3.2.2-1'); // [MQTT-3.2.2-1]
  if (version === 5 && isOldRefusal(reader)) {
    throw new PacketError('UNSUPPORTED_PROTOCOL_VERSION', 'the server speaks an older version of MQTT only');
  }
  const reasonCode = readReasonCode(reader, 'connack', version);
  if (flags === 1 && reasonCode !== 0 && version > 3) {
    throw protocolError('Session Present is set by a server that refuses', 'MQTT-3.2.2-6'); // [MQTT-3.2.2-6] [MQTT-3.2.2-4@3.1.1]
  }
  const properties = readProperties(reader, CARRIER, version);
  requireMethodWithData(properties);
  expectEnd(reader);
  return { type: 'connack', sessionPresent: flags === 1 && version > 3, reasonCode, properties };
}

/** How a server that knows only 3.1.1 answers a CONNECT of 5.0. Its form is no CONNACK of 5.0, but it says what is wrong. */
function isOldRefusal(reader: PacketReader): boolean {
  return reader.remaining === 1 && reader.bytes[reader.at] === UNACCEPTABLE_PROTOCOL_VERSION;
}

function measure(packet: ConnackInput, format: WireFormat): number {
  const version = format.protocolVersion;
  const reasonCode = packet.reasonCode ?? 0;
  requireReasonCode(reasonCode, 'connack', version);
  requireBoolean(packet.sessionPresent, 'sessionPresent');
  if (packet.sessionPresent && reasonCode !== 0) {
    throw new UsageError('INVALID_ARGUMENT', 'sessionPresent must be false when the connection is refused'); // [MQTT-3.2.2-6]
  }
  return 2 + measureProperties(packet.properties, CARRIER, version);
}

function write(target: Uint8Array, at: number, _end: number, packet: ConnackInput, format: WireFormat): void {
  target[at] = packet.sessionPresent && format.protocolVersion > 3 ? 1 : 0;
  target[at + 1] = packet.reasonCode ?? 0;
  writeProperties(target, at + 2, packet.properties, format.protocolVersion);
}

export const CONNACK: WritingForm<ConnackInput> = { firstByte: 0x20, measure, write };
