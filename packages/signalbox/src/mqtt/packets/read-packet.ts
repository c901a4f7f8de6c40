// Reads one packet of a known type from its bytes (§2.1): the flags, then what follows the fixed header. Which types can
// come is the caller's choice, so it brings the function that reads the body.

import { malformed } from '../errors.ts';
import { PacketReader } from '../packet-reader.ts';
import type { ReadLimits } from '../read-limits.ts';
import type { WireFormat } from '../wire-format.ts';
import { checkFlags } from './fixed-header.ts';
import type { ReadBody } from './packet-form.ts';

/** The packet whose first byte is given and whose rest is [bodyStart, end). `readBody` is absent for type 0. Throws PacketError. */
export function readWith<Packet>(
  readBody: ReadBody<Packet> | undefined,
  firstByte: number,
  bytes: Uint8Array,
  bodyStart: number,
  end: number,
  format: WireFormat,
  limits: ReadLimits | undefined,
): Packet {
  if (readBody === undefined) throw malformed('packet type 0 is reserved');
  checkFlags(firstByte, format);
  const reader = new PacketReader(bytes, bodyStart, end);
  if (limits !== undefined) reader.limits = limits;
  return readBody(reader, format);
}
