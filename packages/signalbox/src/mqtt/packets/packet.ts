// The fifteen Control Packets as one union, and the way from a whole packet in bytes to an object and back (§2.1).
// The packets themselves are in their own files.

import {
  MAXIMUM_VARIABLE_BYTE_INTEGER,
  readVariableByteInteger,
  variableByteIntegerSize,
} from '../../bytes/variable-byte-integer.ts';
import type { Writer } from '../../bytes/writer.ts';
import { malformed, UsageError } from '../errors.ts';
import { PacketReader } from '../packet-reader.ts';
import type { ReadLimits } from '../read-limits.ts';
import type { WireFormat } from '../wire-format.ts';
import { AUTH, type AuthInput, type AuthPacket } from './auth.ts';
import { CONNACK, type ConnackInput, type ConnackPacket } from './connack.ts';
import { CONNECT, type ConnectInput, type ConnectPacket } from './connect.ts';
import { DISCONNECT, type DisconnectInput, type DisconnectPacket } from './disconnect.ts';
import { checkFlags, firstByteOf, publishFirstByte, writeFixedHeader } from './fixed-header.ts';
import type { ReadingForm, WritingForm } from './packet-form.ts';
import { allocatePacket } from './packet-memory.ts';
import { PacketTypeNumber } from './packet-types.ts';
import { PINGREQ, PINGRESP, type PingreqPacket, type PingrespPacket } from './ping.ts';
import { measurePlainPublish, writePlainPublish } from './plain-publish.ts';
import { PUBACK, type PubackInput, type PubackPacket } from './puback.ts';
import { PUBCOMP, type PubcompInput, type PubcompPacket } from './pubcomp.ts';
import { PUBLISH, type PublishInput, type PublishPacket, readPublish } from './publish.ts';
import { PUBREC, type PubrecInput, type PubrecPacket } from './pubrec.ts';
import { PUBREL, type PubrelInput, type PubrelPacket } from './pubrel.ts';
import { SUBACK, type SubackInput, type SubackPacket } from './suback.ts';
import { SUBSCRIBE, type SubscribeInput, type SubscribePacket } from './subscribe.ts';
import { UNSUBACK, type UnsubackInput, type UnsubackPacket } from './unsuback.ts';
import { UNSUBSCRIBE, type UnsubscribeInput, type UnsubscribePacket } from './unsubscribe.ts';

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

type Reading = { readonly [T in Exclude<PacketType, 'publish'>]: ReadingForm<Extract<Packet, { type: T }>> };
type Writing = { readonly [T in PacketType]: WritingForm<Extract<PacketInput, { type: T }>> };

const FORMS: Reading & Writing = {
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

/** By packet type number; undefined at 0, which is reserved. */
const READING: (ReadingForm<Packet> | undefined)[] = [undefined];
/** By packet type name: a Map, because the name is the caller's. The type number travels along. */
const WRITING = new Map<string, { readonly firstByte: number; readonly form: WritingForm<PacketInput> }>();
for (const type of Object.keys(FORMS) as PacketType[]) {
  READING[PacketTypeNumber[type]] = FORMS[type] as ReadingForm<Packet>;
  WRITING.set(type, { firstByte: firstByteOf(PacketTypeNumber[type]), form: FORMS[type] as WritingForm<PacketInput> });
}

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
  const form = READING[type];
  if (form === undefined) throw malformed('packet type 0 is reserved');
  checkFlags(firstByte, format);
  const reader = new PacketReader(bytes, bodyStart, end);
  if (limits !== undefined) reader.limits = limits;
  return form.read(reader, format);
}

/** The size of the packet in bytes. Judges it as writePacket does and throws the same UsageError. */
export function packetSize(packet: PacketInput, format: WireFormat): number {
  const remainingLength = measure(packet, format);
  return 1 + variableByteIntegerSize(remainingLength) + remainingLength;
}

/**
 * The packet in bytes, exactly as many as it takes. Throws UsageError when anything is wrong with it. The bytes are the
 * caller's; their ArrayBuffer can be larger and hold other packets (never a CONNECT or AUTH).
 */
export function writePacket(packet: PacketInput, format: WireFormat): Uint8Array {
  if (packet.type === 'publish') {
    const plain = measurePlainPublish(packet, format);
    if (plain >= 0) {
      const bytes = allocatePacket(1 + variableByteIntegerSize(plain) + plain, 'publish');
      if (writePlainPublish(bytes, 0, plain, packet, format)) return bytes;
    }
  }
  const remainingLength = measure(packet, format);
  const bytes = allocatePacket(1 + variableByteIntegerSize(remainingLength) + remainingLength, packet.type);
  write(bytes, 0, remainingLength, packet, format);
  return bytes;
}

/** Appends the packet to `writer`. Throws UsageError when anything is wrong with it, and then nothing was written. */
export function writePacketTo(writer: Writer, packet: PacketInput, format: WireFormat): void {
  if (packet.type === 'publish') {
    const plain = measurePlainPublish(packet, format);
    if (plain >= 0) {
      const at = writer.reserve(1 + variableByteIntegerSize(plain) + plain);
      if (writePlainPublish(writer.bytes, at, plain, packet, format)) return;
      writer.length = at;
    }
  }
  const remainingLength = measure(packet, format);
  const at = writer.reserve(1 + variableByteIntegerSize(remainingLength) + remainingLength);
  write(writer.bytes, at, remainingLength, packet, format);
}

function measure(packet: PacketInput, format: WireFormat): number {
  const writing = WRITING.get(packet.type);
  if (writing === undefined) throw new UsageError('INVALID_ARGUMENT', `there is no packet type ${packet.type}`);
  const remainingLength = writing.form.measure(packet, format);
  if (remainingLength > MAXIMUM_VARIABLE_BYTE_INTEGER) {
    throw new UsageError('PACKET_TOO_LARGE', 'a packet has 268,435,455 bytes at most behind its fixed header');
  }
  return remainingLength;
}

/** Writes a packet that was measured. */
function write(
  target: Uint8Array,
  start: number,
  remainingLength: number,
  packet: PacketInput,
  format: WireFormat,
): void {
  const { firstByte, form } = WRITING.get(packet.type)!;
  const at = writeFixedHeader(
    target,
    start,
    packet.type === 'publish' ? publishFirstByte(packet) : firstByte,
    remainingLength,
  );
  form.write(target, at, at + remainingLength, packet, format);
}
