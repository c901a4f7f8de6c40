/**
 * Retained messages for new subscriptions (§3.3.1.3): looked up in slices, so that neither a million of them nor a filter
 * that finds none among them keeps anybody waiting, and no session holds more than a few at once. It must not know how
 * they are sent.
 */
import type { SubscriptionRequest } from '../../mqtt/packets/subscribe.ts';
import type { QoS } from '../../mqtt/wire-format.ts';
import type { RetainedCursor } from '../../routing/retained-cursor.ts';
import type { KeptMessage } from '../delivery/kept-message.ts';
import type { Exchange } from '../exchange.ts';
import type { ClientSession } from './client-session.ts';

/** Nodes of the tree looked at before others get their turn: about a millisecond. */
const STEPS = 4_000;

/** Messages in hand for one session; with more no further ones are looked up for it. */
const IN_HAND = 1_000;

/** What one new subscription has still to get. */
export interface RetainedLookUp {
  readonly request: SubscriptionRequest;
  /** QoS of the subscription. */
  readonly qos: QoS;
  /** 0: none. */
  readonly subscriptionIdentifier: number;
  readonly subscriptionIdentifiers: readonly number[] | undefined;
  /** Newer ones reach the session as they are published. */
  readonly newest: number;
  /** Undefined when everything has been found, or nothing more is wanted. */
  cursor: RetainedCursor<KeptMessage> | undefined;
  /** Found, those before `next` sent. */
  messages: KeptMessage[];
  next: number;
}

export class RetainedLookUps {
  readonly #exchange: Exchange;
  /** Sessions with nothing in hand whose look-up goes on. */
  readonly #waiting = new Set<ClientSession>();
  #isScheduled = false;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** Finds the first ones at once; those in hand are kept for a session that lasts before this returns. */
  begin(session: ClientSession, request: SubscriptionRequest, subscriptionIdentifier: number): void {
    const exchange = this.#exchange;
    this.stop(session, request.topicFilter); // what it had still to find, the new one finds as well
    const lookUp: RetainedLookUp = {
      request,
      qos: request.qos,
      subscriptionIdentifier,
      subscriptionIdentifiers: subscriptionIdentifier === 0 ? undefined : [subscriptionIdentifier],
      newest: exchange.numbers.last,
      cursor: exchange.retained.lookUp(request.topicFilter),
      messages: [],
      next: 0,
    };
    if (inHand(session) < IN_HAND) this.#advance(session, lookUp);
    if (lookUp.cursor === undefined && lookUp.messages.length === 0) return;
    if (lookUp.cursor !== undefined) this.#save(session, lookUp, 'begun');
    session.backlog ??= [];
    session.backlog.push(lookUp);
  }

  /**
   * The subscription has ended, or begins anew: nothing more is looked up for it. What has nothing in hand, either, is
   * forgotten: who subscribes again and again, and reads nothing, must not gather look-ups. [MQTT-3.10.4-2]
   */
  stop(session: ClientSession, topicFilter: string): void {
    const { backlog = [] } = session;
    for (let index = backlog.length - 1; index >= 0; index--) {
      const lookUp = backlog[index]!;
      if (lookUp.request.topicFilter !== topicFilter) continue;
      lookUp.cursor = undefined;
      if (lookUp.next === lookUp.messages.length) backlog.splice(index, 1);
    }
    if (backlog.length === 0) session.backlog = undefined;
  }

  /** A session has sent what it had in hand of its first look-up: when others have had their turn there is more. */
  goOn(session: ClientSession): void {
    this.#waiting.add(session);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#isScheduled = false;
    const exchange = this.#exchange;
    exchange.now();
    let steps = STEPS;
    for (const session of this.#waiting) {
      if (steps <= 0) break;
      this.#waiting.delete(session); // at the end again when there is still more
      if (session.link === undefined) continue;
      try {
        const lookUp = session.backlog?.[0];
        if (lookUp?.cursor !== undefined) {
          steps -= this.#advance(session, lookUp);
          if (lookUp.cursor === undefined) this.#save(session, lookUp, 'ended');
        }
        exchange.dispatcher.pump(session); // also what has waited behind a look-up that was stopped
      } catch (error) {
        session.link?.fail(error, 'looking up retained messages');
      }
    }
    exchange.commits.settle();
    if (this.#waiting.size === 0 || this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#turn());
  }

  /** Answers how many nodes were looked at. */
  #advance(session: ClientSession, lookUp: RetainedLookUp): number {
    const { cursor, request } = lookUp;
    if (cursor === undefined) return 0;
    const messages: KeptMessage[] = [];
    const steps = cursor.advance(this.#exchange.now(), STEPS, (message) => {
      if (message.id > lookUp.newest) return true;
      if (request.noLocal && message.publisher === session.clientId) return true; // [MQTT-3.8.3-3]
      messages.push(this.#forSession(session, message, lookUp));
      return messages.length < IN_HAND;
    });
    lookUp.messages = messages;
    lookUp.next = 0;
    if (cursor.isDone) lookUp.cursor = undefined;
    return steps;
  }

  /** A session that outlives its connection gets a copy with a number of its own, which is kept until delivered. */
  #forSession(session: ClientSession, message: KeptMessage, lookUp: RetainedLookUp): KeptMessage {
    const { qos, subscriptionIdentifiers } = lookUp;
    const effective = session.qosOf(message.qos, qos);
    if (!session.isPersistent || effective === 0) return message;
    const copy = { ...message, id: this.#exchange.numbers.next() };
    this.#exchange.keepDelivery(session, { message: copy, qos: effective, retain: true, subscriptionIdentifiers });
    return copy;
  }

  /** A broker that begins on this store in the middle of a look-up begins it anew. */
  #save(session: ClientSession, lookUp: RetainedLookUp, stage: 'begun' | 'ended'): void {
    if (!session.isPersistent) return;
    const { request, subscriptionIdentifier } = lookUp;
    const subscription = { ...request, subscriptionIdentifier, isLookingUp: stage === 'begun' };
    this.#exchange.commits.write({ type: 'subscribed', clientId: session.clientId, subscription });
  }
}

function inHand(session: ClientSession): number {
  let count = 0;
  for (const { messages, next } of session.backlog ?? []) count += messages.length - next;
  return count;
}
