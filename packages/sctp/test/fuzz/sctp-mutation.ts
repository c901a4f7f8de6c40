// Changes to SCTP packets that leave them packets: the checksum is right again afterwards, or nobody would look further.

import { crc32c } from '../../src/sctp/crc32c.ts';

const EXTREMES = [
  0, 1, 2, 3, 4, 5, 11, 12, 13, 16, 0x7f, 0x80, 0xff, 0xfffe, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
];

export function sealed(packet: Buffer): Buffer {
  if (packet.length < 12) return packet;
  packet.writeUInt32LE(0, 8);
  packet.writeUInt32LE(crc32c(packet), 8);
  return packet;
}

function anyOf<T>(list: readonly T[], random: () => number): T {
  return list[random() % list.length]!;
}

/** One change; the header with ports and tag stays as it is. */
export function mutated(original: Uint8Array, others: readonly Uint8Array[], random: () => number): Buffer {
  const packet = Buffer.from(original);
  const at = 12 + (random() % Math.max(1, packet.length - 12));
  switch (random() % 8) {
    case 0:
      packet[at]! ^= 1 << (random() % 8);
      return sealed(packet);
    case 1:
      packet[at] = anyOf(EXTREMES, random);
      return sealed(packet);
    case 2:
      if (at + 2 <= packet.length) packet.writeUInt16BE(anyOf(EXTREMES, random) & 0xffff, at);
      return sealed(packet);
    case 3: {
      const place = at & ~3;
      if (place + 4 <= packet.length) packet.writeUInt32BE(anyOf(EXTREMES, random), place);
      return sealed(packet);
    }
    case 4:
      return sealed(packet.subarray(0, Math.max(12, at & ~3)));
    case 5: // the chunks of another packet behind
      return sealed(Buffer.concat([packet, Buffer.from(anyOf(others, random).subarray(12))]));
    case 6: // or in front
      return sealed(Buffer.concat([packet.subarray(0, 12), anyOf(others, random).subarray(12), packet.subarray(12)]));
    default: {
      // A number near what it was: TSNs and offsets a little off.
      const place = at & ~3;
      if (place + 4 <= packet.length)
        packet.writeUInt32BE((packet.readUInt32BE(place) + (random() % 9) - 4) >>> 0, place);
      return sealed(packet);
    }
  }
}
