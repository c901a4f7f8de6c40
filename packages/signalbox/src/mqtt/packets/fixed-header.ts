// The fixed header (§2.1): packet type, flags and Remaining Length, as far as packets differ in it.

import { malformed } from '../errors.ts';
import { FIXED_HEADER_FLAGS } from '../tolerances.ts';
import type { WireFormat } from '../wire-format.ts';
import { PacketTypeNumber } from './packet-types.ts';

/** The lower four bits of the first byte that the standard prescribes, by packet type number. PUBLISH chooses its own. */
const FLAGS: readonly number[] = [0, 0, 0, 0, 0, 0, 2, 0, 2, 0, 2, 0, 0, 0, 0, 0];
const DUPLICATE = 8;

/** Statements of single packets; for the others it is the general one. */
const FLAG_STATEMENTS: Readonly<Record<number, string>> = {
  [PacketTypeNumber.pubrel]: 'MQTT-3.6.1-1', // [MQTT-3.6.1-1] [MQTT-3.6.1-1@3.1.1]
  [PacketTypeNumber.subscribe]: 'MQTT-3.8.1-1', // [MQTT-3.8.1-1] [MQTT-3.8.1-1@3.1.1]
  [PacketTypeNumber.unsubscribe]: 'MQTT-3.10.1-1', // [MQTT-3.10.1-1] [MQTT-3.10.1-1@3.1.1]
  [PacketTypeNumber.disconnect]: 'MQTT-3.14.1-1', // [MQTT-3.14.1-1] [MQTT-3.14.1-1@3.1.1]
  [PacketTypeNumber.auth]: 'MQTT-3.15.1-1', // [MQTT-3.15.1-1]
};

/** Judges the flags of any packet but PUBLISH. In 3.1 a resent PUBREL, SUBSCRIBE or UNSUBSCRIBE has the DUP flag. */
export function checkFlags(firstByte: number, { protocolVersion, tolerances = 0 }: WireFormat): void {
  const type = firstByte >> 4;
  const expected = FLAGS[type]!;
  const flags = firstByte & 15;
  if (flags === expected || (protocolVersion === 3 && expected !== 0 && flags === (expected | DUPLICATE))) return;
  if ((tolerances & FIXED_HEADER_FLAGS) !== 0) return;
  throw malformed('a reserved flag of the fixed header is wrong', FLAG_STATEMENTS[type] ?? 'MQTT-2.1.3-1'); // [MQTT-2.1.3-1] [MQTT-2.2.2-1@3.1.1] [MQTT-2.2.2-2@3.1.1]
}
