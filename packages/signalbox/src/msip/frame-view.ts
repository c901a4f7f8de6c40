// A frame where it lies: one object is loaded again and again, so that a message which is only passed on costs no allocation.
// Valid until the call that handed it out returns. §2, §3

import { checkUtf8, readUtf8, Utf8 } from '../bytes/utf8.ts';
import { FrameError, type FrameErrorCode } from './errors.ts';
import { FRAME_KINDS, type Frame, type FrameKind } from './frame.ts';
import { Flags, FrameType, HEADER_SIZE, type Header, joinMsgId, readHeader } from './header.ts';
import { readHello } from './hello.ts';

const LAST_FRAME_TYPE = FrameType.Close;
const LAST_MSG_KIND = 5;
const NOTHING = new Uint8Array(0);

export class FrameView implements Header {
  flags = 0;
  frameType = 0;
  msgKind = 0;
  payloadLength = 0;
  idHigh = 0;
  idLow = 0;
  buffer: Uint8Array = NOTHING;
  payloadStart = 0;
  payloadEnd = 0;
  /** Of PUBLISH and EVENT: the topic is [payloadStart + 2, messageStart), the message what follows. */
  messageStart = 0;

  /** The frame in [start, end) of `buffer`; answers what is wrong with it. */
  load(buffer: Uint8Array, start: number, end: number): FrameError | undefined {
    readHeader(buffer, start, this);
    this.buffer = buffer;
    this.payloadStart = start + HEADER_SIZE;
    this.payloadEnd = end;
    const { frameType, msgKind } = this;
    if (frameType === 0 || frameType > LAST_FRAME_TYPE) {
      return this.error('BAD_FRAME_TYPE', `there is no frame type ${frameType}`, 'MSIP-2.1-4');
    }
    if (msgKind === 0 || msgKind > LAST_MSG_KIND) {
      return this.error('BAD_MSG_KIND', `there is no kind ${msgKind}`, 'MSIP-2.3-1');
    }
    if (frameType === FrameType.Publish || frameType === FrameType.Event) return this.#judgeTopic();
    if (frameType === FrameType.Subscribe || frameType === FrameType.Unsubscribe || frameType === FrameType.Error) {
      return this.#judgeText(this.payloadStart, end);
    }
    return frameType === FrameType.Hello ? this.#judgeHello() : undefined;
  }

  get type(): FrameKind {
    return FRAME_KINDS[this.frameType]!;
  }

  get msgId(): bigint {
    return joinMsgId(this.idHigh, this.idLow);
  }

  get isAckRequired(): boolean {
    return (this.flags & Flags.AckRequired) !== 0;
  }

  get topicStart(): number {
    return this.payloadStart + 2;
  }

  /** Of PUBLISH and EVENT. */
  get topic(): string {
    return readUtf8(this.buffer, this.topicStart, this.messageStart);
  }

  /** The payload as text, of frames that have one. */
  get text(): string {
    return readUtf8(this.buffer, this.payloadStart, this.payloadEnd);
  }

  error(code: FrameErrorCode, message: string, statement: string): FrameError {
    return new FrameError(code, message, this.msgId, statement); // [MSIP-3.7-2]
  }

  /** As an object; its bytes are windows, valid as long as the view. */
  toFrame(): Frame {
    const { type, flags, msgKind, msgId } = this;
    const head = { flags, msgKind, msgId };
    switch (type) {
      case 'hello':
        return { type, ...head, ...readHello(this.buffer, this.payloadStart, this.payloadEnd) };
      case 'subscribe':
      case 'unsubscribe':
        return { type, ...head, topic: this.text }; // [MSIP-3.2-1] [MSIP-3.3-1]
      case 'publish':
      case 'event':
        return { type, ...head, topic: this.topic, message: this.#window(this.messageStart) };
      case 'ack':
        return { type, ...head, payload: this.#window(this.payloadStart) };
      case 'error':
        return { type, ...head, text: this.text };
      default:
        return { type, ...head }; // [MSIP-3-3]
    }
  }

  #window(start: number): Uint8Array {
    return new Uint8Array(this.buffer.buffer, this.buffer.byteOffset + start, this.payloadEnd - start);
  }

  #judgeTopic(): FrameError | undefined {
    const { buffer, payloadStart, payloadEnd } = this;
    if (payloadEnd < payloadStart + 2) {
      return this.error('BAD_PAYLOAD', 'the payload has no topic length', 'MSIP-3.4-1');
    }
    this.messageStart = payloadStart + 2 + ((buffer[payloadStart]! << 8) | buffer[payloadStart + 1]!);
    if (this.messageStart > payloadEnd) {
      return this.error('BAD_PAYLOAD', 'the topic is longer than the payload', 'MSIP-3.4-2');
    }
    return this.#judgeText(payloadStart + 2, this.messageStart);
  }

  #judgeText(start: number, end: number): FrameError | undefined {
    if (checkUtf8(this.buffer, start, end) !== Utf8.Malformed) return undefined; // U+0000 is for the owner to judge [MSIP-1-3]
    return this.error('BAD_TEXT', 'the text is not UTF-8', 'MSIP-1-2');
  }

  /** Client id and user name are text; what is behind the second NUL is not looked at. */
  #judgeHello(): FrameError | undefined {
    const { buffer, payloadStart, payloadEnd } = this;
    const first = nulAt(buffer, payloadStart, payloadEnd);
    return this.#judgeText(payloadStart, nulAt(buffer, first + 1, payloadEnd)); // [MSIP-9-2]
  }
}

/** The offset of the next U+0000, `end` when there is none. */
function nulAt(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== 0) at++;
  return Math.min(at, end);
}
