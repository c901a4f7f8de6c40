// The header in front of every MSIP frame: 24 bytes, big endian, and the numbers that stand in it. Knows no payload. §2

export const HEADER_SIZE = 24;
/** Where MSIP servers listen unless told otherwise. */
export const DEFAULT_PORT = 9000;
/** The only version there is. */
export const PROTOCOL_VERSION = 1;
/** The largest payload_len that can be expressed, in bytes. */
export const LARGEST_PAYLOAD_LENGTH = 0xffff_ffff;
/** The largest msg_id. */
export const LARGEST_MSG_ID = 0xffff_ffff_ffff_ffffn;

/** frame_type. */
export const FrameType = {
  Hello: 1,
  Subscribe: 2,
  Unsubscribe: 3,
  Publish: 4,
  Event: 5,
  Ack: 6,
  Error: 7,
  Ping: 8,
  Pong: 9,
  Close: 10,
} as const;

/** msg_kind: what a message is about. */
export const MsgKind = { Event: 1, Command: 2, State: 3, Log: 4, Metric: 5 } as const;
export type MsgKind = (typeof MsgKind)[keyof typeof MsgKind];

/** The bits of flags. The others are reserved: sent as 0, ignored on receipt. */
export const Flags = { None: 0, AckRequired: 1, Compressed: 2, Urgent: 4 } as const;

const MAGIC_AND_VERSION = [0x4d, 0x53, 0x49, 0x50, PROTOCOL_VERSION];
/** So many bytes say whether the peer speaks MSIP/1. */
export const PREFIX_SIZE = 5;
const KNOWN_FLAGS = 7;
const U32 = 0x1_0000_0000n;
/** With such an upper half an id is a number without loss. */
const LARGEST_EXACT_HIGH = 0x1f_ffff;
/** Up to here an id is a number without loss: bigints are divided many times slower. */
const LARGEST_EXACT = Number.MAX_SAFE_INTEGER;

/** Offsets within the header. */
const AT = { flags: 5, frameType: 6, msgKind: 8, reserved: 10, payloadLength: 12, msgId: 16 } as const;

/** msg_id as two numbers of 32 bits. */
export interface MsgIdHalves {
  readonly idHigh: number;
  readonly idLow: number;
}

/** The header of a frame of which nothing has been judged yet. */
export interface Header {
  flags: number;
  frameType: number;
  msgKind: number;
  /** Bytes behind the header. */
  payloadLength: number;
  /** The two halves of msg_id. */
  idHigh: number;
  idLow: number;
}

/** The offset in [0, count) of the first byte at `start` that cannot begin an MSIP/1 header; -1: they all can. */
export function wrongPrefixAt(bytes: Uint8Array, start: number, count: number): number {
  for (let i = 0; i < count; i++) {
    if (bytes[start + i] !== MAGIC_AND_VERSION[i]) return i;
  }
  return -1;
}

/** payload_len of the header at `start`, in bytes. */
export function readPayloadLength(bytes: Uint8Array, start: number): number {
  return readU32(bytes, start + AT.payloadLength);
}

/** Reads the 24 bytes at `start` into `header`; magic and version are not looked at. */
export function readHeader(bytes: Uint8Array, start: number, header: Header): void {
  header.flags = bytes[start + AT.flags]! & KNOWN_FLAGS; // [MSIP-2.2-2]
  header.frameType = (bytes[start + AT.frameType]! << 8) | bytes[start + AT.frameType + 1]!;
  header.msgKind = (bytes[start + AT.msgKind]! << 8) | bytes[start + AT.msgKind + 1]!;
  header.payloadLength = readU32(bytes, start + AT.payloadLength);
  header.idHigh = readU32(bytes, start + AT.msgId);
  header.idLow = readU32(bytes, start + AT.msgId + 4);
}

/** Writes 24 bytes at `at`; answers the offset behind them. */
export function writeHeader(bytes: Uint8Array, at: number, header: Header): number {
  for (let i = 0; i < PREFIX_SIZE; i++) bytes[at + i] = MAGIC_AND_VERSION[i]!;
  bytes[at + AT.flags] = header.flags;
  bytes[at + AT.frameType] = 0;
  bytes[at + AT.frameType + 1] = header.frameType;
  bytes[at + AT.msgKind] = 0;
  bytes[at + AT.msgKind + 1] = header.msgKind;
  bytes[at + AT.reserved] = 0; // [MSIP-2.1-5]
  bytes[at + AT.reserved + 1] = 0;
  writeU32(bytes, at + AT.payloadLength, header.payloadLength);
  writeU32(bytes, at + AT.msgId, header.idHigh);
  writeU32(bytes, at + AT.msgId + 4, header.idLow);
  return at + HEADER_SIZE;
}

/** msg_id of its two halves: all 64 bits of it. */
export function joinMsgId(high: number, low: number): bigint {
  if (high <= LARGEST_EXACT_HIGH) return BigInt(high * 0x1_0000_0000 + low); // one object instead of four
  return BigInt(high) * U32 + BigInt(low); // [MSIP-2.4-1]
}

/** The upper half of msg_id. */
export function highOf(msgId: bigint): number {
  const exact = Number(msgId);
  return exact <= LARGEST_EXACT ? Math.floor(exact / 0x1_0000_0000) : Number(msgId / U32);
}

/** The lower half of msg_id. */
export function lowOf(msgId: bigint): number {
  const exact = Number(msgId);
  return exact <= LARGEST_EXACT ? exact % 0x1_0000_0000 : Number(msgId % U32);
}

function readU32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0; // [MSIP-1-1]
}

function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24; // [MSIP-1-1]
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
