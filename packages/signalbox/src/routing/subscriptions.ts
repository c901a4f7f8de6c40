// All subscriptions of a broker and the answer to "who gets this topic".

import type { TopicName } from '../mqtt/topic-names.ts';
import type { Routes } from './routes.ts';
import type { Readiness } from './shared-group.ts';
import type { Subscriber } from './subscriber.ts';
import type { SubscribeOutcome, SubscribeRequest } from './subscription.ts';

const LATER = 'being written';

export class Subscriptions<P> {
  readonly readiness: Readiness<P> | undefined;

  constructor(readiness?: Readiness<P>) {
    this.readiness = readiness;
  }

  /** Number of subscriptions. */
  get size(): number {
    throw new Error(LATER);
  }

  /** Goes up whenever routes of some topic may have changed. */
  get generation(): number {
    throw new Error(LATER);
  }

  /** `subscriptionIdentifier` 0 when there is none. The filter must be valid. */
  subscribe(_subscriber: Subscriber<P>, _request: SubscribeRequest, _subscriptionIdentifier: number): SubscribeOutcome {
    throw new Error(LATER);
  }

  /** `topicFilter` as given to subscribe (with `$share/…`). False when there is no such subscription. */
  unsubscribe(_subscriber: Subscriber<P>, _topicFilter: string): boolean {
    throw new Error(LATER);
  }

  /** The session ended. */
  unsubscribeAll(_subscriber: Subscriber<P>): void {
    throw new Error(LATER);
  }

  /** Something the owner derived from this subscriber (Routes.plan) no longer holds: resolve its topics anew. */
  refresh(_subscriber: Subscriber<P>): void {
    throw new Error(LATER);
  }

  /** The hot path: cached in `topic.route`. The result is valid until the next change of subscriptions. */
  routes(_topic: TopicName): Routes<P> {
    throw new Error(LATER);
  }
}
