// The body that PUBACK, PUBREC, PUBREL and PUBCOMP share (§3.4 to §3.7): a Packet Identifier, and in 5.0 a reason code
// and properties, which are left out from the end when they say nothing.

import type { PacketReader } from '../packet-reader.ts';
import type { AcknowledgementProperties, PropertiesInput } from '../properties.ts';
import type { WireFormat } from '../wire-format.ts';
import { measurePacketIdentifier, writePacketIdentifier } from './input-fields.ts';
import { measureOutcome, readOutcome, writeOutcome } from './outcome.ts';
import { readPacketIdentifier } from './packet-fields.ts';
import type { ReadBody, WritingForm } from './packet-form.ts';

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
  return (reader: PacketReader, format: WireFormat): Acknowledgement<T> => {
    const packetIdentifier = readPacketIdentifier(reader, format);
    const { reasonCode, properties } = readOutcome(reader, type, format);
    return { type, packetIdentifier, reasonCode, properties };
  };
}

/** How the body is written, for one of the four. */
export function acknowledgementForm<T extends AcknowledgementType>(
  type: T,
  firstByte: number,
): WritingForm<AcknowledgementInput<T>> {
  return {
    firstByte,
    measure: (packet, format) =>
      measurePacketIdentifier(packet.packetIdentifier, format) + measureOutcome(packet, type, format),
    write(target, start, end, packet, format) {
      writeOutcome(target, writePacketIdentifier(target, start, packet.packetIdentifier, format), end, packet, format);
    },
  };
}
