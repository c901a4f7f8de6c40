// An EVENT as it came: what the inbox knows of it until everybody is done with it. Where one alone wants the message, or where no
// acknowledgement is due, it is the delivery, too: no object is made for each receiver. §3.5, §8

import type { Compression } from '../msip/compression.ts';
import type { FrameView } from '../msip/frame-view.ts';
import { Flags, joinMsgId, type MsgIdHalves } from '../msip/header.ts';
import type { Delivery } from './delivery.ts';
import { MsipMessage } from './message.ts';

/** Whom an arrival tells what became of it. */
export interface ArrivalOwner {
  acknowledge(arrival: Arrival): void;
  /** It will not be acknowledged here: the server has it still. */
  release(arrival: Arrival): void;
}

export class Arrival implements Delivery, MsgIdHalves {
  readonly topic: string;
  readonly flags: number;
  readonly msgKind: number;
  readonly idHigh: number;
  readonly idLow: number;
  readonly payloadLength: number;
  /** As it was on the wire: to know it again. */
  readonly raw: Uint8Array;
  /** The connection on which it is to be acknowledged. */
  epoch: number;
  /** Undefined: it is being inflated. */
  payload: Uint8Array | undefined = undefined;
  compression: Compression | undefined = undefined;
  isBroken = false;
  /** An acknowledgement is due still. */
  isOwed: boolean;
  readonly #owner: ArrivalOwner;
  #message: MsipMessage | undefined = undefined;
  #isOpen: boolean;

  /** `raw`: the message of the frame, not to be read into again. */
  constructor(
    view: FrameView,
    raw: Uint8Array,
    { epoch, owner }: { readonly epoch: number; readonly owner: ArrivalOwner },
  ) {
    this.topic = view.topic;
    this.flags = view.flags;
    this.msgKind = view.msgKind;
    this.idHigh = view.idHigh;
    this.idLow = view.idLow;
    this.payloadLength = view.payloadLength;
    this.raw = raw;
    this.epoch = epoch;
    this.#owner = owner;
    this.isOwed = this.isAckRequired;
    this.#isOpen = this.isOwed;
  }

  get msgId(): bigint {
    return joinMsgId(this.idHigh, this.idLow);
  }

  get isAckRequired(): boolean {
    return (this.flags & Flags.AckRequired) !== 0;
  }

  /** What the program gets. */
  get message(): MsipMessage {
    this.#message ??= new MsipMessage(this, this.payload ?? this.raw);
    return this.#message;
  }

  /** The program wants it acknowledged, whatever its receivers do. */
  acknowledge(): void {
    if (this.isAckRequired) this.#owner.acknowledge(this);
  }

  finish(): void {
    this.close('finished');
  }

  abandon(): void {
    this.close('abandoned');
  }

  /** Its receivers are done with it. */
  close(how: 'finished' | 'abandoned'): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (how === 'finished') this.#owner.acknowledge(this);
    else this.#owner.release(this);
  }
}
