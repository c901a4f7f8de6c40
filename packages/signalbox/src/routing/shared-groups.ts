// The Shared Subscriptions by their filter: one group for each pair of ShareName and filter (MQTT 5.0 §4.8.2), made by its
// first member and gone with its last.

import { SharedGroup } from './shared-group.ts';
import type { SharedOptions } from './shared-strategy.ts';
import type { Subscriber } from './subscriber.ts';
import { Subscription } from './subscription.ts';
import { TopicTree } from './topic-tree.ts';

/** The groups of one filter by ShareName. */
type Groups<P> = Map<string, SharedGroup<P>>;

export class SharedGroups<P> {
  readonly #tree = new TopicTree<Groups<P>>();
  readonly #options: SharedOptions<P>;
  /** Scratch of match(). */
  readonly #matching: Groups<P>[] = [];
  readonly #none: readonly SharedGroup<P>[] = [];
  #size = 0;
  #members = 0;

  constructor(options: SharedOptions<P> = {}) {
    this.#options = options;
  }

  /** Number of groups. */
  get size(): number {
    return this.#size;
  }

  /** Number of subscriptions in them. */
  get members(): number {
    return this.#members;
  }

  /** All groups that match, in an array which nobody changes. */
  match(topicName: string): readonly SharedGroup<P>[] {
    if (this.#size === 0) return this.#none;
    this.#tree.match(topicName, this.#matching);
    if (this.#matching.length === 0) return this.#none;
    const groups: SharedGroup<P>[] = [];
    for (const matching of this.#matching) for (const group of matching.values()) groups.push(group);
    this.#matching.length = 0;
    return groups;
  }

  get(shareName: string, topicFilter: string): SharedGroup<P> | undefined {
    return this.#tree.get(topicFilter)?.get(shareName);
  }

  add(subscriber: Subscriber<P>, shareName: string, topicFilter: string): Subscription<P> {
    let groups = this.#tree.get(topicFilter);
    if (groups === undefined) {
      groups = new Map();
      this.#tree.set(topicFilter, groups);
    }
    let group = groups.get(shareName);
    if (group === undefined) {
      group = new SharedGroup(shareName, topicFilter, this.#options);
      groups.set(shareName, group);
      this.#size += 1;
    }
    const subscription = new Subscription(subscriber, group.topicFilter, group.shareName);
    group.add(subscription);
    this.#members += 1;
    return subscription;
  }

  remove(subscription: Subscription<P>, shareName: string): void {
    const groups = this.#tree.get(subscription.topicFilter)!;
    const group = groups.get(shareName)!;
    group.remove(subscription);
    this.#members -= 1;
    if (group.size > 0) return;
    this.#size -= 1;
    groups.delete(shareName);
    if (groups.size === 0) this.#tree.delete(subscription.topicFilter);
  }
}
