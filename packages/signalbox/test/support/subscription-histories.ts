// The histories of all subscriptions one client ever asked for, by filter, and which of them concern a Topic Name.

import { matches, parseShare } from '../../src/mqtt/topics.ts';
import { SubscriptionHistory } from './subscription-history.ts';

export class SubscriptionHistories {
  readonly #byFilter = new Map<string, SubscriptionHistory>();

  of(topicFilter: string): SubscriptionHistory {
    let history = this.#byFilter.get(topicFilter);
    if (history === undefined) {
      history = new SubscriptionHistory();
      this.#byFilter.set(topicFilter, history);
    }
    return history;
  }

  get(topicFilter: string): SubscriptionHistory | undefined {
    return this.#byFilter.get(topicFilter);
  }

  [Symbol.iterator](): IterableIterator<[string, SubscriptionHistory]> {
    return this.#byFilter.entries();
  }

  /** Of shared subscriptions, or of the others. */
  matching(topicName: string, kind: 'own' | 'shared'): SubscriptionHistory[] {
    const found: SubscriptionHistory[] = [];
    for (const [topicFilter, history] of this.#byFilter) {
      const share = parseShare(topicFilter);
      if ((share !== undefined) !== (kind === 'shared')) continue;
      if (matches(share?.topicFilter ?? topicFilter, topicName)) found.push(history);
    }
    return found;
  }
}
