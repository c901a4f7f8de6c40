// The whole of routing behind one door, without bytes, sockets or clock: (message, now) → deliveries. Subscriptions, retained
// messages, sessions that wait, wills, expiry. For tests and models: no entry of the package has it, and the broker, which counts
// cycles, uses the parts.

import { TopicNames } from '../mqtt/topic-names.ts';
import type { DeliveryQueueLimits } from './delivery-queue.ts';
import type { DropReason } from './drop-reasons.ts';
import type { Message, QoS } from './message.ts';
import { createMessage, expiryTime } from './message.ts';
import type { RetainedLimits, RetainOutcome } from './retained-messages.ts';
import { RetainedMessages } from './retained-messages.ts';
import type { Delivery, Publication } from './router-session.ts';
import { Drops, RouterSession } from './router-session.ts';
import type { Route } from './routes.ts';
import { SessionExpiry, sessionEnd } from './session-expiry.ts';
import type { SubscribeOutcome, SubscribeRequest } from './subscription.ts';
import { wantsRetained } from './subscription.ts';
import { Subscriptions } from './subscriptions.ts';
import { Wills } from './wills.ts';

export interface RouterOptions {
  /** For each session without a connection. Default: 1,000 messages, 16 MiB, the oldest go. */
  readonly queue?: DeliveryQueueLimits;
  /** Default: 100,000 messages, 256 MiB. */
  readonly retained?: RetainedLimits;
}

export interface ConnectOptions {
  readonly cleanStart?: boolean;
  /** Seconds; default 0: the session ends with the connection. */
  readonly sessionExpiryInterval?: number;
  /** Published by this client when its connection closes, unless disconnect() discards it. */
  readonly will?: Publication;
  /** Seconds; default 0. */
  readonly willDelayInterval?: number;
}

export interface DisconnectOptions {
  /** 'discard' after DISCONNECT with reason 0x00; default 'publish'. */
  readonly will?: 'publish' | 'discard';
  /** Seconds; default: as at connect. */
  readonly sessionExpiryInterval?: number;
}

export interface RouterSubscribeRequest extends SubscribeRequest {
  readonly subscriptionIdentifier?: number;
}

export interface Published {
  readonly deliveries: Delivery[];
  /** Undefined when the publication is not to be retained. */
  readonly retained: RetainOutcome | undefined;
}

const DEFAULT_QUEUE: DeliveryQueueLimits = { count: 1000, bytes: 16 * 1024 * 1024, policy: 'drop-oldest' };
const DEFAULT_RETAINED: RetainedLimits = { count: 100_000, bytes: 256 * 1024 * 1024 };
const NO_BYTES = new Uint8Array(0);

export class Router {
  readonly #names = new TopicNames();
  readonly #subscriptions = new Subscriptions<RouterSession>();
  readonly #retained: RetainedMessages;
  readonly #wills = new Wills<Publication>();
  readonly #expiry = new SessionExpiry<RouterSession>();
  readonly #sessions = new Map<string, RouterSession>();
  readonly #queue: DeliveryQueueLimits;
  readonly #drops = new Drops();

  constructor(options: RouterOptions = {}) {
    this.#queue = options.queue ?? DEFAULT_QUEUE;
    this.#retained = new RetainedMessages(options.retained ?? DEFAULT_RETAINED);
  }

  /** Messages that did not reach a session, by reason. */
  get dropped(): Readonly<Record<DropReason, number>> {
    return this.#drops.counts;
  }

  /** When tick() is due (ms); Infinity when never. */
  get deadline(): number {
    return Math.min(this.#wills.deadline, this.#expiry.deadline, this.#retained.deadline);
  }

  /**
   * Starts or resumes the client's session; what waited for it is among the deliveries. A client which is connected is
   * disconnected first. Throws UsageError when the Topic Name of the will is invalid.
   */
  connect(clientId: string, options: ConnectOptions, now: number): { sessionPresent: boolean; deliveries: Delivery[] } {
    const { cleanStart = false, sessionExpiryInterval = 0, will, willDelayInterval = 0 } = options;
    if (will !== undefined) this.#names.internString(will.topicName);
    const connected = this.#sessions.get(clientId)?.subscriber.connected === true;
    const deliveries = connected ? this.disconnect(clientId, {}, now) : this.tick(now);
    const before = this.#sessions.get(clientId);
    if (before !== undefined && cleanStart) this.#end(before, now, deliveries);
    const session = this.#sessions.get(clientId) ?? this.#start(clientId);
    this.#wills.cancel(clientId);
    this.#expiry.cancel(clientId);
    session.open(sessionExpiryInterval, will === undefined ? undefined : { ...will, publisher: clientId });
    session.willDelayInterval = willDelayInterval;
    session.takeWaiting(now, deliveries);
    return { sessionPresent: session === before, deliveries };
  }

  /** The client's connection closed. Its will goes out at the end of its delay or of the session, whichever is first. */
  disconnect(clientId: string, options: DisconnectOptions, now: number): Delivery[] {
    const session = this.#sessions.get(clientId);
    if (session?.subscriber.connected !== true) return this.tick(now);
    const { will, willDelayInterval } = session;
    const sessionExpiryInterval = options.sessionExpiryInterval ?? session.sessionExpiryInterval;
    session.close(sessionExpiryInterval);
    if (will !== undefined && options.will !== 'discard') {
      this.#wills.schedule(clientId, will, { willDelayInterval, sessionExpiryInterval, now });
    }
    this.#expiry.schedule(clientId, session, sessionEnd(sessionExpiryInterval, now));
    return this.tick(now);
  }

  /** Undefined when there is no such session. Retained messages are among the deliveries. */
  subscribe(
    clientId: string,
    request: RouterSubscribeRequest,
    now: number,
  ): { outcome: SubscribeOutcome; deliveries: Delivery[] } | undefined {
    const session = this.#sessions.get(clientId);
    if (session === undefined) return undefined;
    const identifier = request.subscriptionIdentifier ?? 0;
    const outcome = this.#subscriptions.subscribe(session.subscriber, request, identifier);
    const deliveries: Delivery[] = [];
    if (!wantsRetained(request, outcome)) return { outcome, deliveries };
    const subscriptionIdentifiers = identifier === 0 ? undefined : [identifier];
    this.#retained.match(request.topicFilter, now, (message) => {
      if (request.noLocal && message.publisher === clientId) return true;
      const qos = lower(message.qos, request.qos);
      const delivery = session.deliver(message, { qos, retain: true, subscriptionIdentifiers }, now);
      if (delivery !== undefined) deliveries.push(delivery);
      return true;
    });
    return { outcome, deliveries };
  }

  /** False when there was no such subscription. `topicFilter` as given to subscribe. */
  unsubscribe(clientId: string, topicFilter: string): boolean {
    const session = this.#sessions.get(clientId);
    return session !== undefined && this.#subscriptions.unsubscribe(session.subscriber, topicFilter);
  }

  /** Throws UsageError when the Topic Name is invalid. */
  publish(publication: Publication, now: number): Published {
    const deliveries: Delivery[] = [];
    const retained = this.#publish(publication, now, deliveries);
    return { deliveries, retained };
  }

  /** Ends sessions, publishes wills and forgets retained messages whose time has come. */
  tick(now: number): Delivery[] {
    const deliveries: Delivery[] = [];
    this.#retained.tick(now);
    for (const session of this.#expiry.takeDue(now)) this.#end(session, now, deliveries);
    for (const will of this.#wills.takeDue(now)) this.#publish(will, now, deliveries);
    return deliveries;
  }

  #publish(publication: Publication, now: number, deliveries: Delivery[]): RetainOutcome | undefined {
    const message = this.#message(publication, now);
    const retained = message.retain ? this.#retained.set(message) : undefined;
    const routes = this.#subscriptions.routes(message.topic);
    for (const route of routes.direct) {
      if (!route.noLocal || route.subscriber.id !== message.publisher) deliver(route, message, now, deliveries);
      else if (route.toSelf !== undefined) deliver(route.toSelf, message, now, deliveries);
    }
    for (const group of routes.shared) {
      const route = group.pick();
      if (route === undefined) this.#drops.onDropped(message, message.qos, 'no-member');
      else deliver(route, message, now, deliveries);
    }
    return retained;
  }

  #start(clientId: string): RouterSession {
    const session = new RouterSession(clientId, this.#queue, this.#drops);
    this.#sessions.set(clientId, session);
    return session;
  }

  #end(session: RouterSession, now: number, deliveries: Delivery[]): void {
    const clientId = session.subscriber.id;
    this.#sessions.delete(clientId);
    this.#expiry.cancel(clientId);
    this.#subscriptions.unsubscribeAll(session.subscriber);
    session.end();
    const will = this.#wills.cancel(clientId);
    if (will !== undefined) this.#publish(will, now, deliveries);
  }

  #message(publication: Publication, now: number): Message {
    const { topicName, payload, qos = 0, retain = false, properties, publisher = '' } = publication;
    return createMessage({
      topic: this.#names.internString(topicName),
      payload: payload.slice(),
      qos,
      retain,
      properties: properties === undefined ? NO_BYTES : properties.slice(),
      publisher,
      expiresAt: expiryTime(publication.messageExpiryInterval ?? -1, now),
    });
  }
}

function deliver(route: Route<RouterSession>, message: Message, now: number, into: Delivery[]): void {
  const qos = lower(message.qos, route.qos);
  const retain = route.retainAsPublished && message.retain;
  const { subscriptionIdentifiers } = route;
  const delivery = route.peer.deliver(message, { qos, retain, subscriptionIdentifiers }, now);
  if (delivery !== undefined) into.push(delivery);
}

function lower(a: QoS, b: QoS): QoS {
  return a < b ? a : b;
}
