// The numbers of the fifteen Control Packets (§2.1.2).

import type { PacketType } from './packet.ts';

/** The upper four bits of the first byte, in rising order. 0 is reserved. */
export const PacketTypeNumber = {
  connect: 1,
  connack: 2,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  subscribe: 8,
  suback: 9,
  unsubscribe: 10,
  unsuback: 11,
  pingreq: 12,
  pingresp: 13,
  disconnect: 14,
  auth: 15,
} as const satisfies Record<PacketType, number>;

export type PacketTypeNumber = (typeof PacketTypeNumber)[PacketType];

/** The bit of a packet type wherever a set of them is kept in one integer. */
export function packetTypeBit(number: PacketTypeNumber): number {
  return 1 << number;
}

/** Packet types by their number; 0 is reserved. */
export const PACKET_TYPES: readonly (PacketType | undefined)[] = /* @__PURE__ */ (() => [
  undefined,
  ...(Object.keys(PacketTypeNumber) as PacketType[]),
])();
