// What every packet's file offers: how to read what follows the fixed header, how long it will be, how to write it.

import type { PacketReader } from '../packet-reader.ts';
import type { WireFormat } from '../wire-format.ts';

export interface ReadingForm<Packet> {
  /** Reads from behind the fixed header up to the end of the packet. Throws PacketError. */
  read(reader: PacketReader, format: WireFormat): Packet;
}

export interface WritingForm<Input> {
  /** Judges the whole packet and returns its Remaining Length. Throws UsageError. */
  measure(packet: Input, format: WireFormat): number;
  /** Fills [at, end) of `target`, which is exactly as long as `measure` said. */
  write(target: Uint8Array, at: number, end: number, packet: Input, format: WireFormat): void;
}

export interface PacketForm<Packet, Input> extends ReadingForm<Packet>, WritingForm<Input> {}
