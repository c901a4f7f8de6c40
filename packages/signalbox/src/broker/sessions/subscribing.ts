/**
 * SUBSCRIBE and UNSUBSCRIBE at the broker (§3.8.4, §3.10.4): each Topic Filter allowed, granted, entered, and followed by
 * the retained messages it asks for. It must not know how the answer is sent.
 */
import type { SubscribePacket, SubscriptionRequest } from '../../mqtt/packets/subscribe.ts';
import { ReasonCode } from '../../mqtt/reason-codes.ts';
import { isTopicFilter, parseShare } from '../../mqtt/topics.ts';
import type { QoS } from '../../mqtt/wire-format.ts';
import { wantsRetained } from '../../routing/subscription.ts';
import type { Exchange } from '../exchange.ts';
import { after, type BrokerHooks, type ClientInfo, isLater, type Maybe } from '../hooks.ts';
import { fillPlaceholders } from '../placeholders.ts';
import type { ClientSession } from './client-session.ts';
import { countExcess, filterLevels, fitsExcess } from './filter-excess.ts';

/** What of a SUBSCRIBE is entered. */
type Subscriptions = Pick<SubscribePacket, 'subscriptions' | 'properties'>;

/** How long SUBSCRIBE packets may keep everybody waiting, until something else gets its turn. */
const SLICE_MS = 5;

/** `topicFilter` as the client wrote it: the hook is asked about what is behind `$share/…/`, and told the group. */
export function maySubscribe(
  authorize: NonNullable<BrokerHooks['authorize']>,
  client: ClientInfo,
  topicFilter: string,
): Maybe<boolean> {
  const share = parseShare(topicFilter);
  if (share === undefined) return authorize(client, 'subscribe', topicFilter);
  return authorize(client, 'subscribe', share.topicFilter, { shareName: share.shareName });
}

export class Subscribing {
  readonly #exchange: Exchange;
  /** Since something else got its turn. */
  #spentMs = 0;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** Whether subscriptions are granted without asking anybody. */
  get isOpenToAll(): boolean {
    const { authorize, onSubscribe } = this.#exchange.hooks;
    return authorize === undefined && onSubscribe === undefined;
  }

  /**
   * Asks the hooks about each filter; answers what each may have: a QoS, or the reason code of a refusal; fewer when the client
   * has gone. Where that takes long, as rules are many, others go between.
   */
  ask(client: ClientInfo, requests: readonly SubscriptionRequest[]): Maybe<number[]> {
    const grants: number[] = [];
    const wait = this.#askSome(client, requests, grants);
    return wait === undefined ? grants : this.#askRest(client, requests, grants, wait);
  }

  async #askRest(
    client: ClientInfo,
    requests: readonly SubscriptionRequest[],
    grants: number[],
    first: Promise<void>,
  ): Promise<number[]> {
    for (let wait: Promise<void> | undefined = first; wait !== undefined; ) {
      await wait;
      const link = this.#exchange.sessions.get(client.clientId)?.link;
      wait = link?.client === client && !link.isClosed ? this.#askSome(client, requests, grants) : undefined;
    }
    return grants;
  }

  /** Goes on behind the last grant. Answers what is to be awaited before the next; undefined when nothing is left. */
  #askSome(client: ClientInfo, requests: readonly SubscriptionRequest[], grants: number[]): Promise<void> | undefined {
    const { clock } = this.#exchange;
    for (let since = clock.now(); grants.length < requests.length; ) {
      const grant = this.#askOne(client, requests[grants.length]!);
      if (isLater(grant)) return grant.then((later) => void grants.push(later));
      grants.push(grant);
      const now = clock.now();
      if (this.#isTimeUp(now - since)) return new Promise((resolve) => setImmediate(resolve));
      since = now;
    }
    return undefined;
  }

  #askOne(client: ClientInfo, request: SubscriptionRequest): Maybe<number> {
    const { hooks, limits } = this.#exchange;
    const { authorize, onSubscribe } = hooks;
    const { topicFilter, qos } = request;
    if (filterLevels(topicFilter) > limits.topicLevels) return ReasonCode.TopicFilterInvalid; // rules cost a step per level
    return after(authorize === undefined ? true : maySubscribe(authorize, client, topicFilter), (isAllowed) => {
      if (isAllowed !== true) return ReasonCode.NotAuthorized;
      return after(onSubscribe === undefined ? true : onSubscribe(client, request), (answer) => {
        if (answer === false) return ReasonCode.NotAuthorized;
        return typeof answer === 'number' && (answer > 2 || answer < qos) ? answer : qos;
      });
    });
  }

  /**
   * Enters the subscriptions; answers the reason codes of SUBACK, one for each filter in their order, or fewer when the
   * client has gone. One that takes long, as each filter is looked up among the retained messages, lets others go
   * between.
   */
  subscribe(session: ClientSession, asked: Subscriptions, grants: readonly number[] | undefined): Maybe<number[]> {
    const reasonCodes: number[] = []; // [MQTT-3.9.3-1] [MQTT-3.8.4-5] [MQTT-3.8.4-7] [MQTT-3.8.4-4@3.1.1] [MQTT-3.9.3-1@3.1.1]
    const isDone = this.#enterSome(session, asked, grants, reasonCodes);
    return isDone ? reasonCodes : this.#enterRest(session, asked, grants, reasonCodes);
  }

  async #enterRest(
    session: ClientSession,
    asked: Subscriptions,
    grants: readonly number[] | undefined,
    reasonCodes: number[],
  ): Promise<number[]> {
    do {
      await new Promise((resolve) => setImmediate(resolve));
    } while (session.link?.isClosed === false && !this.#enterSome(session, asked, grants, reasonCodes));
    return reasonCodes;
  }

  /** False when time is up, perhaps for all clients together; then it is to be called again later. */
  #enterSome(
    session: ClientSession,
    asked: Subscriptions,
    grants: readonly number[] | undefined,
    reasonCodes: number[],
  ): boolean {
    const { subscriptions, properties } = asked;
    const { clock } = this.#exchange;
    const identifier = properties.subscriptionIdentifiers?.[0] ?? 0;
    for (let index = reasonCodes.length, since = clock.now(); index < subscriptions.length; index++) {
      const request = subscriptions[index]!;
      reasonCodes.push(this.#enter(session, request, grants?.[index] ?? request.qos, identifier));
      const now = clock.now();
      if (this.#isTimeUp(now - since)) return false;
      since = now;
    }
    return true;
  }

  /** So much more was spent; true when something else is to get its turn. */
  #isTimeUp(moreMs: number): boolean {
    this.#spentMs += moreMs;
    if (this.#spentMs < SLICE_MS) return false;
    this.#spentMs = 0;
    return true;
  }

  /** Enters what each client is subscribed to without asking; a filter that cannot be made for this one is left out. */
  enterAutomatic(session: ClientSession, client: ClientInfo): void {
    for (const rule of this.#exchange.extras.autoSubscribe) {
      const { qos = 0, noLocal = false, retainAsPublished = false, retainHandling = 1 } = rule;
      const topicFilter = fillPlaceholders(rule.topicFilter, client);
      if (topicFilter === undefined || !isTopicFilter(topicFilter)) continue;
      const request = { topicFilter, qos, noLocal, retainAsPublished, retainHandling };
      const reasonCode = this.#enter(session, request, qos, 0);
      this.#exchange.events.emit('subscribed', { client, topicFilter, reasonCode });
    }
  }

  /** Answers the reason codes of UNSUBACK, one for each filter. [MQTT-3.11.3-1] [MQTT-3.10.4-6] [MQTT-3.10.4-6@3.1.1] */
  unsubscribe(session: ClientSession, topicFilters: readonly string[]): number[] {
    return topicFilters.map((topicFilter) => {
      const existed = this.#exchange.subscriptions.unsubscribe(session.subscriber, topicFilter);
      if (existed) countExcess(session, topicFilter, 'removed');
      this.#exchange.lookUps.stop(session, topicFilter);
      if (session.isPersistent) {
        // Also where there was none: the store can have one whose end it could not keep when it was told last.
        this.#exchange.commits.write({ type: 'unsubscribed', clientId: session.clientId, topicFilter });
      }
      return existed ? ReasonCode.Success : ReasonCode.NoSubscriptionExisted;
    });
  }

  #enter(session: ClientSession, request: SubscriptionRequest, grant: number, subscriptionIdentifier: number): number {
    if (grant > 2) return grant;
    const exchange = this.#exchange;
    const limits = exchange.limits;
    const count = session.subscriber.subscriptions?.size ?? 0;
    const isNew = session.subscriber.subscriptions?.has(request.topicFilter) !== true;
    const isFull = count >= limits.subscriptions || exchange.subscriptions.size >= limits.subscriptionsInAll;
    if (isNew && isFull) return ReasonCode.QuotaExceeded;
    const levels = filterLevels(request.topicFilter);
    if (levels > limits.topicLevels) return ReasonCode.TopicFilterInvalid;
    if (isNew && !fitsExcess(session, request.topicFilter, limits)) return ReasonCode.QuotaExceeded;
    if (isNew) countExcess(session, request.topicFilter, 'added');
    const granted = { ...request, qos: grant as QoS };
    const outcome = exchange.subscriptions.subscribe(session.subscriber, granted, subscriptionIdentifier);
    if (session.isPersistent) {
      const subscription = { ...granted, subscriptionIdentifier };
      exchange.commits.write({ type: 'subscribed', clientId: session.clientId, subscription });
    }
    if (wantsRetained(granted, outcome)) exchange.lookUps.begin(session, granted, subscriptionIdentifier);
    return grant;
  }
}
