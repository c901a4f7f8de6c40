// Shared Subscription group (MQTT 5.0 §4.8.2): the members with the same ShareName and filter; each message goes to one of them.

import type { Route } from './routes.ts';

/** Tells whether a connected member can take a message now (its queue has room); given to Subscriptions once. */
export interface Readiness<P> {
  isReady(peer: P): boolean;
}

export interface SharedGroup<P> {
  readonly shareName: string;
  readonly topicFilter: string;
  readonly size: number;
  /**
   * Round robin over connected, ready members; else over connected ones; else over disconnected members whose session
   * is persistent; undefined when there is none. Call once per message, send to exactly the member it returns.
   */
  pick(): Route<P> | undefined;
}
