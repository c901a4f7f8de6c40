// Messages waiting for one subscriber, bounded in number and bytes.

import type { DropReason } from './drop-reasons.ts';
import type { Message, QoS } from './message.ts';

export type OverflowPolicy = 'drop-newest' | 'drop-oldest' | 'disconnect';

export interface DeliveryQueueLimits {
  readonly count: number;
  readonly bytes: number;
  /** What happens to QoS 1 and 2 when the queue is full and holds no QoS 0 to shed. */
  readonly policy: OverflowPolicy;
}

/** Called once for every message given up, the pushed one included. Must not touch the queue. */
export interface DropListener<M extends Message = Message> {
  onDropped(message: M, qos: QoS, reason: DropReason): void;
}

/** 'dropped': the pushed message was given up. 'disconnect': likewise, and the policy wants the subscriber cut off. */
export type PushOutcome = 'queued' | 'dropped' | 'disconnect';

const LATER = 'being written';

export class DeliveryQueue<M extends Message = Message> {
  readonly limits: DeliveryQueueLimits;
  readonly listener: DropListener<M>;

  constructor(limits: DeliveryQueueLimits, listener: DropListener<M>) {
    this.limits = limits;
    this.listener = listener;
  }

  get length(): number {
    throw new Error(LATER);
  }

  /** Sum of message.size of what waits. */
  get bytes(): number {
    throw new Error(LATER);
  }

  push(_message: M, _qos: QoS, _retain: boolean, _subscriptionIdentifiers: readonly number[] | undefined): PushOutcome {
    throw new Error(LATER);
  }

  /** Whether something waits; expired messages before it are dropped. Then the four fields below describe the first one. */
  next(_now: number): boolean {
    throw new Error(LATER);
  }

  /** The same for QoS 0 only: they may pass QoS 1 and 2 messages which wait for acknowledgements. */
  nextQoS0(_now: number): boolean {
    throw new Error(LATER);
  }

  get message(): M {
    throw new Error(LATER);
  }

  get qos(): QoS {
    throw new Error(LATER);
  }

  get retain(): boolean {
    throw new Error(LATER);
  }

  get subscriptionIdentifiers(): readonly number[] | undefined {
    throw new Error(LATER);
  }

  /** Takes the message away that the last next()/nextQoS0() found. */
  shift(): void {
    throw new Error(LATER);
  }

  /** Drops the message that the last next()/nextQoS0() found, telling the listener. */
  drop(_reason: DropReason): void {
    throw new Error(LATER);
  }

  /** Housekeeping for long waits: drops what has expired anywhere in the queue. O(length). */
  dropExpired(_now: number): void {
    throw new Error(LATER);
  }

  /** Drops QoS 0 only, e.g. 'qos0-offline' when the connection went. */
  dropQoS0(_reason: DropReason): void {
    throw new Error(LATER);
  }

  /** Drops everything and frees the memory. */
  dropAll(_reason: DropReason): void {
    throw new Error(LATER);
  }
}
