// What a topic resolves to: who gets its messages and how. Read-only for everybody but Subscriptions.

import type { QoS } from './message.ts';
import type { SharedGroup } from './shared-group.ts';
import type { Subscriber } from './subscriber.ts';

/** One delivery per message for one subscriber, its overlapping subscriptions already merged. One hidden class. */
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
  /** Slot for the owner of the broker's hot path (recipients split by encoding, …); undefined in every newly resolved Routes. */
  plan: unknown;
}
