// Which packet may carry which reason code (§2.4 and the table in each packet's chapter), as the standard writes the codes:
// in hexadecimal. Their names are in reason-codes.ts; reading and writing a code is the packet's own affair.

import { PacketTypeNumber, packetTypeBit } from './packets/packet-types.ts';
import type { ReasonCode } from './reason-codes.ts';
import type { ProtocolVersion } from './wire-format.ts';

/** Packets with one reason code or a list of them. */
export type ReasonedPacketType =
  | 'connack'
  | 'puback'
  | 'pubrec'
  | 'pubrel'
  | 'pubcomp'
  | 'suback'
  | 'unsuback'
  | 'disconnect'
  | 'auth';

/** Allowed in 5.0. 8C stands in DISCONNECT by the overview of §2.4, though the table of §3.14.2.1 forgot it. */
const CODES: { readonly [T in ReasonedPacketType]: string } = {
  connack: '00 80-8A 8C 90 95 97 99-9D 9F',
  puback: '00 10 80 83 87 90 91 97 99',
  pubrec: '00 10 80 83 87 90 91 97 99',
  pubrel: '00 92',
  pubcomp: '00 92',
  suback: '00-02 80 83 87 8F 91 97 9E A1 A2',
  unsuback: '00 11 80 83 87 8F 91',
  disconnect: '00 04 80-83 87 89 8B-90 93-A2',
  auth: '00 18 19',
};

function codesOf(text: string): ReasonCode[] {
  const codes: number[] = [];
  for (const range of text.split(' ')) {
    const [first, last] = range.split('-').map((code) => Number.parseInt(code, 16));
    for (let code = first!; code <= (last ?? first!); code++) codes.push(code);
  }
  return codes as ReasonCode[];
}

/** The same as lists, for those who show or choose them. */
export const REASON_CODES: { readonly [T in ReasonedPacketType]: readonly ReasonCode[] } = /* @__PURE__ */ (() =>
  Object.fromEntries(Object.entries(CODES).map(([type, text]) => [type, codesOf(text)])))() as Record<
  ReasonedPacketType,
  ReasonCode[]
>;

/** By reason code: the set of packet types which may carry it in 5.0. */
const CARRIERS: Uint16Array = /* @__PURE__ */ (() => {
  const carriers = new Uint16Array(256);
  for (const type in CODES) {
    const bit = packetTypeBit(PacketTypeNumber[type as ReasonedPacketType]);
    for (const code of codesOf(CODES[type as ReasonedPacketType])) carriers[code]! |= bit;
  }
  return carriers;
})();

/** Whether a packet of this type may carry `code` in this version. Most have no code before 5.0, which reads as 0. */
export function isReasonCodeAllowed(code: number, type: ReasonedPacketType, protocolVersion: ProtocolVersion): boolean {
  if (protocolVersion === 5) return ((CARRIERS[code] ?? 0) & packetTypeBit(PacketTypeNumber[type])) !== 0;
  if (type === 'suback' && code === 0x80) return protocolVersion === 4; // a refused SUBACK entry came with 3.1.1
  const largest = type === 'connack' ? 5 : type === 'suback' ? 2 : 0;
  return Number.isInteger(code) && code >= 0 && code <= largest;
}
