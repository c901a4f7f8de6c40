// The topic filters the program wants, with the subscriptions behind each, and which of them a Topic Name belongs to. Knows
// nothing of what the server has confirmed. §4.7, §4.8

import type { SubscriptionRequestInput } from '../../mqtt/packets/subscribe.ts';
import type { TopicName } from '../../mqtt/topic-names.ts';
import { hasWildcards, matches } from '../../mqtt/topics.ts';
import type { SubscribeOptions, Subscription } from './subscription.ts';

/** A Topic Name, and a place to remember where it goes. */
export type RoutedName = Pick<TopicName, 'name' | 'route'>;

export interface WantedFilter {
  readonly topicFilter: string;
  readonly subscriptions: Subscription[];
}

/** The subscriptions of a Topic Name, remembered at the name until the filters change. */
interface Route {
  readonly generation: number;
  readonly receivers: readonly Subscription[];
}

export class WantedFilters {
  readonly #filters = new Map<string, WantedFilter>();
  /** Those whose text is no Topic Name. */
  #patterns: WantedFilter[] = [];
  #generation = 0;

  get(topicFilter: string): WantedFilter | undefined {
    return this.#filters.get(topicFilter);
  }

  /** Every subscription once, in the order they were made. */
  get subscriptions(): Set<Subscription> {
    const all = new Set<Subscription>();
    for (const { subscriptions } of this.#filters.values()) for (const one of subscriptions) all.add(one);
    return all;
  }

  add(subscription: Subscription): void {
    for (const topicFilter of subscription.topicFilters) {
      const filter = this.#filters.get(topicFilter) ?? { topicFilter, subscriptions: [] };
      if (!filter.subscriptions.includes(subscription)) filter.subscriptions.push(subscription);
      this.#filters.set(topicFilter, filter);
    }
    this.#changed();
  }

  /** Answers which filters nobody wants any more. */
  remove(subscription: Subscription): string[] {
    const unwanted: string[] = [];
    for (const topicFilter of subscription.topicFilters) {
      const filter = this.#filters.get(topicFilter);
      const at = filter?.subscriptions.indexOf(subscription) ?? -1;
      if (filter === undefined || at < 0) continue;
      filter.subscriptions.splice(at, 1);
      if (filter.subscriptions.length > 0) continue;
      this.#filters.delete(topicFilter);
      unwanted.push(topicFilter);
    }
    this.#changed();
    return unwanted;
  }

  /** How the server is asked for it: with the highest QoS of its subscriptions, so that none gets less than it wants. */
  requestFor(topicFilter: string, options: SubscribeOptions): SubscriptionRequestInput {
    const { noLocal, retainAsPublished, retainHandling } = options;
    let { qos = 2 } = options;
    for (const one of this.#filters.get(topicFilter)?.subscriptions ?? []) {
      const { qos: other = 2 } = one.options;
      if (other > qos && !one.isEnded) qos = other;
    }
    return { topicFilter, qos, noLocal, retainAsPublished, retainHandling };
  }

  /** The subscriptions a message of this topic is for, each once. */
  receiversOf(topic: RoutedName): readonly Subscription[] {
    const known = topic.route as Route | undefined;
    if (known !== undefined && known.generation === this.#generation) return known.receivers;
    const { name } = topic;
    const filters = this.#patterns.filter(({ topicFilter }) => matches(topicFilter, name));
    const exact = this.#filters.get(name)?.subscriptions ?? [];
    const receivers = new Set([...exact, ...filters.flatMap(({ subscriptions }) => subscriptions)]);
    const route: Route = { generation: this.#generation, receivers: [...receivers] };
    topic.route = route;
    return route.receivers;
  }

  #changed(): void {
    this.#generation++;
    this.#patterns = [...this.#filters.values()].filter(
      ({ topicFilter }) => hasWildcards(topicFilter) || topicFilter.startsWith('$share/'),
    );
  }
}
