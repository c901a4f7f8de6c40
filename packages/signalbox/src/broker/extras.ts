/**
 * What a broker does beyond the standard, when it is told to: how groups share, which topics are rewritten, what clients are
 * subscribed to, how long messages stay retained. Here are the settings and whether they make sense; nothing costs anything
 * when it is off.
 */
import { matches, validateTopicFilter, validateTopicName } from '../mqtt/topics.ts';
import type { QoS } from '../mqtt/wire-format.ts';
import { SHARED_STRATEGIES, type SharedStrategy } from '../routing/shared-strategy.ts';
import { type RewriteRule, TopicRewriting } from './delivery/topic-rewriting.ts';

/** Which member of a Shared Subscription gets a message (§4.8.2). */
export interface SharingOptions {
  /** Of all groups. Default `round-robin`. */
  readonly strategy?: SharedStrategy;
  /** Of the groups with these share names. */
  readonly groups?: Readonly<Record<string, SharedStrategy>>;
}

/** A subscription that each client gets when it connects, without asking. */
export interface AutoSubscription {
  /** `%c` and `%u` stand for Client Identifier and User Name. */
  readonly topicFilter: string;
  /** Default 0. */
  readonly qos?: QoS;
  readonly noLocal?: boolean;
  readonly retainAsPublished?: boolean;
  /** 0: retained messages each time; 1: when the subscription is new; 2: never. Default 1. */
  readonly retainHandling?: 0 | 1 | 2;
}

/** Retained messages of these topics are forgotten when they are older. */
export interface RetainedExpiry {
  readonly topicFilter: string;
  readonly seconds: number;
}

export interface BrokerExtras {
  readonly sharing?: SharingOptions;
  /** The first rule that is about a topic rewrites it. */
  readonly rewrites?: readonly RewriteRule[];
  readonly autoSubscribe?: readonly AutoSubscription[];
  /** The first rule that matches a topic holds for it. */
  readonly retainedExpiry?: readonly RetainedExpiry[];
  /** Told to clients of 5.0 that ask for Response Information; `%c` and `%u` as above. Default: none is told. */
  readonly responseInformation?: string;
}

/** So many rules of each kind: they are looked at one after another. */
const MOST_RULES = 1_000;

export class Extras {
  readonly rewriting: TopicRewriting | undefined;
  readonly autoSubscribe: readonly AutoSubscription[];
  readonly responseInformation: string | undefined;
  readonly #strategy: SharedStrategy;
  readonly #strategies: ReadonlyMap<string, SharedStrategy>;
  readonly #retainedExpiry: readonly RetainedExpiry[];

  /** Throws RangeError, which says what is wrong. */
  constructor(options: BrokerExtras) {
    const { sharing = {}, rewrites = [], autoSubscribe = [], retainedExpiry = [], responseInformation } = options;
    for (const [name, rules] of Object.entries({ rewrites, autoSubscribe, retainedExpiry })) {
      if (rules.length > MOST_RULES) throw new RangeError(`${name} has more than ${MOST_RULES} rules`);
    }
    this.#strategy = checkStrategy(sharing.strategy ?? 'round-robin');
    this.#strategies = new Map(Object.entries(sharing.groups ?? {}));
    for (const strategy of this.#strategies.values()) checkStrategy(strategy);
    this.rewriting = rewrites.length === 0 ? undefined : new TopicRewriting(rewrites);
    for (const rule of autoSubscribe) checkAutoSubscription(rule);
    this.autoSubscribe = autoSubscribe;
    for (const rule of retainedExpiry) checkRetainedExpiry(rule);
    this.#retainedExpiry = retainedExpiry;
    const problem = responseInformation === undefined ? undefined : validateTopicName(responseInformation);
    if (problem !== undefined) throw new RangeError(`responseInformation is no Topic Name: ${problem}`);
    this.responseInformation = responseInformation;
  }

  readonly strategyOf = (shareName: string): SharedStrategy => this.#strategies.get(shareName) ?? this.#strategy;

  /** How long a message of this topic stays retained, in ms; Infinity: as long as its publisher wants. */
  retainedAge(topicName: string): number {
    const rule = this.#retainedExpiry.find(({ topicFilter }) => matches(topicFilter, topicName));
    return rule === undefined ? Number.POSITIVE_INFINITY : rule.seconds * 1000;
  }
}

function checkStrategy(strategy: SharedStrategy): SharedStrategy {
  if (SHARED_STRATEGIES.includes(strategy)) return strategy;
  throw new RangeError(`there is no sharing strategy “${String(strategy)}”, but ${SHARED_STRATEGIES.join(', ')}`);
}

function checkAutoSubscription({ topicFilter, qos = 0, noLocal, retainHandling = 1 }: AutoSubscription): void {
  const problem = validateTopicFilter(topicFilter);
  if (problem !== undefined) throw new RangeError(`autoSubscribe “${topicFilter}” is no Topic Filter: ${problem}`);
  if (![0, 1, 2].includes(qos)) throw new RangeError(`autoSubscribe “${topicFilter}”: there is no QoS ${qos}`);
  if (![0, 1, 2].includes(retainHandling)) {
    throw new RangeError(`autoSubscribe “${topicFilter}”: there is no Retain Handling ${retainHandling}`);
  }
  if (noLocal === true && topicFilter.startsWith('$share/')) {
    throw new RangeError(`autoSubscribe “${topicFilter}”: a Shared Subscription has no No Local`);
  }
}

function checkRetainedExpiry({ topicFilter, seconds }: RetainedExpiry): void {
  const problem = validateTopicFilter(topicFilter);
  if (problem !== undefined) throw new RangeError(`retainedExpiry “${topicFilter}” is no Topic Filter: ${problem}`);
  if (!Number.isInteger(seconds) || seconds < 1) {
    throw new RangeError(`retainedExpiry “${topicFilter}”: seconds must be an integer of at least 1`);
  }
}
