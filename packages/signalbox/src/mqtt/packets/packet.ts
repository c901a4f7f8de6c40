// The fifteen Control Packets as one union, and the way from a whole packet in bytes to an object and back (§2.1).
// The packets themselves are in their own files.

import type { GrowingBytes } from '../../bytes/growing-bytes.ts';
import { readVariableByteInteger, variableByteIntegerSize } from '../../bytes/variable-byte-integer.ts';
import { malformed, UsageError } from '../errors.ts';
import type { ReadLimits } from '../read-limits.ts';
import type { WireFormat } from '../wire-format.ts';
import { AUTH, type AuthInput, type AuthPacket, readAuth } from './auth.ts';
import { CONNACK, type ConnackInput, type ConnackPacket, readConnack } from './connack.ts';
import type { ConnectInput, ConnectPacket } from './connect.ts';
import { DISCONNECT, type DisconnectInput, type DisconnectPacket, readDisconnect } from './disconnect.ts';
import type { ReadBody, WritingForm } from './packet-form.ts';
import { allocatePacket } from './packet-memory.ts';
import { PACKET_TYPES, PacketTypeNumber } from './packet-types.ts';
import { PINGREQ, PINGRESP, type PingreqPacket, type PingrespPacket, readPingreq, readPingresp } from './ping.ts';
import { measurePlainPublish, writePlainPublish } from './plain-publish.ts';
import { PUBACK, type PubackInput, type PubackPacket, readPuback } from './puback.ts';
import { PUBCOMP, type PubcompInput, type PubcompPacket, readPubcomp } from './pubcomp.ts';
import { PUBLISH, type PublishInput, type PublishPacket, readPublish } from './publish.ts';
import { PUBREC, type PubrecInput, type PubrecPacket, readPubrec } from './pubrec.ts';
import { PUBREL, type PubrelInput, type PubrelPacket, readPubrel } from './pubrel.ts';
import { readConnect } from './read-connect.ts';
import { readWith } from './read-packet.ts';
import { readSuback, SUBACK, type SubackInput, type SubackPacket } from './suback.ts';
import { readSubscribe, SUBSCRIBE, type SubscribeInput, type SubscribePacket } from './subscribe.ts';
import { readUnsuback, UNSUBACK, type UnsubackInput, type UnsubackPacket } from './unsuback.ts';
import { readUnsubscribe, UNSUBSCRIBE, type UnsubscribeInput, type UnsubscribePacket } from './unsubscribe.ts';
import { CONNECT } from './write-connect.ts';
import { appendWith, measureWith, sizeWith, writeWith } from './write-packet.ts';

/** A packet as it is read: every field is there. */
export type Packet =
  | ConnectPacket
  | ConnackPacket
  | PublishPacket
  | PubackPacket
  | PubrecPacket
  | PubrelPacket
  | PubcompPacket
  | SubscribePacket
  | SubackPacket
  | UnsubscribePacket
  | UnsubackPacket
  | PingreqPacket
  | PingrespPacket
  | DisconnectPacket
  | AuthPacket;

/** A packet as a caller may write it: what has a default may be left out. Every Packet is one. */
export type PacketInput =
  | ConnectInput
  | ConnackInput
  | PublishInput
  | PubackInput
  | PubrecInput
  | PubrelInput
  | PubcompInput
  | SubscribeInput
  | SubackInput
  | UnsubscribeInput
  | UnsubackInput
  | PingreqPacket
  | PingrespPacket
  | DisconnectInput
  | AuthInput;

export type PacketType = Packet['type'];

type Reading = { readonly [T in Exclude<PacketType, 'publish'>]: ReadBody<Extract<Packet, { type: T }>> };
type Writing = { readonly [T in PacketType]: WritingForm<Extract<PacketInput, { type: T }>> };

const READING: Reading = {
  connect: readConnect,
  connack: readConnack,
  puback: readPuback,
  pubrec: readPubrec,
  pubrel: readPubrel,
  pubcomp: readPubcomp,
  subscribe: readSubscribe,
  suback: readSuback,
  unsubscribe: readUnsubscribe,
  unsuback: readUnsuback,
  pingreq: readPingreq,
  pingresp: readPingresp,
  disconnect: readDisconnect,
  auth: readAuth,
};

const WRITING: Writing = {
  connect: CONNECT,
  connack: CONNACK,
  publish: PUBLISH,
  puback: PUBACK,
  pubrec: PUBREC,
  pubrel: PUBREL,
  pubcomp: PUBCOMP,
  subscribe: SUBSCRIBE,
  suback: SUBACK,
  unsubscribe: UNSUBSCRIBE,
  unsuback: UNSUBACK,
  pingreq: PINGREQ,
  pingresp: PINGRESP,
  disconnect: DISCONNECT,
  auth: AUTH,
};

/** By packet type number; undefined at 0, which is reserved, and for PUBLISH. */
const READERS: readonly (ReadBody<Packet> | undefined)[] = /* @__PURE__ */ PACKET_TYPES.map((type) =>
  type === undefined || type === 'publish' ? undefined : READING[type],
);
/** By packet type name: a Map, because the name is the caller's. */
const FORMS: ReadonlyMap<string, WritingForm<PacketInput>> = /* @__PURE__ */ new Map(
  /* @__PURE__ */ Object.entries(WRITING as Readonly<Record<string, WritingForm<PacketInput>>>),
);

/**
 * Reads the one packet that [start, end) is. Byte fields of it (payload, password, correlation and authentication data)
 * are windows on `bytes`: copy what you keep. CONNECT is read in the version it announces. Throws PacketError.
 */
export function readPacket(bytes: Uint8Array, start: number, end: number, format: WireFormat): Packet {
  if (end - start < 2) throw malformed('the packet ends inside its fixed header');
  let remainingLength = bytes[start + 1]!;
  let bodyStart = start + 2;
  if (remainingLength >= 0x80) {
    remainingLength = readVariableByteInteger(bytes, start + 1, end);
    if (remainingLength < 0) throw malformed('the Remaining Length is malformed', 'MQTT-1.5.5-1'); // [MQTT-1.5.5-1]
    bodyStart = start + 1 + variableByteIntegerSize(remainingLength);
  }
  if (bodyStart + remainingLength !== end) throw malformed('the Remaining Length is not what follows');
  return readFramedPacket(bytes, start, bodyStart, end, format);
}

/** The same for a packet whose fixed header [start, bodyStart) was read by a Framer. `limits` are not for PUBLISH. */
export function readFramedPacket(
  bytes: Uint8Array,
  start: number,
  bodyStart: number,
  end: number,
  format: WireFormat,
  limits?: ReadLimits,
): Packet {
  const firstByte = bytes[start]!;
  const type = firstByte >> 4;
  if (type === PacketTypeNumber.publish) return readPublish(bytes, start, bodyStart, end, format);
  return readWith(READERS[type], firstByte, bytes, bodyStart, end, format, limits);
}

/** The size of the packet in bytes. Judges it as writePacket does and throws the same UsageError. */
export function packetSize(packet: PacketInput, format: WireFormat): number {
  return sizeWith(measureWith(formOf(packet), packet, format));
}

/**
 * The packet in bytes, exactly as many as it takes. Throws UsageError when anything is wrong with it. The bytes are the
 * caller's; their ArrayBuffer can be larger and hold other packets (never a CONNECT or AUTH).
 */
export function writePacket(packet: PacketInput, format: WireFormat): Uint8Array {
  if (packet.type === 'publish') {
    const plain = measurePlainPublish(packet, format);
    if (plain >= 0) {
      const bytes = allocatePacket(sizeWith(plain), 'publish');
      if (writePlainPublish(bytes, 0, plain, packet, format)) return bytes;
    }
  }
  const form = formOf(packet);
  const remainingLength = measureWith(form, packet, format);
  const bytes = allocatePacket(sizeWith(remainingLength), packet.type);
  writeWith(form, bytes, 0, remainingLength, packet, format);
  return bytes;
}

/** Appends the packet to `writer`. Throws UsageError when anything is wrong with it, and then nothing was written. */
export function writePacketTo(writer: GrowingBytes, packet: PacketInput, format: WireFormat): void {
  appendWith(formOf(packet), writer, packet, format);
}

/** PUBLISH is most of them and is not looked up. */
function formOf(packet: PacketInput): WritingForm<PacketInput> {
  const form = packet.type === 'publish' ? (PUBLISH as WritingForm<PacketInput>) : FORMS.get(packet.type);
  if (form === undefined) throw new UsageError('INVALID_ARGUMENT', `there is no packet type ${packet.type}`);
  return form;
}
