// Packets written and read by hand for tests: what they look like is not what the code under test says they look like.

import { crc32c } from '../../src/sctp/crc32c.ts';

export interface ChunkOf {
  readonly type: number;
  readonly flags?: number;
  readonly body?: Uint8Array;
}

export interface PacketOf {
  readonly source?: number;
  readonly destination?: number;
  readonly tag: number;
  readonly chunks: readonly ChunkOf[];
}

export function packetOf({ source = 5000, destination = 5000, tag, chunks }: PacketOf): Uint8Array {
  const parts = chunks.map(({ type, flags = 0, body = new Uint8Array(0) }) => {
    const chunk = Buffer.alloc((4 + body.length + 3) & ~3);
    chunk[0] = type;
    chunk[1] = flags;
    chunk.writeUInt16BE(4 + body.length, 2);
    chunk.set(body, 4);
    return chunk;
  });
  const packet = Buffer.concat([Buffer.alloc(12), ...parts]);
  packet.writeUInt16BE(source, 0);
  packet.writeUInt16BE(destination, 2);
  packet.writeUInt32BE(tag >>> 0, 4);
  packet.writeUInt32LE(crc32c(packet), 8);
  return new Uint8Array(packet);
}

export interface ParsedPacket {
  readonly source: number;
  readonly destination: number;
  readonly tag: number;
  readonly chunks: readonly { readonly type: number; readonly flags: number; readonly body: Buffer }[];
}

export function parsePacket(bytes: Uint8Array): ParsedPacket {
  const packet = Buffer.from(bytes);
  const chunks: { type: number; flags: number; body: Buffer }[] = [];
  for (let at = 12; at < packet.length; ) {
    const length = packet.readUInt16BE(at + 2);
    chunks.push({ type: packet[at]!, flags: packet[at + 1]!, body: packet.subarray(at + 4, at + length) });
    at += (length + 3) & ~3;
  }
  const [source, destination, tag] = [packet.readUInt16BE(0), packet.readUInt16BE(2), packet.readUInt32BE(4)];
  return { source, destination, tag, chunks };
}

/** Numbers of 32 bits, one behind the other. */
export function words(...numbers: number[]): Uint8Array {
  const bytes = Buffer.alloc(4 * numbers.length);
  for (const [index, number] of numbers.entries()) bytes.writeUInt32BE(number >>> 0, 4 * index);
  return new Uint8Array(bytes);
}

/** The body of an INIT. */
export function initOf(
  tag: number,
  { window = 100_000, out = 10, into = 10, tsn = 1, parameters = new Uint8Array(0) as Uint8Array } = {},
): Uint8Array {
  return Buffer.concat([words(tag, window, out * 65_536 + into, tsn), parameters]);
}

/** The body of DATA. */
export function dataOf(
  tsn: number,
  { stream = 0, sequence = 0, ppid = 0, bytes = Uint8Array.of(1, 2, 3) } = {},
): Uint8Array {
  return Buffer.concat([words(tsn, stream * 65_536 + sequence, ppid), bytes]);
}

export function parameterOf(type: number, value: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc((4 + value.length + 3) & ~3);
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(4 + value.length, 2);
  bytes.set(value, 4);
  return bytes;
}
