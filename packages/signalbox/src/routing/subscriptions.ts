// All subscriptions of a broker and the answer to "who gets this topic": resolved once per topic and change, kept on the
// Topic Name. Knows sessions only as Subscribers, and no message.

import type { TopicName } from '../mqtt/topic-names.ts';
import { parseShare } from '../mqtt/topics.ts';
import { ChangeLog } from './change-log.ts';
import { OrdinarySubscriptions } from './ordinary-subscriptions.ts';
import { ResolvedRoutes, RouteBudget } from './resolved-routes.ts';
import type { RouteRecord, Routes } from './routes.ts';
import { mergeRoutes, routeOf } from './routes.ts';
import type { SharedGroup } from './shared-group.ts';
import { SharedGroups } from './shared-groups.ts';
import type { SharedOptions } from './shared-strategy.ts';
import type { Subscriber } from './subscriber.ts';
import type { SubscribeOutcome, SubscribeRequest, Subscription } from './subscription.ts';

/** Routes remembered for topics with many subscribers: some 16 MB of references. */
const REMEMBERED_ROUTES = 2_000_000;

/** To look whether a change concerns a topic is worth so many filters, and one more for each route that resolving costs. */
const PATIENCE = 16;

export interface SubscriptionsOptions<P> extends SharedOptions<P> {
  /** How many routes of topics with more than 64 subscribers are remembered in all. Default 2,000,000. */
  readonly rememberedRoutes?: number;
}

export class Subscriptions<P> {
  readonly #log = new ChangeLog();
  readonly #ordinary = new OrdinarySubscriptions<P>();
  readonly #shared: SharedGroups<P>;
  readonly #budget: RouteBudget<P>;
  #size = 0;
  /** Number of resolutions: tells which subscribers the present one has met. */
  #resolution = 0;
  /** Scratch of a resolution. */
  readonly #heads: Subscription<P>[] = [];

  constructor(options: SubscriptionsOptions<P> = {}) {
    this.#shared = new SharedGroups(options);
    this.#budget = new RouteBudget(options.rememberedRoutes ?? REMEMBERED_ROUTES);
  }

  /** Number of subscriptions. */
  get size(): number {
    return this.#size;
  }

  /** How many of them are shared. */
  get sharedSize(): number {
    return this.#shared.members;
  }

  /** Goes up whenever the routes of some topic may have changed. */
  get generation(): number {
    return this.#log.generation;
  }

  /** The filter must be valid; `subscriptionIdentifier` is 0 when there is none. */
  subscribe(subscriber: Subscriber<P>, request: SubscribeRequest, subscriptionIdentifier: number): SubscribeOutcome {
    const existing = subscriber.subscriptions?.get(request.topicFilter);
    if (existing !== undefined) {
      // Replaced in place: no message can fall between the old one and the new one. [MQTT-3.8.4-3] [MQTT-3.8.4-4] [MQTT-3.8.4-3@3.1.1]
      if (change(existing, request, subscriptionIdentifier)) this.#log.record(existing.topicFilter);
      return 'replaced';
    }
    const subscription = this.#add(subscriber, request.topicFilter);
    change(subscription, request, subscriptionIdentifier);
    this.#size += 1;
    return 'new';
  }

  /** `topicFilter` as given to subscribe (with `$share/…`). False when there is no such subscription. */
  unsubscribe(subscriber: Subscriber<P>, topicFilter: string): boolean {
    const own = subscriber.subscriptions;
    const subscription = own?.get(topicFilter); // [MQTT-3.10.4-1] [MQTT-3.10.4-1@3.1.1]
    if (own === undefined || subscription === undefined) return false;
    own.delete(topicFilter);
    if (own.size === 0) subscriber.subscriptions = undefined;
    this.#remove(subscription); // [MQTT-3.10.4-2] [MQTT-3.10.4-2@3.1.1]
    return true;
  }

  /** The session ended. */
  unsubscribeAll(subscriber: Subscriber<P>): void {
    if (subscriber.subscriptions === undefined) return;
    for (const subscription of subscriber.subscriptions.values()) this.#remove(subscription);
    subscriber.subscriptions = undefined;
  }

  /** What the owner derived from this subscriber (Routes.plan) no longer holds: its topics are resolved anew. */
  refresh(subscriber: Subscriber<P>): void {
    if (subscriber.subscriptions === undefined) return;
    for (const subscription of subscriber.subscriptions.values()) this.#log.record(subscription.topicFilter);
  }

  /** The group of a Shared Subscription; undefined when it has no members. */
  group(shareName: string, topicFilter: string): SharedGroup<P> | undefined {
    return this.#shared.get(shareName, topicFilter);
  }

  /**
   * The hot path. Hold the arrays, not the Routes, while going through them: they never change, and stay right until the
   * next change of subscriptions. A shared group always answers for its present members.
   */
  routes(topic: TopicName): Routes<P> {
    const known = topic.route as ResolvedRoutes<P> | undefined; // nobody else writes it
    if (known !== undefined && known.generation === this.#log.generation && known.owner === this) return known;
    return this.#refresh(topic, known);
  }

  #refresh(topic: TopicName, known: ResolvedRoutes<P> | undefined): Routes<P> {
    if (known !== undefined && known.owner === this) {
      if (known.holds && !this.#log.hasChanged(topic.name, known.generation, PATIENCE + known.direct.length)) {
        known.generation = this.#log.generation;
        return known;
      }
      this.#budget.forget(known);
    }
    const routes = new ResolvedRoutes<P>(this, this.#log.generation);
    routes.direct = this.#resolve(topic.name); // [MQTT-3.3.2-3] [MQTT-3.3.2-3@3.1.1]
    routes.shared = this.#shared.match(topic.name);
    this.#budget.admit(routes);
    topic.route = routes;
    return routes;
  }

  #resolve(topicName: string): RouteRecord<P>[] {
    const direct: RouteRecord<P>[] = [];
    this.#ordinary.match(topicName, this.#heads);
    this.#resolution += 1;
    for (const head of this.#heads) {
      for (
        let subscription: Subscription<P> | undefined = head;
        subscription !== undefined;
        subscription = subscription.next
      ) {
        this.#addRoute(direct, subscription);
      }
    }
    this.#heads.length = 0;
    return direct.slice(); // of exact size
  }

  #addRoute(direct: RouteRecord<P>[], subscription: Subscription<P>): void {
    const subscriber = subscription.subscriber;
    const route = routeOf(subscription);
    if (subscriber.seenIn !== this.#resolution) {
      subscriber.seenIn = this.#resolution;
      subscriber.seenAt = direct.length;
      direct.push(route);
      return;
    }
    direct[subscriber.seenAt] = mergeRoutes(direct[subscriber.seenAt]!, route);
  }

  #add(subscriber: Subscriber<P>, requested: string): Subscription<P> {
    subscriber.subscriptions ??= new Map();
    const share = parseShare(requested);
    if (share !== undefined) {
      const groups = this.#shared.size;
      const member = this.#shared.add(subscriber, share.shareName, share.topicFilter);
      subscriber.subscriptions.set(requested, member);
      subscriber.shares += 1;
      if (this.#shared.size !== groups) this.#log.record(share.topicFilter);
      return member;
    }
    const subscription = this.#ordinary.add(subscriber, requested);
    subscriber.subscriptions.set(subscription.topicFilter, subscription);
    this.#log.record(subscription.topicFilter);
    return subscription;
  }

  #remove(subscription: Subscription<P>): void {
    const groups = this.#shared.size;
    if (subscription.shareName === undefined) this.#ordinary.remove(subscription);
    else {
      this.#shared.remove(subscription, subscription.shareName);
      subscription.subscriber.shares -= 1;
    }
    this.#size -= 1;
    // Who is in a group does not change which groups a topic has.
    if (subscription.shareName === undefined || this.#shared.size !== groups)
      this.#log.record(subscription.topicFilter);
  }
}

/** Whether the options differ in what routing depends on. */
function change<P>(subscription: Subscription<P>, request: SubscribeRequest, subscriptionIdentifier: number): boolean {
  subscription.retainHandling = request.retainHandling;
  if (
    subscription.qos === request.qos &&
    subscription.noLocal === request.noLocal &&
    subscription.retainAsPublished === request.retainAsPublished &&
    subscription.subscriptionIdentifier === subscriptionIdentifier
  ) {
    return false;
  }
  subscription.qos = request.qos;
  subscription.noLocal = request.noLocal;
  subscription.retainAsPublished = request.retainAsPublished;
  subscription.subscriptionIdentifier = subscriptionIdentifier;
  subscription.route = undefined;
  return true;
}
