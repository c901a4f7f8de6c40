/**
 * Retained messages whose time is up (§3.3.2.3.3): removed, in the store as well. Of crowds the rest follows in later turns.
 * It must not know who looks for them: what has expired is not found any more, removed or not.
 */
import type { Exchange } from '../exchange.ts';
import { LaterTurns } from '../later-turns.ts';

/** Removed before others get their turn: some 2 ms. */
const MOST_AT_ONCE = 1_000;

export class ExpiredRetained {
  readonly #exchange: Exchange;
  readonly #laterTurns: LaterTurns;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
    this.#laterTurns = new LaterTurns(exchange, (now) => this.tick(now));
  }

  tick(now: number): void {
    const { retained, commits } = this.#exchange;
    if (retained.deadline > now) return;
    for (const message of retained.tick(now, MOST_AT_ONCE)) {
      commits.write({ type: 'retained-cleared', topicName: message.topic.name });
    }
    if (retained.deadline <= now) this.#laterTurns.goOn();
  }

  /** The broker closes. */
  stop(): void {
    this.#laterTurns.stop();
  }
}
