// A session of the Router: its subscriber, the will of its connection, what waits for it while it is away, and a count of
// what did not reach it.

import type { DeliveryQueueLimits, DropListener } from './delivery-queue.ts';
import { DeliveryQueue } from './delivery-queue.ts';
import type { DropReason } from './drop-reasons.ts';
import { DROP_REASONS } from './drop-reasons.ts';
import type { Message, QoS } from './message.ts';
import { remainingExpiry } from './message.ts';
import { Subscriber } from './subscriber.ts';

export interface Publication {
  readonly topicName: string;
  /** Copied. */
  readonly payload: Uint8Array;
  readonly qos?: QoS;
  readonly retain?: boolean;
  /** MQTT 5.0 property bytes to pass on. Copied. */
  readonly properties?: Uint8Array;
  /** Client identifier; absent when the embedding program itself publishes. */
  readonly publisher?: string;
  /** Seconds. */
  readonly messageExpiryInterval?: number;
}

/** One message for one client, ready to be sent. */
export interface Delivery {
  readonly clientId: string;
  readonly message: Message;
  readonly qos: QoS;
  readonly retain: boolean;
  /** Empty when there are none. */
  readonly subscriptionIdentifiers: readonly number[];
  /** Seconds left; -1 when the message does not expire. */
  readonly messageExpiryInterval: number;
}

/** How a message is to be delivered to one session. */
export interface DeliveryTerms {
  readonly qos: QoS;
  readonly retain: boolean;
  readonly subscriptionIdentifiers: readonly number[] | undefined;
}

const NONE: readonly number[] = [];

/** Counters by reason. */
export class Drops implements DropListener {
  readonly counts: Record<DropReason, number>;

  constructor() {
    this.counts = Object.fromEntries(DROP_REASONS.map((reason) => [reason, 0])) as Record<DropReason, number>;
  }

  onDropped(_message: Message, _qos: QoS, reason: DropReason): void {
    this.counts[reason] += 1;
  }
}

export class RouterSession {
  readonly subscriber: Subscriber<RouterSession>;
  /** Seconds, as on the wire. */
  sessionExpiryInterval: number;
  /** Of the present connection. */
  will: Publication | undefined;
  /** Seconds, as on the wire. */
  willDelayInterval: number;
  readonly #queue: DeliveryQueue;
  readonly #drops: Drops;

  constructor(clientId: string, limits: DeliveryQueueLimits, drops: Drops) {
    this.subscriber = new Subscriber<RouterSession>(clientId, this);
    this.sessionExpiryInterval = 0;
    this.will = undefined;
    this.willDelayInterval = 0;
    this.#queue = new DeliveryQueue(limits, drops);
    this.#drops = drops;
  }

  open(sessionExpiryInterval: number, will: Publication | undefined): void {
    this.sessionExpiryInterval = sessionExpiryInterval;
    this.will = will;
    this.subscriber.connected = true;
    this.subscriber.persistent = sessionExpiryInterval > 0;
  }

  close(sessionExpiryInterval: number): void {
    this.sessionExpiryInterval = sessionExpiryInterval;
    this.will = undefined;
    this.subscriber.connected = false;
    this.subscriber.persistent = sessionExpiryInterval > 0;
  }

  /** A connected client gets it at once, for others QoS 1 and 2 wait. */
  deliver(message: Message, terms: DeliveryTerms, now: number): Delivery | undefined {
    const { qos, retain, subscriptionIdentifiers } = terms;
    if (this.subscriber.connected) return delivery(this.subscriber.id, message, terms, now);
    if (qos === 0) this.#drops.onDropped(message, qos, 'qos0-offline');
    else this.#queue.push(message, qos, retain, subscriptionIdentifiers);
    return undefined;
  }

  /** Moves what waits. */
  takeWaiting(now: number, into: Delivery[]): void {
    for (; this.#queue.next(now); this.#queue.shift()) {
      into.push(delivery(this.subscriber.id, this.#queue.message, this.#queue, now));
    }
  }

  end(): void {
    this.#queue.dropAll('session-ended');
  }
}

function delivery(clientId: string, message: Message, terms: DeliveryTerms, now: number): Delivery {
  return {
    clientId,
    message,
    qos: terms.qos,
    retain: terms.retain,
    subscriptionIdentifiers: terms.subscriptionIdentifiers ?? NONE,
    messageExpiryInterval: remainingExpiry(message, now),
  };
}
