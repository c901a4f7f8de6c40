// The body that PUBACK, PUBREC, PUBREL and PUBCOMP share (§3.4 to §3.7): a Packet Identifier, and in 5.0 a reason code
// and properties, which are left out from the end when they say nothing.

import type { PacketReader } from '../packet-reader.ts';
import { type AcknowledgementProperties, NO_PROPERTIES, type PropertiesInput } from '../properties.ts';
import { readProperties } from '../read-properties.ts';
import type { WireFormat } from '../wire-format.ts';
import { measureProperties, writeProperties } from '../write-properties.ts';
import { measurePacketIdentifier, requireReasonCode, writePacketIdentifier } from './input-fields.ts';
import { expectEnd, readPacketIdentifier, readReasonCode } from './packet-fields.ts';
import type { ReadBody, WritingForm } from './packet-form.ts';
import { PacketTypeNumber, packetTypeBit } from './packet-types.ts';

type AcknowledgementType = 'puback' | 'pubrec' | 'pubrel' | 'pubcomp';

export interface Acknowledgement<T extends AcknowledgementType> {
  readonly type: T;
  readonly packetIdentifier: number;
  /** 0 (success) in 3.1 and 3.1.1. */
  readonly reasonCode: number;
  readonly properties: AcknowledgementProperties;
}

export interface AcknowledgementInput<T extends AcknowledgementType> {
  readonly type: T;
  readonly packetIdentifier: number;
  readonly reasonCode?: number | undefined;
  readonly properties?: PropertiesInput<AcknowledgementProperties> | undefined;
}

/** How the body is read, for one of the four. */
export function acknowledgementReader<T extends AcknowledgementType>(type: T): ReadBody<Acknowledgement<T>> {
  const carrier = packetTypeBit(PacketTypeNumber[type]);
  return (reader: PacketReader, format: WireFormat): Acknowledgement<T> => {
    const version = format.protocolVersion;
    const packetIdentifier = readPacketIdentifier(reader, format);
    let reasonCode = 0;
    let properties: AcknowledgementProperties = NO_PROPERTIES;
    if (version === 5 && reader.remaining > 0) {
      reasonCode = readReasonCode(reader, type, version);
      if (reader.remaining > 0) properties = readProperties(reader, carrier, version);
    }
    expectEnd(reader);
    return { type, packetIdentifier, reasonCode, properties };
  };
}

/** How the body is written, for one of the four. */
export function acknowledgementForm<T extends AcknowledgementType>(
  type: T,
  firstByte: number,
): WritingForm<AcknowledgementInput<T>> {
  const carrier = packetTypeBit(PacketTypeNumber[type]);

  function measure(packet: AcknowledgementInput<T>, format: WireFormat): number {
    const version = format.protocolVersion;
    const identifierSize = measurePacketIdentifier(packet.packetIdentifier, format);
    const reasonCode = packet.reasonCode ?? 0;
    requireReasonCode(reasonCode, type, version);
    const propertiesSize = measureProperties(packet.properties, carrier, version);
    if (propertiesSize > 1) return identifierSize + 1 + propertiesSize;
    return reasonCode === 0 ? identifierSize : identifierSize + 1;
  }

  return { firstByte, measure, write };
}

function write(
  target: Uint8Array,
  start: number,
  end: number,
  packet: AcknowledgementInput<AcknowledgementType>,
  format: WireFormat,
): void {
  const at = writePacketIdentifier(target, start, packet.packetIdentifier, format);
  if (at === end) return;
  target[at] = packet.reasonCode ?? 0;
  if (at + 1 < end) writeProperties(target, at + 1, packet.properties, format.protocolVersion);
}
