// The subscriptions without a ShareName by their filter: those with the same filter are linked with one another, oldest
// first, so that one costs little memory and adding or removing one of many costs no search.

import type { Subscriber } from './subscriber.ts';
import { Subscription } from './subscription.ts';
import { TopicTree } from './topic-tree.ts';

export class OrdinarySubscriptions<P> {
  /** Per filter the first subscription; its `previous` is the last one. */
  readonly #tree = new TopicTree<Subscription<P>>();

  /** Appends the first subscription of each matching filter; the others follow by `next`. */
  match(topicName: string, into: Subscription<P>[]): void {
    this.#tree.match(topicName, into);
  }

  add(subscriber: Subscriber<P>, topicFilter: string): Subscription<P> {
    const head = this.#tree.get(topicFilter);
    // One string of the filter is enough for all who have it.
    const subscription = new Subscription(subscriber, head?.topicFilter ?? topicFilter, undefined);
    if (head === undefined) {
      subscription.previous = subscription;
      this.#tree.set(topicFilter, subscription);
    } else {
      const last = head.previous!;
      last.next = subscription;
      subscription.previous = last;
      head.previous = subscription;
    }
    return subscription;
  }

  remove(subscription: Subscription<P>): void {
    const { topicFilter, next } = subscription;
    const previous = subscription.previous!;
    const head = this.#tree.get(topicFilter)!;
    if (subscription !== head) {
      previous.next = next;
      (next ?? head).previous = previous;
    } else if (next === undefined) {
      this.#tree.delete(topicFilter);
    } else {
      next.previous = previous;
      this.#tree.set(topicFilter, next);
    }
  }
}
