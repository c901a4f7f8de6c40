// Writes one packet whose form the caller brings (§2.1): judged as a whole, then the fixed header and the rest.

import type { GrowingBytes } from '../../bytes/growing-bytes.ts';
import {
  MAXIMUM_VARIABLE_BYTE_INTEGER,
  variableByteIntegerSize,
  writeVariableByteInteger,
} from '../../bytes/variable-byte-integer.ts';
import { UsageError } from '../errors.ts';
import type { WireFormat } from '../wire-format.ts';
import type { PacketInput } from './packet.ts';
import type { WritingForm } from './packet-form.ts';

/** Bytes of a packet with this Remaining Length. */
export function sizeWith(remainingLength: number): number {
  return 1 + variableByteIntegerSize(remainingLength) + remainingLength;
}

/** Judges the packet and returns its Remaining Length. Throws UsageError. */
export function measureWith<Input>(form: WritingForm<Input>, packet: Input, format: WireFormat): number {
  const remainingLength = form.measure(packet, format);
  if (remainingLength > MAXIMUM_VARIABLE_BYTE_INTEGER) {
    throw new UsageError('PACKET_TOO_LARGE', 'a packet has 268,435,455 bytes at most behind its fixed header');
  }
  return remainingLength;
}

/** Writes a packet that was measured. */
export function writeWith<Input extends PacketInput>(
  form: WritingForm<Input>,
  target: Uint8Array,
  start: number,
  remainingLength: number,
  packet: Input,
  format: WireFormat,
): void {
  target[start] = form.firstByteOf === undefined ? form.firstByte : form.firstByteOf(packet);
  const at = writeVariableByteInteger(target, start + 1, remainingLength);
  form.write(target, at, at + remainingLength, packet, format);
}

/** Appends the packet to `writer`. Throws UsageError when anything is wrong with it, and then nothing was written. */
export function appendWith<Input extends PacketInput>(
  form: WritingForm<Input>,
  writer: GrowingBytes,
  packet: Input,
  format: WireFormat,
): void {
  if (form.appendPlain?.(writer, packet, format) === true) return;
  const remainingLength = measureWith(form, packet, format);
  const at = writer.reserve(sizeWith(remainingLength));
  writeWith(form, writer.bytes, at, remainingLength, packet, format);
}
