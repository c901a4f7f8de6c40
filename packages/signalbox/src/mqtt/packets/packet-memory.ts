// Memory for packets that are handed to the caller. Packets that hold a secret share it with nobody.

import { allocateShared } from '../../bytes/shared-chunks.ts';
import type { PacketType } from './packet.ts';

/** A Uint8Array of exactly `size` bytes, all 0, for a packet of that type. */
export function allocatePacket(size: number, type: PacketType): Uint8Array {
  return type === 'connect' || type === 'auth' ? new Uint8Array(size) : allocateShared(size);
}
