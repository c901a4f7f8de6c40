/**
 * Retained messages whose time is up (§3.3.2.3.3): removed, in the store as well. Of crowds the rest follows in later turns.
 * It must not know who looks for them: what has expired is not found any more, removed or not.
 */
import type { Exchange } from '../exchange.ts';

/** Removed before others get their turn: some 2 ms. */
const MOST_AT_ONCE = 1_000;

export class RetainedExpiry {
  readonly #exchange: Exchange;
  #goesOn: NodeJS.Immediate | undefined = undefined;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  tick(now: number): void {
    const { retained, commits } = this.#exchange;
    if (retained.deadline > now) return;
    for (const message of retained.tick(now, MOST_AT_ONCE)) {
      commits.write({ type: 'retained-cleared', topicName: message.topic.name });
    }
    if (retained.deadline <= now) this.#goesOn ??= setImmediate(() => this.#goOn());
  }

  /** The broker closes: what has expired is removed by the next one on this store. */
  stop(): void {
    clearImmediate(this.#goesOn);
  }

  #goOn(): void {
    this.#goesOn = undefined;
    this.tick(this.#exchange.now());
    this.#exchange.commits.settle();
  }
}
