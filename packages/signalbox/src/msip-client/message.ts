// A message as a program gets it. Its bytes are its own, and may lie in memory that others share. §3.5

import type { Compression } from '../msip/compression.ts';
import { Flags, FrameType } from '../msip/header.ts';
import type { MsipHeader } from './client-events.ts';

/** Where a message comes from. */
export interface MessageOrigin {
  readonly topic: string;
  readonly flags: number;
  readonly msgKind: number;
  readonly msgId: bigint;
  readonly compression: Compression | undefined;
  /** Bytes behind the header of its frame. */
  readonly payloadLength: number;
  readonly isAckRequired: boolean;
  /** The program is done with it. */
  acknowledge(): void;
}

export class MsipMessage {
  /** The topic name under which it was published. */
  readonly topic: string;
  /** The bytes that were published; inflated where they were compressed. Yours to keep. */
  readonly payload: Uint8Array;
  /** Bits of `Flags`. */
  readonly flags: number;
  /** A value of `MsgKind`. */
  readonly msgKind: number;
  /** Of the publisher; in acknowledged sessions of the server. */
  readonly msgId: bigint;
  /** What it was compressed with on its way, if it was. */
  readonly compression: Compression | undefined;
  readonly #payloadLength: number;
  /** Undefined: nobody waits for an acknowledgement. */
  readonly #origin: MessageOrigin | undefined;
  #text: string | undefined = undefined;

  constructor(origin: MessageOrigin, payload: Uint8Array) {
    this.topic = origin.topic;
    this.payload = payload;
    this.flags = origin.flags;
    this.msgKind = origin.msgKind;
    this.msgId = origin.msgId;
    this.compression = origin.compression;
    this.#payloadLength = origin.payloadLength;
    this.#origin = origin.isAckRequired ? origin : undefined;
  }

  /** The bytes as UTF-8; what is none becomes U+FFFD. */
  get text(): string {
    this.#text ??= new TextDecoder().decode(this.payload);
    return this.#text;
  }

  /** The same as `text`: the name it has in the reference clients. */
  get message(): string {
    return this.text;
  }

  get isUrgent(): boolean {
    return (this.flags & Flags.Urgent) !== 0;
  }

  /** The server waits for an acknowledgement of this message. */
  get isAckRequired(): boolean {
    return (this.flags & Flags.AckRequired) !== 0;
  }

  get header(): MsipHeader {
    const { flags, msgKind, msgId } = this;
    const payloadLength = this.#payloadLength;
    return { version: 1, flags, frameType: FrameType.Event, msgKind, payloadLength, msgId };
  }

  /** Acknowledges it now, whatever the mode. Has an effect once, on the connection it came by, in acknowledged sessions. */
  acknowledge(): void {
    this.#origin?.acknowledge();
  }
}
