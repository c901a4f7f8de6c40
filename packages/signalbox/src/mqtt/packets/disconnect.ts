// DISCONNECT (§3.14): the last packet of a connection. Type, read and write.

import type { PacketReader } from '../packet-reader.ts';
import { type DisconnectProperties, NO_PROPERTIES, type PropertiesInput } from '../properties.ts';
import { readProperties } from '../read-properties.ts';
import type { WireFormat } from '../wire-format.ts';
import { measureProperties, writeProperties } from '../write-properties.ts';
import { requireReasonCode } from './input-fields.ts';
import { expectEnd, readReasonCode } from './packet-fields.ts';
import type { WritingForm } from './packet-form.ts';
import { PacketTypeNumber, packetTypeBit } from './packet-types.ts';

export interface DisconnectPacket {
  readonly type: 'disconnect';
  /** 0 (normal disconnection) in 3.1 and 3.1.1. */
  readonly reasonCode: number;
  readonly properties: DisconnectProperties;
}

export interface DisconnectInput {
  readonly type: 'disconnect';
  readonly reasonCode?: number | undefined;
  readonly properties?: PropertiesInput<DisconnectProperties> | undefined;
}

const CARRIER = packetTypeBit(PacketTypeNumber.disconnect);

export function readDisconnect(reader: PacketReader, format: WireFormat): DisconnectPacket {
  const version = format.protocolVersion;
  let reasonCode = 0;
  let properties: DisconnectProperties = NO_PROPERTIES;
  if (version === 5 && reader.remaining > 0) {
    reasonCode = readReasonCode(reader, 'disconnect', version);
    if (reader.remaining > 0) properties = readProperties(reader, CARRIER, version);
  }
  expectEnd(reader);
  return { type: 'disconnect', reasonCode, properties };
}

function measure(packet: DisconnectInput, format: WireFormat): number {
  const version = format.protocolVersion;
  const reasonCode = packet.reasonCode ?? 0;
  requireReasonCode(reasonCode, 'disconnect', version);
  const propertiesSize = measureProperties(packet.properties, CARRIER, version);
  if (propertiesSize > 1) return 1 + propertiesSize;
  return reasonCode === 0 ? 0 : 1;
}

function write(target: Uint8Array, at: number, end: number, packet: DisconnectInput, format: WireFormat): void {
  if (at === end) return;
  target[at] = packet.reasonCode ?? 0;
  if (at + 1 < end) writeProperties(target, at + 1, packet.properties, format.protocolVersion);
}

export const DISCONNECT: WritingForm<DisconnectInput> = { firstByte: 0xe0, measure, write };
