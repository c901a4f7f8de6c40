// DISCONNECT (§3.14): the last packet of a connection. Type, read and write.

import type { PacketReader } from '../packet-reader.ts';
import type { DisconnectProperties, PropertiesInput } from '../properties.ts';
import type { WireFormat } from '../wire-format.ts';
import { measureOutcome, readOutcome, writeOutcome } from './outcome.ts';
import type { WritingForm } from './packet-form.ts';

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

export function readDisconnect(reader: PacketReader, format: WireFormat): DisconnectPacket {
  const { reasonCode, properties } = readOutcome(reader, 'disconnect', format);
  return { type: 'disconnect', reasonCode, properties };
}

function measure(packet: DisconnectInput, format: WireFormat): number {
  return measureOutcome(packet, 'disconnect', format);
}

export const DISCONNECT: WritingForm<DisconnectInput> = { firstByte: 0xe0, measure, write: writeOutcome };
