// Which topic filters are wanted, by whom, and who wants a message of a topic. Matched as the server does, §3.2: what is no
// valid filter with wildcards is a topic name like any other, as reference servers take it.

import { hasWildcards, isTopicFilter, matches, parseShare } from '../mqtt/topics.ts';
import type { MsipSubscription } from './subscription.ts';

interface Wanted {
  readonly subscriptions: Set<MsipSubscription>;
  /** By subscribe(): its messages go to the events of the client. */
  isBare: boolean;
}

/** Topics whose subscriptions are remembered: more than a client usually gets messages of. */
const REMEMBERED_TOPICS = 4_096;
/** Filters that were given up and whose messages may still be on their way. */
const REMEMBERED_FORMER = 256;

export class Filters {
  readonly #wanted = new Map<string, Wanted>();
  /** Those which are not a topic name like any other, and what is to be matched of them. */
  readonly #patterns = new Map<string, string>();
  readonly #found = new Map<string, readonly MsipSubscription[]>();
  readonly #former = new Set<string>();

  /** In the order in which they were first wanted. */
  get all(): string[] {
    return [...this.#wanted.keys()];
  }

  get subscriptions(): Set<MsipSubscription> {
    return new Set([...this.#wanted.values()].flatMap(({ subscriptions }) => [...subscriptions]));
  }

  has(topicFilter: string): boolean {
    return this.#wanted.has(topicFilter);
  }

  /** Undefined: for the events of the client. */
  add(topicFilter: string, subscription: MsipSubscription | undefined): void {
    const wanted = this.#wanted.get(topicFilter) ?? { subscriptions: new Set(), isBare: false };
    this.#wanted.set(topicFilter, wanted);
    const pattern = patternOf(topicFilter);
    if (pattern !== undefined) this.#patterns.set(topicFilter, pattern);
    if (subscription === undefined) wanted.isBare = true;
    else wanted.subscriptions.add(subscription);
    this.#former.delete(topicFilter);
    this.#found.clear();
  }

  /** True: nobody wants this filter any more. */
  remove(topicFilter: string, subscription: MsipSubscription): boolean {
    const wanted = this.#wanted.get(topicFilter);
    if (wanted === undefined || !wanted.subscriptions.delete(subscription)) return false;
    this.#found.clear();
    if (wanted.isBare || wanted.subscriptions.size > 0) return false;
    this.drop(topicFilter);
    return true;
  }

  /** Answers whose subscriptions had it. */
  drop(topicFilter: string): MsipSubscription[] {
    const subscriptions = [...(this.#wanted.get(topicFilter)?.subscriptions ?? [])];
    if (!this.#wanted.delete(topicFilter)) return [];
    this.#patterns.delete(topicFilter);
    this.#found.clear();
    this.#former.add(topicFilter);
    const [oldest] = this.#former;
    if (this.#former.size > REMEMBERED_FORMER) this.#former.delete(oldest!);
    return subscriptions;
  }

  /** A subscription none of whose filters is left. */
  isBereft(subscription: MsipSubscription): boolean {
    return !subscription.topicFilters.some((filter) => this.#wanted.get(filter)?.subscriptions.has(subscription));
  }

  clear(): void {
    this.#wanted.clear();
    this.#patterns.clear();
    this.#found.clear();
    this.#former.clear();
  }

  /** The subscriptions that want messages of this topic, each once. */
  find(topic: string): readonly MsipSubscription[] {
    const known = this.#found.get(topic);
    if (known !== undefined) return known;
    const found = new Set(this.#wanted.get(topic)?.subscriptions);
    for (const [filter, pattern] of this.#patterns) {
      if (!matches(pattern, topic)) continue;
      for (const one of this.#wanted.get(filter)!.subscriptions) found.add(one);
    }
    const all = [...found];
    if (this.#found.size >= REMEMBERED_TOPICS) this.#found.clear();
    this.#found.set(topic, all);
    return all;
  }

  /** Messages of this topic were wanted, and may still be on their way. */
  wasWanted(topic: string): boolean {
    if (this.#former.has(topic)) return true;
    for (const filter of this.#former) {
      const pattern = patternOf(filter);
      if (pattern !== undefined && matches(pattern, topic)) return true;
    }
    return false;
  }
}

/** Undefined: it matches the topic that is the same text. */
function patternOf(topicFilter: string): string | undefined {
  const share = parseShare(topicFilter);
  if (share === undefined && !hasWildcards(topicFilter)) return undefined;
  const pattern = share?.topicFilter ?? topicFilter;
  return isTopicFilter(pattern) ? pattern : undefined;
}
