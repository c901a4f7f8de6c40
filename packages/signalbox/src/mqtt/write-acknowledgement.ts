// PUBACK, PUBREC, PUBREL and PUBCOMP without properties, straight into the writer: they are half of all packets at QoS 1
// and 2. §3.4 to §3.7

import type { ConnectionCore } from './connection-core.ts';

/** Returns where the packet starts. */
export function writeAcknowledgement<S>(
  core: ConnectionCore<S>,
  firstByte: number,
  packetIdentifier: number,
  reasonCode: number,
): number {
  const { writer } = core;
  const size = core.format.packetIdentifierSize + (reasonCode === 0 ? 0 : 1);
  const start = writer.reserve(2 + size);
  const bytes = writer.bytes;
  let at = start;
  bytes[at++] = firstByte;
  bytes[at++] = size;
  if (core.format.packetIdentifierSize === 4) {
    bytes[at++] = packetIdentifier >>> 24;
    bytes[at++] = packetIdentifier >>> 16;
  }
  bytes[at++] = packetIdentifier >>> 8;
  bytes[at++] = packetIdentifier;
  if (reasonCode !== 0) bytes[at] = reasonCode;
  return start;
}

export function transmitPubrel<S>(core: ConnectionCore<S>, packetIdentifier: number, reasonCode: number): void {
  core.transmit(writeAcknowledgement(core, 0x62, packetIdentifier, reasonCode));
}
