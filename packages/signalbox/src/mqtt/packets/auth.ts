// AUTH (§3.15): one step of an enhanced authentication, 5.0 only. Type, read and write.

import { malformed, protocolError, UsageError } from '../errors.ts';
import type { PacketReader } from '../packet-reader.ts';
import { type AuthProperties, NO_PROPERTIES, type PropertiesInput } from '../properties.ts';
import type { WireFormat } from '../wire-format.ts';
import { measureOutcome, readOutcome, writeOutcome } from './outcome.ts';
import type { WritingForm } from './packet-form.ts';

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

export function readAuth(reader: PacketReader, format: WireFormat): AuthPacket {
  if (format.protocolVersion < 5) throw malformed('packet type 15 is reserved before MQTT 5.0', 'MQTT-2.2.2-2@3.1.1'); // [MQTT-2.2.2-2@3.1.1]
  const isBare = reader.remaining < 2;
  const { reasonCode, properties } = readOutcome(reader, 'auth', format);
  if (properties.authenticationMethod === undefined && !(isBare || (reasonCode === 0 && properties === NO_PROPERTIES)))
    throw protocolError('there is no Authentication Method'); // §3.15.2.2.2; an AUTH of success may be bare
  return { type: 'auth', reasonCode, properties };
}

function measure(packet: AuthInput, format: WireFormat): number {
  if (format.protocolVersion < 5) throw new UsageError('NOT_ALLOWED', 'there is no AUTH before MQTT 5.0');
  const size = measureOutcome(packet, 'auth', format);
  if (size > 0 && packet.properties?.authenticationMethod === undefined) {
    throw new UsageError('INVALID_PROPERTY', 'an AUTH must have an authenticationMethod');
  }
  return size;
}

export const AUTH: WritingForm<AuthInput> = { firstByte: 0xf0, measure, write: writeOutcome };
