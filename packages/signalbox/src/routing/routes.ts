// What a topic resolves to: who gets its messages and how. Overlapping subscriptions of one subscriber are one Route
// (MQTT 5.0 §3.3.4). Read-only for everybody but Subscriptions, which resolves them.

import type { QoS } from './message.ts';
import type { SharedGroup } from './shared-group.ts';
import type { Subscriber } from './subscriber.ts';
import type { Subscription } from './subscription.ts';

/** One delivery per message for one subscriber. */
export interface Route<P> {
  readonly subscriber: Subscriber<P>;
  readonly peer: P;
  /** Highest granted among the matching subscriptions; the delivery has min(message.qos, this). */
  readonly qos: QoS;
  /** Whether the RETAIN flag of the publication is passed on. */
  readonly retainAsPublished: boolean;
  /** Of all matching subscriptions that have one; undefined when none has. */
  readonly subscriptionIdentifiers: readonly number[] | undefined;
  /** The publisher itself gets `toSelf` instead of this route (nothing when that is undefined). */
  readonly noLocal: boolean;
  readonly toSelf: Route<P> | undefined;
}

export interface Routes<P> {
  /** Subscriptions.generation up to which this is known to hold. */
  readonly generation: number;
  readonly direct: readonly Route<P>[];
  readonly shared: readonly SharedGroup<P>[];
  /** Slot for the owner of the hot path (recipients split by encoding, …); undefined in every newly resolved Routes. */
  plan: unknown;
}

/** The one class behind Route, so that loops over routes stay monomorphic. */
export class RouteRecord<P> implements Route<P> {
  readonly subscriber: Subscriber<P>;
  readonly peer: P;
  qos: QoS;
  retainAsPublished: boolean;
  subscriptionIdentifiers: number[] | undefined;
  noLocal: boolean;
  toSelf: RouteRecord<P> | undefined;
  /** Belongs to one resolution and not to one subscription. */
  readonly merged: boolean;

  constructor(subscriber: Subscriber<P>, merged: boolean) {
    this.subscriber = subscriber;
    this.peer = subscriber.peer;
    this.qos = 0;
    this.retainAsPublished = false;
    this.subscriptionIdentifiers = undefined;
    this.noLocal = false;
    this.toSelf = undefined;
    this.merged = merged;
  }

  /** Takes in what one more subscription asks for. When they differ about RETAIN, the one that asks for it is obeyed. */
  include(other: RouteRecord<P>): void {
    if (other.qos > this.qos) this.qos = other.qos; // [MQTT-3.3.4-2] [MQTT-3.3.5-1@3.1.1]
    if (other.retainAsPublished) this.retainAsPublished = true;
    if (other.noLocal) this.noLocal = true;
    if (other.subscriptionIdentifiers === undefined) return;
    this.subscriptionIdentifiers ??= [];
    for (const identifier of other.subscriptionIdentifiers) this.subscriptionIdentifiers.push(identifier); // [MQTT-3.3.4-4] [MQTT-3.3.4-3]
  }
}

/** The route of a subscription which no other one of its subscriber overlaps; made once. */
export function routeOf<P>(subscription: Subscription<P>): RouteRecord<P> {
  if (subscription.route !== undefined) return subscription.route;
  const route = new RouteRecord(subscription.subscriber, false);
  route.qos = subscription.qos;
  route.retainAsPublished = subscription.retainAsPublished;
  route.noLocal = subscription.noLocal;
  if (subscription.subscriptionIdentifier > 0) route.subscriptionIdentifiers = [subscription.subscriptionIdentifier]; // [MQTT-3.3.4-3] [MQTT-3.3.4-5]
  subscription.route = route;
  return route;
}

/** `route`, or its successor, which also stands for `other`, a further subscription of the same subscriber. */
export function mergeRoutes<P>(route: RouteRecord<P>, other: RouteRecord<P>): RouteRecord<P> {
  if (route.merged) {
    takeIn(route, other);
    return route;
  }
  const merged = new RouteRecord(route.subscriber, true);
  merged.include(route);
  takeIn(merged, other);
  return merged;
}

/** Once one of them is noLocal, the others have a route of their own for what the subscriber itself publishes. */
function takeIn<P>(merged: RouteRecord<P>, other: RouteRecord<P>): void {
  if (merged.noLocal !== other.noLocal) {
    merged.toSelf ??= new RouteRecord(merged.subscriber, true);
    merged.toSelf.include(other.noLocal ? merged : other);
  }
  merged.include(other);
}
