// How something ended: a reason code and properties, which are left out from the end when they say nothing. It is the rest
// of PUBACK, PUBREC, PUBREL, PUBCOMP, DISCONNECT and AUTH. §3.4.2.1, §3.14.2.1, §3.15.2.1

import type { PacketReader } from '../packet-reader.ts';
import { NO_PROPERTIES, type Properties, type PropertiesInput } from '../properties.ts';
import { readProperties } from '../read-properties.ts';
import type { ReasonedPacketType } from '../reason-code-table.ts';
import type { WireFormat } from '../wire-format.ts';
import { measureProperties, writeProperties } from '../write-properties.ts';
import { requireReasonCode } from './input-fields.ts';
import { expectEnd, readReasonCode } from './packet-fields.ts';
import { PacketTypeNumber, packetTypeBit } from './packet-types.ts';

export interface Outcome {
  readonly reasonCode: number;
  readonly properties: Properties;
}

export interface OutcomeInput {
  readonly reasonCode?: number | undefined;
  readonly properties?: PropertiesInput<Properties> | undefined;
}

/** Reads up to the end of the packet. Before 5.0 there is none on the wire, which is success. Throws PacketError. */
export function readOutcome(
  reader: PacketReader,
  type: ReasonedPacketType,
  { protocolVersion, tolerances }: WireFormat,
): Outcome {
  let reasonCode = 0;
  let properties: Properties = NO_PROPERTIES;
  if (protocolVersion === 5 && reader.remaining > 0) {
    reasonCode = readReasonCode(reader, type, protocolVersion, tolerances);
    if (reader.remaining > 0) properties = readProperties(reader, bitOf(type), protocolVersion);
  }
  expectEnd(reader);
  return { reasonCode, properties };
}

/** Its bytes. Throws UsageError. */
export function measureOutcome(
  { reasonCode = 0, properties }: OutcomeInput,
  type: ReasonedPacketType,
  { protocolVersion }: WireFormat,
): number {
  requireReasonCode(reasonCode, type, protocolVersion);
  const propertiesSize = measureProperties(properties, bitOf(type), protocolVersion);
  if (propertiesSize > 1) return 1 + propertiesSize;
  return reasonCode === 0 ? 0 : 1;
}

/** Fills [at, end). */
export function writeOutcome(
  target: Uint8Array,
  at: number,
  end: number,
  outcome: OutcomeInput,
  { protocolVersion }: WireFormat,
): void {
  if (at === end) return;
  target[at] = outcome.reasonCode ?? 0;
  if (at + 1 < end) writeProperties(target, at + 1, outcome.properties, protocolVersion);
}

function bitOf(type: ReasonedPacketType): number {
  return packetTypeBit(PacketTypeNumber[type]);
}
