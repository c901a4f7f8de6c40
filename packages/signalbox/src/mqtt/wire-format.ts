// What decides how a packet looks on the wire. The protocol version is data: one code path reads it, there is never a
// second copy of the code per version. Packet Identifiers of 32 bits are our own option for broker-to-broker links.

/** 3 is MQTT 3.1 (`MQIsdp`), 4 is MQTT 3.1.1, 5 is MQTT 5.0: the number in the CONNECT packet. */
export type ProtocolVersion = 3 | 4 | 5;

export type QoS = 0 | 1 | 2;

/** Size of a Packet Identifier in bytes: 2 in every standard MQTT. */
export type PacketIdentifierSize = 2 | 4;

/** 65,535 or 4,294,967,295: also how many identifiers there are, 0 is none. */
export function largestIdentifier(size: PacketIdentifierSize): number {
  return size === 4 ? 0xffff_ffff : 0xffff;
}

export interface WireFormat {
  readonly protocolVersion: ProtocolVersion;
  readonly packetIdentifierSize: PacketIdentifierSize;
  /** Bits of TOLERANCES: mistakes that are overlooked when reading. Default 0: none. */
  readonly tolerances?: number;
}
