// Writes one packet by every way there is and expects them to agree: what was written, or why it was refused.

import { expect } from 'vitest';
import { Writer } from '../../src/bytes/writer.ts';
import { UsageError } from '../../src/mqtt/errors.ts';
import { type PacketInput, packetSize, readPacket, writePacket, writePacketTo } from '../../src/mqtt/packets/packet.ts';
import type { ProtocolVersion, WireFormat } from '../../src/mqtt/wire-format.ts';
import { hex } from './annotated-bytes.ts';

export function formatOf(protocolVersion: ProtocolVersion, packetIdentifierSize: 2 | 4 = 2): WireFormat {
  return { protocolVersion, packetIdentifierSize };
}

/** The bytes in hexadecimal. The codec reads what it wrote. */
export function written(packet: PacketInput, protocolVersion: ProtocolVersion = 5): string {
  const format = formatOf(protocolVersion);
  const bytes = writePacket(packet, format);
  expect(packetSize(packet, format)).toBe(bytes.length);
  const writer = new Writer();
  writer.u16(0xbeef);
  writePacketTo(writer, packet, format);
  expect(hex(writer.take(2))).toBe(hex(bytes));
  expect(readPacket(bytes, 0, bytes.length, format).type).toBe(packet.type);
  return hex(bytes);
}

/** The code of the refusal. Nothing was written. Takes what the compiler would refuse already. */
export function refused(
  packet: unknown,
  protocolVersion: ProtocolVersion = 5,
  packetIdentifierSize: 2 | 4 = 2,
): string {
  const format = formatOf(protocolVersion, packetIdentifierSize);
  const writer = new Writer();
  writer.u16(0xbeef);
  const codes = [
    () => writePacket(packet as PacketInput, format),
    () => packetSize(packet as PacketInput, format),
    () => writePacketTo(writer, packet as PacketInput, format),
  ].map(codeOf);
  expect(writer.length, 'length of the Writer').toBe(2);
  expect(new Set(codes).size, codes.join()).toBe(1);
  return codes[0]!;
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof UsageError) return error.code;
    throw error;
  }
  throw new Error('written');
}
