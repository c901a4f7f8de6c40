// One Subscription of a subscriber: filter, options, identifier (MQTT 5.0 §3.8.3.1). Also the route a message takes when
// it matches no other subscription of the same subscriber.

import type { QoS } from './message.ts';
import type { RouteRecord } from './routes.ts';
import type { Subscriber } from './subscriber.ts';

export type RetainHandling = 0 | 1 | 2;

/** What SUBSCRIBE asks for one filter, with the QoS that was granted. `topicFilter` is valid and may begin with `$share/`. */
export interface SubscribeRequest {
  readonly topicFilter: string;
  readonly qos: QoS;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly retainHandling: RetainHandling;
}

export type SubscribeOutcome = 'new' | 'replaced';

export class Subscription<P> {
  readonly subscriber: Subscriber<P>;
  /** Without `$share/<shareName>/`. */
  readonly topicFilter: string;
  readonly shareName: string | undefined;
  qos: QoS;
  noLocal: boolean;
  retainAsPublished: boolean;
  retainHandling: RetainHandling;
  /** 0 when there is none. */
  subscriptionIdentifier: number;
  /** Neighbours among the subscriptions with the same filter. Changed by Subscriptions only. */
  previous: Subscription<P> | undefined;
  next: Subscription<P> | undefined;
  /** Made when first resolved. */
  route: RouteRecord<P> | undefined;

  constructor(subscriber: Subscriber<P>, topicFilter: string, shareName: string | undefined) {
    this.subscriber = subscriber;
    this.topicFilter = topicFilter;
    this.shareName = shareName;
    this.qos = 0;
    this.noLocal = false;
    this.retainAsPublished = false;
    this.retainHandling = 0;
    this.subscriptionIdentifier = 0;
    this.previous = undefined;
    this.next = undefined;
    this.route = undefined;
  }
}

/** Whether retained messages follow this SUBSCRIBE. A shared subscription never gets them (§4.8.2). */
export function wantsRetained(request: SubscribeRequest, outcome: SubscribeOutcome): boolean {
  if (request.topicFilter.startsWith('$share/')) return false;
  if (request.retainHandling === 2) return false; // [MQTT-3.3.1-11]
  return request.retainHandling === 0 || outcome === 'new'; // [MQTT-3.3.1-9] [MQTT-3.3.1-10] [MQTT-3.3.1-6@3.1.1]
}
