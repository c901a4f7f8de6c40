// Subscriptions the server has forgotten with its session, asked for again in few packets until it has answered: also when
// the connection fails in between, and the server has a session by then. §3.8

import type { SubscribeInput } from '../../mqtt/packets/subscribe.ts';
import { RefusedError } from '../client-errors.ts';
import type { Subscription } from './subscription.ts';
import type { WantedFilters } from './wanted-filters.ts';

export interface RepetitionHost {
  /** Sends the packet and answers its Packet Identifier. Throws UsageError. */
  send(packet: SubscribeInput): number;
  now(): number;
  /** What nobody asked for at this time is refused now. */
  readonly onProblem: (problem: unknown) => void;
}

/** One filter of a subscription that is to be asked for again. */
interface Owed {
  readonly topicFilter: string;
  readonly subscription: Subscription;
}

/** Filters in one packet: some kilobytes. */
const FILTERS_AT_ONCE = 100;

export class Repetition {
  readonly #host: RepetitionHost;
  readonly #wanted: WantedFilters;
  readonly #owed = new Set<Owed>();
  #askedAt = 0;
  /** What was asked on this connection, by Packet Identifier. */
  readonly #asked = new Map<number, readonly Owed[]>();

  constructor(host: RepetitionHost, wanted: WantedFilters) {
    this.#host = host;
    this.#wanted = wanted;
  }

  get isAsking(): boolean {
    return this.#asked.size > 0;
  }

  get unansweredSince(): number {
    return this.isAsking ? this.#askedAt : Infinity;
  }

  /** The server knows none of them any more. What it refused before is not asked for again. */
  sessionLost(): void {
    this.#owed.clear();
    for (const subscription of this.#wanted.subscriptions) {
      subscription.topicFilters.forEach((topicFilter, index) => {
        if ((subscription.reasonCodes[index] ?? 0) < 0x80) this.#owed.add({ topicFilter, subscription });
      });
    }
  }

  /** Asks, in as few packets as it takes; those with User Properties in packets of their own. `except` is asked for anyway. */
  ask(except: ReadonlySet<Subscription>): void {
    this.#askedAt = this.#host.now();
    const groups = new Map<Subscription | undefined, Owed[]>();
    for (const owed of this.#owed) {
      const { subscription } = owed;
      if (subscription.isEnded) this.#owed.delete(owed);
      if (subscription.isEnded || except.has(subscription)) continue;
      const key = subscription.options.userProperties === undefined ? undefined : subscription;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [owed]);
      else group.push(owed);
    }
    for (const group of groups.values())
      for (let at = 0; at < group.length; at += FILTERS_AT_ONCE) this.#askFor(group.slice(at, at + FILTERS_AT_ONCE));
  }

  /** The program has asked itself. */
  answered(subscription: Subscription): void {
    for (const owed of this.#owed) if (owed.subscription === subscription) this.#owed.delete(owed);
  }

  onAnswer(packetIdentifier: number, reasonCodes: readonly number[]): void {
    const asked = this.#asked.get(packetIdentifier);
    this.#asked.delete(packetIdentifier);
    asked?.forEach((owed, index) => {
      const reasonCode = reasonCodes[index] ?? 0;
      this.#settle(owed, reasonCode);
      if (reasonCode >= 0x80 && !owed.subscription.isEnded)
        this.#host.onProblem(new RefusedError(named(owed), reasonCode));
    });
  }

  disconnected(): void {
    this.#asked.clear();
  }

  #askFor(group: readonly Owed[]): void {
    const userProperties = group[0]!.subscription.options.userProperties;
    const packet: SubscribeInput = {
      type: 'subscribe',
      subscriptions: group.map(({ topicFilter, subscription }) =>
        this.#wanted.requestFor(topicFilter, subscription.options),
      ),
      properties: { userProperties },
    };
    try {
      this.#asked.set(this.#host.send(packet), group);
    } catch (error) {
      if (group.length === 1) {
        this.#settle(group[0]!, 0x80);
        this.#host.onProblem(new Error(`${named(group[0]!)} cannot be repeated`, { cause: error }));
        return;
      }
      const half = group.length >> 1; // larger than the server takes, or one of them is not to its liking
      this.#askFor(group.slice(0, half));
      this.#askFor(group.slice(half));
    }
  }

  #settle(owed: Owed, reasonCode: number): void {
    this.#owed.delete(owed);
    const { subscription, topicFilter } = owed;
    const reasonCodes = [...subscription.reasonCodes];
    reasonCodes[subscription.topicFilters.indexOf(topicFilter)] = reasonCode;
    subscription.reasonCodes = reasonCodes;
  }
}

function named({ topicFilter }: Owed): string {
  return `the subscription to '${topicFilter}'`;
}
