// AUTH (§3.15): one step of an enhanced authentication, 5.0 only. Type, read and write.

import { malformed, protocolError, UsageError } from '../errors.ts';
import type { PacketReader } from '../packet-reader.ts';
import { type AuthProperties, NO_PROPERTIES, type PropertiesInput } from '../properties.ts';
import { readProperties } from '../read-properties.ts';
import type { WireFormat } from '../wire-format.ts';
import { measureProperties, writeProperties } from '../write-properties.ts';
import { requireReasonCode } from './input-fields.ts';
import { expectEnd, readReasonCode } from './packet-fields.ts';
import type { WritingForm } from './packet-form.ts';
import { PacketTypeNumber, packetTypeBit } from './packet-types.ts';

export interface AuthPacket {
  readonly type: 'auth';
  readonly reasonCode: number;
  readonly properties: AuthProperties;
}

/** `properties.authenticationMethod` must be there unless the reason code is 0 and there are no properties. */
export interface AuthInput {
  readonly type: 'auth';
  readonly reasonCode?: number | undefined;
  readonly properties?: PropertiesInput<AuthProperties> | undefined;
}

const CARRIER = packetTypeBit(PacketTypeNumber.auth);

export function readAuth(reader: PacketReader, format: WireFormat): AuthPacket {
  const version = format.protocolVersion;
  if (version < 5) throw malformed('packet type 15 is reserved before MQTT 5.0', 'MQTT-2.2.2-2@3.1.1'); // [MQTT-2.2.2-2@3.1.1]
  let reasonCode = 0;
  let properties: AuthProperties = NO_PROPERTIES;
  if (reader.remaining > 0) {
    reasonCode = readReasonCode(reader, 'auth', version);
    if (reader.remaining > 0) {
      properties = readProperties(reader, CARRIER, version);
      if (needsMethod(reasonCode, properties)) throw protocolError('there is no Authentication Method');
    }
  }
  expectEnd(reader);
  return { type: 'auth', reasonCode, properties };
}

/** §3.15.2.2.2; an AUTH of success may be bare. */
function needsMethod(reasonCode: number, properties: PropertiesInput<AuthProperties>): boolean {
  return properties.authenticationMethod === undefined && (reasonCode !== 0 || properties !== NO_PROPERTIES);
}

function measure(packet: AuthInput, format: WireFormat): number {
  const version = format.protocolVersion;
  if (version < 5) throw new UsageError('NOT_ALLOWED', 'there is no AUTH before MQTT 5.0');
  const reasonCode = packet.reasonCode ?? 0;
  requireReasonCode(reasonCode, 'auth', version);
  const propertiesSize = measureProperties(packet.properties, CARRIER, version);
  if (reasonCode === 0 && propertiesSize === 1) return 0;
  if (packet.properties?.authenticationMethod === undefined) {
    throw new UsageError('INVALID_PROPERTY', 'an AUTH must have an authenticationMethod');
  }
  return 1 + propertiesSize;
}

function write(target: Uint8Array, at: number, end: number, packet: AuthInput, format: WireFormat): void {
  if (at === end) return;
  target[at] = packet.reasonCode ?? 0;
  writeProperties(target, at + 1, packet.properties, format.protocolVersion);
}

export const AUTH: WritingForm<AuthInput> = { firstByte: 0xf0, measure, write };
