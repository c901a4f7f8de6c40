// A Shared Subscription (MQTT 5.0 §4.8.2): the members with the same ShareName and filter, of which each message goes to
// one. Which filters match is not its business.

import type { Route } from './routes.ts';
import { routeOf } from './routes.ts';
import type { Subscription } from './subscription.ts';

/** Tells whether a connected member can take a message now (its queue has room); given to Subscriptions once. */
export interface Readiness<P> {
  isReady(peer: P): boolean;
}

export class SharedGroup<P> {
  readonly shareName: string;
  readonly topicFilter: string;
  readonly #readiness: Readiness<P> | undefined;
  readonly #members: Subscription<P>[];
  /** The member whose turn it is. */
  #turn: number;

  constructor(shareName: string, topicFilter: string, readiness: Readiness<P> | undefined) {
    this.shareName = shareName;
    this.topicFilter = topicFilter;
    this.#readiness = readiness;
    this.#members = [];
    this.#turn = 0;
  }

  get size(): number {
    return this.#members.length;
  }

  /**
   * Round robin over connected, ready members; else over connected ones; else over disconnected members whose session
   * is persistent; undefined when there is none. Call it once per message and send to nobody else.
   */
  pick(): Route<P> | undefined {
    const count = this.#members.length;
    let busy = -1;
    let away = -1;
    for (let step = 0, at = this.#turn; step < count; step++, at = at + 1 === count ? 0 : at + 1) {
      const subscriber = this.#members[at]!.subscriber;
      if (!subscriber.connected) {
        if (away < 0 && subscriber.persistent) away = at;
      } else if (this.#readiness === undefined || this.#readiness.isReady(subscriber.peer)) {
        return this.#choose(at);
      } else if (busy < 0) {
        busy = at;
      }
    }
    if (busy >= 0) return this.#choose(busy);
    return away < 0 ? undefined : this.#choose(away);
  }

  /** For Subscriptions only. */
  add(member: Subscription<P>): void {
    this.#members.push(member);
  }

  /** For Subscriptions only. The others keep their order and turn. */
  remove(member: Subscription<P>): void {
    const at = this.#members.indexOf(member);
    this.#members.splice(at, 1);
    if (at < this.#turn) this.#turn -= 1;
    else if (this.#turn === this.#members.length) this.#turn = 0;
  }

  #choose(at: number): Route<P> {
    this.#turn = at + 1 === this.#members.length ? 0 : at + 1;
    return routeOf(this.#members[at]!); // [MQTT-4.8.2-3]
  }
}
