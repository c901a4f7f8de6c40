// What every packet's file offers: a function that reads what follows the fixed header, and a form that tells how long it
// will be and writes it. They are two exports, so that a program which only reads a packet does not carry its writing.

import type { GrowingBytes } from '../../bytes/growing-bytes.ts';
import type { PacketReader } from '../packet-reader.ts';
import type { WireFormat } from '../wire-format.ts';

/** Reads from behind the fixed header up to the end of the packet. Throws PacketError. */
export type ReadBody<Packet> = (reader: PacketReader, format: WireFormat) => Packet;

export interface WritingForm<Input> {
  /** Packet type and the flags that the standard prescribes. */
  readonly firstByte: number;
  /** Where the packet chooses its flags: in place of `firstByte`, for a packet that was measured. */
  firstByteOf?(packet: Input): number;
  /** A shorter way for most of them: appends the whole packet. False when this one is not so: then nothing was written. */
  appendPlain?(writer: GrowingBytes, packet: Input, format: WireFormat): boolean;
  /** Judges the whole packet and returns its Remaining Length. Throws UsageError. */
  measure(packet: Input, format: WireFormat): number;
  /** Fills [at, end) of `target`, which is exactly as long as `measure` said. */
  write(target: Uint8Array, at: number, end: number, packet: Input, format: WireFormat): void;
}
