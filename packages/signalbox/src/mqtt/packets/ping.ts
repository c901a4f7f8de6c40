// PINGREQ and PINGRESP (§3.12, §3.13): two bytes each, "are you there" and "yes".

import type { PacketReader } from '../packet-reader.ts';
import { expectEnd } from './packet-fields.ts';
import type { PacketForm } from './packet-form.ts';

export interface PingreqPacket {
  readonly type: 'pingreq';
}

export interface PingrespPacket {
  readonly type: 'pingresp';
}

function measure(): number {
  return 0;
}

function write(): void {} // the fixed header is all there is

export const PINGREQ: PacketForm<PingreqPacket, PingreqPacket> = {
  read(reader: PacketReader): PingreqPacket {
    expectEnd(reader);
    return { type: 'pingreq' };
  },
  measure,
  write,
};

export const PINGRESP: PacketForm<PingrespPacket, PingrespPacket> = {
  read(reader: PacketReader): PingrespPacket {
    expectEnd(reader);
    return { type: 'pingresp' };
  },
  measure,
  write,
};
