// Writes frames. What is to be sent is judged as a whole before its first byte is written. §2, §3

import { copyBytes } from '../bytes/copy.ts';
import type { GrowingBytes } from '../bytes/growing-bytes.ts';
import { Utf8, utf8Length, writeUtf8 } from '../bytes/utf8.ts';
import { MsipUsageError } from './errors.ts';
import { FRAME_KINDS, type FrameInput } from './frame.ts';
import { HEADER_SIZE, highOf, LARGEST_MSG_ID, LARGEST_PAYLOAD_LENGTH, lowOf, MsgKind, writeHeader } from './header.ts';
import { type HelloPayload, helloSize, writeHello } from './hello.ts';

const NOTHING = new Uint8Array(0);
const LONGEST_TOPIC = 0xffff;
const ALL_FLAGS = 7;

/** What a frame consists of, each part judged. */
export interface FrameParts {
  readonly frameType: number;
  readonly flags: number;
  readonly msgKind: number;
  readonly msgId: bigint;
  readonly payloadLength: number;
  /** Writes so many bytes at `at`. */
  readonly writePayload: (bytes: Uint8Array, at: number) => void;
}

/**
 * A frame in bytes of its own.
 * @throws {MsipUsageError} when it cannot be written.
 */
export function writeFrame(frame: FrameInput): Uint8Array {
  const parts = judgeFrame(frame);
  const bytes = new Uint8Array(HEADER_SIZE + parts.payloadLength);
  writeParts(bytes, 0, parts);
  return bytes;
}

/** Appends a frame; answers where it starts. */
export function appendParts(target: GrowingBytes, parts: FrameParts): number {
  const start = target.reserve(HEADER_SIZE + parts.payloadLength);
  writeParts(target.bytes, start, parts);
  return start;
}

/**
 * Whether a frame can be written, and how.
 * @throws {MsipUsageError} when it cannot.
 */
export function judgeFrame(frame: FrameInput): FrameParts {
  const { type, flags = 0, msgKind = MsgKind.Event, msgId = 0n } = frame;
  const frameType = FRAME_KINDS.indexOf(type);
  if (frameType < 1) throw new MsipUsageError('INVALID_ARGUMENT', `type: there is no frame ${String(type)}`);
  if (!Number.isInteger(flags) || flags < 0 || flags > ALL_FLAGS) {
    throw new MsipUsageError('INVALID_ARGUMENT', 'flags: bits of Flags, 0 to 7'); // [MSIP-2.2-1]
  }
  if (!Number.isInteger(msgKind) || msgKind < 1 || msgKind > 5) {
    throw new MsipUsageError('INVALID_ARGUMENT', 'msgKind: one of MsgKind, 1 to 5');
  }
  if (typeof msgId !== 'bigint' || msgId < 0n || msgId > LARGEST_MSG_ID) {
    throw new MsipUsageError('INVALID_ARGUMENT', 'msgId: a bigint from 0n to 2^64 − 1');
  }
  const payload = payloadOf(frame);
  if (payload.payloadLength > LARGEST_PAYLOAD_LENGTH) {
    throw new MsipUsageError('PAYLOAD_TOO_LARGE', `a payload has at most ${LARGEST_PAYLOAD_LENGTH} bytes`);
  }
  return { frameType, flags, msgKind, msgId, ...payload };
}

type Payload = Pick<FrameParts, 'payloadLength' | 'writePayload'>;

function payloadOf(frame: FrameInput): Payload {
  switch (frame.type) {
    case 'hello':
      return helloOf(frame);
    case 'subscribe':
    case 'unsubscribe':
      return textPayload(frame.topic, topicLength(frame.topic));
    case 'publish':
    case 'event':
      return messageOf(frame.topic, frame.message ?? NOTHING);
    case 'ack':
      return bytesPayload(frame.payload ?? NOTHING);
    case 'error': {
      const text = frame.text ?? '';
      return textPayload(text, textLength(text, 'text'));
    }
    default:
      return bytesPayload(NOTHING);
  }
}

function helloOf({ clientId = '', username, password }: Extract<FrameInput, { type: 'hello' }>): Payload {
  if (password !== undefined && username === undefined) {
    throw new MsipUsageError('INVALID_ARGUMENT', 'password: needs a username');
  }
  for (const [name, text] of [
    ['clientId', clientId],
    ['username', username === undefined ? '' : username],
  ] as const) {
    if (typeof text !== 'string' || utf8Length(text) < 0) {
      throw new MsipUsageError('INVALID_STRING', `${name}: text without U+0000 and lone surrogates`); // [MSIP-9-1]
    }
  }
  const secret = typeof password === 'string' ? encode(password, 'password') : password;
  if (secret !== undefined && !(secret instanceof Uint8Array)) {
    throw new MsipUsageError('INVALID_ARGUMENT', 'password: text or bytes');
  }
  const payload: HelloPayload = { clientId, username, password: secret };
  return { payloadLength: helloSize(payload), writePayload: (bytes, at) => void writeHello(bytes, at, payload) };
}

function messageOf(topic: string, message: Uint8Array | string): Payload {
  const size = topicLength(topic);
  const content = typeof message === 'string' ? undefined : bytesPayload(message);
  const body = content ?? textPayload(message as string, textLength(message as string, 'message'));
  return {
    payloadLength: 2 + size + body.payloadLength,
    writePayload: (bytes, at) => {
      bytes[at] = size >>> 8;
      bytes[at + 1] = size;
      body.writePayload(bytes, writeUtf8(bytes, at + 2, topic));
    },
  };
}

function textPayload(text: string, payloadLength: number): Payload {
  return { payloadLength, writePayload: (bytes, at) => void writeUtf8(bytes, at, text) };
}

function bytesPayload(content: Uint8Array): Payload {
  if (!(content instanceof Uint8Array))
    throw new MsipUsageError('INVALID_ARGUMENT', 'a payload is text or a Uint8Array');
  return {
    payloadLength: content.length,
    writePayload: (bytes, at) => copyBytes(bytes, at, content, 0, content.length),
  };
}

function topicLength(topic: string): number {
  const length = typeof topic === 'string' ? utf8Length(topic) : Utf8.Malformed;
  if (length < 0) throw new MsipUsageError('INVALID_STRING', 'topic: text without U+0000 and lone surrogates');
  if (length > LONGEST_TOPIC) throw new MsipUsageError('INVALID_STRING', `topic: more than ${LONGEST_TOPIC} bytes`);
  return length;
}

/** Of text that may hold U+0000. */
function textLength(text: string, name: string): number {
  let total = 0;
  for (const part of typeof text === 'string' ? text.split('\0') : ['\ud800']) {
    const length = utf8Length(part);
    if (length < 0) throw new MsipUsageError('INVALID_STRING', `${name}: text without lone surrogates`);
    total += length + 1;
  }
  return total - 1;
}

function encode(text: string, name: string): Uint8Array {
  const bytes = new Uint8Array(textLength(text, name));
  writeUtf8(bytes, 0, text);
  return bytes;
}

function writeParts(bytes: Uint8Array, start: number, parts: FrameParts): void {
  const { frameType, flags, msgKind, payloadLength, msgId } = parts;
  const header = { frameType, flags, msgKind, payloadLength, idHigh: highOf(msgId), idLow: lowOf(msgId) };
  parts.writePayload(bytes, writeHeader(bytes, start, header));
}
