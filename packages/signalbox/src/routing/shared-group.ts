// A Shared Subscription (MQTT 5.0 §4.8.2): the members with the same ShareName and filter, of which each message goes to
// one. Which filters match is not its business.

import type { Route } from './routes.ts';
import { routeOf } from './routes.ts';
import type { Readiness, SharedOptions, SharedStrategy } from './shared-strategy.ts';
import { placeOf } from './shared-strategy.ts';
import type { Subscription } from './subscription.ts';

export class SharedGroup<P> {
  readonly shareName: string;
  readonly topicFilter: string;
  readonly #random: (() => number) | undefined;
  /** Undefined where busy members are not passed over. */
  readonly #readiness: Readiness<P> | undefined;
  /** Undefined where it does not matter. */
  readonly #loadOf: ((peer: P) => number) | undefined;
  readonly #strategy: SharedStrategy;
  readonly #members: Subscription<P>[];
  /** The member whose turn it is, or to which a sticky group keeps. */
  #turn: number;

  constructor(shareName: string, topicFilter: string, options: SharedOptions<P> = {}) {
    this.shareName = shareName;
    this.topicFilter = topicFilter;
    const strategy = options.strategyOf?.(shareName) ?? 'round-robin';
    this.#strategy = strategy;
    this.#random = options.random;
    this.#readiness = isTied(strategy) ? undefined : options.readiness;
    this.#loadOf = strategy === 'least-in-flight' ? options.loadOf : undefined;
    this.#members = [];
    this.#turn = 0;
  }

  get size(): number {
    return this.#members.length;
  }

  /**
   * The connected member of which the strategy thinks first; ready ones before others, unless it ties the message to a
   * member. Without a connected one a disconnected member whose session is persistent; undefined when there is none. Call it
   * once per message and send to nobody else. `publisher` and `topicName` are for the strategies that hash.
   */
  pick(publisher = '', topicName = ''): Route<P> | undefined {
    const count = this.#members.length;
    const readiness = this.#readiness;
    const loadOf = this.#loadOf;
    let busy = -1;
    let away = -1;
    let least = Infinity;
    for (
      let step = 0, at = this.#first(publisher, topicName);
      step < count;
      step++, at = at + 1 === count ? 0 : at + 1
    ) {
      const subscriber = this.#members[at]!.subscriber;
      if (!subscriber.connected) {
        if (away < 0 && subscriber.persistent) away = at;
      } else if (loadOf !== undefined) {
        const load = loadOf(subscriber.peer);
        if (load < least) busy = at;
        least = Math.min(least, load);
      } else if (readiness === undefined || readiness.isReady(subscriber.peer)) {
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

  /** Where the search for a member begins. */
  #first(publisher: string, topicName: string): number {
    const count = this.#members.length;
    switch (this.#strategy) {
      case 'random':
        return Math.floor((this.#random?.() ?? 0) * count);
      case 'hash-client':
        return placeOf(publisher, count);
      case 'hash-topic':
        return placeOf(topicName, count);
      default:
        return this.#turn;
    }
  }

  #choose(at: number): Route<P> {
    if (this.#strategy === 'sticky') this.#turn = at;
    else this.#turn = at + 1 === this.#members.length ? 0 : at + 1;
    return routeOf(this.#members[at]!); // [MQTT-4.8.2-3]
  }
}

/** Whether messages that belong together go to one member, also when it is busy: that keeps them in order. */
function isTied(strategy: SharedStrategy): boolean {
  return strategy === 'sticky' || strategy === 'hash-client' || strategy === 'hash-topic';
}
