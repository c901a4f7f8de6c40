// Messages waiting for one subscriber, bounded in number and bytes, in the order in which they came. When it is full, QoS 0
// goes first; then the policy decides. What is urgent stands before everything else, and is given up last. Every operation
// takes constant time on average. Knows no connection.

import { DeliveryRing } from './delivery-ring.ts';
import type { DropReason } from './drop-reasons.ts';
import type { Message, QoS } from './message.ts';
import type { QueueBudget } from './queue-budget.ts';

/** What becomes of QoS 1 and 2 when no QoS 0 is left to make room: the new message or the oldest goes, or the subscriber. */
export type OverflowPolicy = 'drop-newest' | 'drop-oldest' | 'disconnect';

export interface DeliveryQueueLimits {
  readonly count: number;
  /** In message.size: the limit is per queue, though queues share the message. */
  readonly bytes: number;
  readonly policy: OverflowPolicy;
  /** Shared with other queues. */
  readonly budget?: QueueBudget | undefined;
}

/** Called once for every message given up, the pushed one included. Must not touch the queue. */
export interface DropListener<M extends Message = Message> {
  onDropped(message: M, qos: QoS, reason: DropReason): void;
}

/** 'dropped': the pushed message was given up. 'disconnect': likewise, and the policy wants the subscriber cut off. */
export type PushOutcome = 'queued' | 'dropped' | 'disconnect';

/** 'urgent' overtakes what is 'normal'; among each other both keep their order. */
export type Urgency = 'normal' | 'urgent';

/** Shared by all queues nobody has pushed anything urgent to. */
const NOTHING_URGENT: DeliveryRing<never> = new DeliveryRing<never>();

export class DeliveryQueue<M extends Message = Message> {
  readonly #limits: DeliveryQueueLimits;
  readonly #listener: DropListener<M>;
  readonly #qos0 = new DeliveryRing<M>();
  readonly #others = new DeliveryRing<M>();
  #urgent: DeliveryRing<M> = NOTHING_URGENT;
  #order = 0;
  /** Where next() found its message. */
  #found: DeliveryRing<M>;

  constructor(limits: DeliveryQueueLimits, listener: DropListener<M>) {
    this.#limits = limits;
    this.#listener = listener;
    this.#found = this.#others;
  }

  get length(): number {
    return this.#qos0.length + this.#others.length + this.#urgent.length;
  }

  /** Urgent ones among them. */
  get urgent(): number {
    return this.#urgent.length;
  }

  /** Sum of message.size of what waits. */
  get bytes(): number {
    return this.#qos0.bytes + this.#others.bytes + this.#urgent.bytes;
  }

  /** `qos` and `retain` are those of the delivery. The identifiers are kept, not copied. */
  push(
    message: M,
    qos: QoS,
    retain: boolean,
    subscriptionIdentifiers: readonly number[] | undefined,
    urgency: Urgency = 'normal',
  ): PushOutcome {
    if (!this.#fits(message.size) && !this.#makeRoom(message.size, qos)) {
      this.#listener.onDropped(message, qos, 'queue-full');
      // What could never be queued says nothing about the subscriber.
      const isSlow = qos > 0 && message.size <= this.#limits.bytes;
      return isSlow && this.#limits.policy === 'disconnect' ? 'disconnect' : 'dropped';
    }
    const { budget } = this.#limits;
    if (budget !== undefined) {
      if (!budget.allows(message.size, qos) && !this.#makeRoomForAll(budget, message.size, qos)) {
        this.#listener.onDropped(message, qos, 'memory-full');
        return 'dropped'; // others are the cause as much as this subscriber
      }
      budget.used += message.size;
    }
    const ring = this.#ringOf(qos, urgency); // [MSIP-6-2]
    if (this.length === 0) this.#order = 0;
    this.#order += 1;
    ring.push(message, qos, retain, this.#order);
    if (subscriptionIdentifiers !== undefined) ring.identify(subscriptionIdentifiers);
    return 'queued';
  }

  /** Whether something waits; expired messages before it are dropped. The four fields below then describe the first one. */
  next(now: number): boolean {
    while (this.length > 0) {
      this.#found = this.#oldest();
      if (this.#found.message.expiresAt > now) return true;
      this.drop('expired'); // [MQTT-3.3.2-5]
    }
    return false;
  }

  /** The same for QoS 0 alone: it may pass QoS 1 and 2, which wait for acknowledgements. */
  nextQoS0(now: number): boolean {
    for (this.#found = this.#firstQoS0(); this.#found.length > 0; this.#found = this.#firstQoS0()) {
      if (this.#found.message.expiresAt > now) return true;
      this.drop('expired');
    }
    return false;
  }

  get message(): M {
    return this.#found.message;
  }

  get qos(): QoS {
    return this.#found.qos;
  }

  get retain(): boolean {
    return this.#found.retain;
  }

  get subscriptionIdentifiers(): readonly number[] | undefined {
    return this.#found.subscriptionIdentifiers;
  }

  /** Takes away the message which next() or nextQoS0() found last; the fields no longer hold. */
  shift(): void {
    this.#release(this.#found);
    this.#found.shift();
  }

  /** Takes it away and tells the listener that it is given up. */
  drop(reason: DropReason): void {
    this.#shed(this.#found, reason);
  }

  /** Drops what has expired anywhere in the queue: housekeeping for long waits, in time O(length). */
  dropExpired(now: number): void {
    for (const ring of [this.#urgent, this.#qos0, this.#others]) {
      for (let left = ring.length; left > 0; left--) {
        if (ring.message.expiresAt > now) ring.rotate();
        else this.#shed(ring, 'expired');
      }
    }
  }

  /** Takes away what `isUnwanted` says, and tells the caller alone: in time O(length). */
  takeIf(isUnwanted: (message: M) => boolean): { readonly message: M; readonly qos: QoS }[] {
    const taken: { readonly message: M; readonly qos: QoS }[] = [];
    for (const ring of [this.#urgent, this.#qos0, this.#others]) {
      for (let left = ring.length; left > 0; left--) {
        const { message, qos } = ring;
        if (!isUnwanted(message)) {
          ring.rotate();
          continue;
        }
        this.#release(ring);
        ring.shift();
        taken.push({ message, qos });
      }
    }
    return taken;
  }

  /** Drops QoS 0 only, as when the connection went: 'qos0-offline'. */
  dropQoS0(reason: DropReason): void {
    while (this.#qos0.length > 0) this.#shed(this.#qos0, reason);
    for (let left = this.#urgent.length; left > 0; left--) {
      if (this.#urgent.qos > 0) this.#urgent.rotate();
      else this.#shed(this.#urgent, reason);
    }
  }

  /** Drops everything, in order, and frees the memory. */
  dropAll(reason: DropReason): void {
    while (this.length > 0) this.#shed(this.#oldest(), reason);
  }

  #ringOf(qos: QoS, urgency: Urgency): DeliveryRing<M> {
    if (urgency === 'normal') return qos === 0 ? this.#qos0 : this.#others;
    if (this.#urgent === NOTHING_URGENT) this.#urgent = new DeliveryRing<M>();
    return this.#urgent;
  }

  /** Of what is urgent only the first may go: they keep their order. */
  #firstQoS0(): DeliveryRing<M> {
    return this.#urgent.length > 0 && this.#urgent.qos === 0 ? this.#urgent : this.#qos0;
  }

  #oldest(): DeliveryRing<M> {
    if (this.#urgent.length > 0) return this.#urgent;
    if (this.#qos0.length === 0) return this.#others;
    if (this.#others.length === 0) return this.#qos0;
    return this.#qos0.order < this.#others.order ? this.#qos0 : this.#others;
  }

  #shed(ring: DeliveryRing<M>, reason: DropReason): void {
    const { message, qos } = ring;
    this.#release(ring);
    ring.shift();
    this.#listener.onDropped(message, qos, reason);
  }

  #release(ring: DeliveryRing<M>): void {
    const { budget } = this.#limits;
    if (budget !== undefined) budget.used -= ring.message.size;
  }

  /** Gives up what this queue has of less worth: QoS 0 first, then the oldest where the policy is to drop it. */
  #makeRoomForAll(budget: QueueBudget, size: number, qos: QoS): boolean {
    if (qos === 0) return false;
    while (!budget.allows(size, qos)) {
      if (this.#qos0.length > 0) this.#shed(this.#qos0, 'memory-full');
      else if (this.#limits.policy === 'drop-oldest' && this.#others.length > 0)
        this.#shed(this.#others, 'memory-full');
      else return false;
    }
    return true;
  }

  #fits(size: number): boolean {
    return this.length < this.#limits.count && this.bytes + size <= this.#limits.bytes;
  }

  /** False when it cannot be done; then nothing was shed in vain. */
  #makeRoom(size: number, qos: QoS): boolean {
    const { count, bytes, policy } = this.#limits;
    if (size > bytes || count < 1) return false;
    if (qos === 0 && policy !== 'drop-oldest') return false;
    const sheddable = qos > 0 && policy === 'drop-oldest';
    const staying = sheddable ? this.#urgent.length : this.#urgent.length + this.#others.length;
    const stayingBytes = sheddable ? this.#urgent.bytes : this.#urgent.bytes + this.#others.bytes;
    if (staying >= count || stayingBytes + size > bytes) return false;
    while (!this.#fits(size)) this.#shed(this.#qos0.length > 0 ? this.#qos0 : this.#others, 'queue-full');
    return true;
  }
}
