// PINGREQ and PINGRESP (§3.12, §3.13): two bytes each, "are you there" and "yes".

import type { PacketReader } from '../packet-reader.ts';
import { expectEnd } from './packet-fields.ts';
import type { WritingForm } from './packet-form.ts';

export interface PingreqPacket {
  readonly type: 'pingreq';
}

export interface PingrespPacket {
  readonly type: 'pingresp';
}

export function readPingreq(reader: PacketReader): PingreqPacket {
  expectEnd(reader);
  return { type: 'pingreq' };
}

export function readPingresp(reader: PacketReader): PingrespPacket {
  expectEnd(reader);
  return { type: 'pingresp' };
}

function measure(): number {
  return 0;
}

function write(): void {} // the fixed header is all there is

export const PINGREQ: WritingForm<PingreqPacket> = { firstByte: 0xc0, measure, write };
export const PINGRESP: WritingForm<PingrespPacket> = { firstByte: 0xd0, measure, write };
