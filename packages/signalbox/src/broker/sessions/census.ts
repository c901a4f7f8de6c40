/**
 * What waits for all sessions together, and who is slowest. Sessions can be a million, so they are counted a slice at a
 * time, and what is answered is the result of the last full count.
 */

import type { Exchange } from '../exchange.ts';
import type { ClientSession } from './client-session.ts';

export interface SlowSession {
  readonly clientId: string;
  readonly queuedMessages: number;
  readonly queuedBytes: number;
}

export interface CensusResult {
  readonly queuedMessages: number;
  /** Messages that wait for several sessions count for each. */
  readonly queuedBytes: number;
  /** Sent, not acknowledged, and kept in case that it has to be sent again; in bytes. */
  readonly inFlightBytes: number;
  /** Sessions with the longest queues, longest first. */
  readonly slowest: readonly SlowSession[];
}

/** About a millisecond's work. */
const SLICE = 2_000;
/** As many as somebody will look at. */
const MOST_SLOW = 100;

const NOBODY: CensusResult = { queuedMessages: 0, queuedBytes: 0, inFlightBytes: 0, slowest: [] };

export class Census {
  /** Of the last full count. */
  result: CensusResult = NOBODY;
  readonly #exchange: Exchange;
  #counting: Iterator<ClientSession> | undefined = undefined;
  #next = { queuedMessages: 0, queuedBytes: 0, inFlightBytes: 0, slowest: [] as SlowSession[] };

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** Counts a slice further, and begins anew after the last one. */
  tick(): void {
    this.#counting ??= this.#exchange.sessions[Symbol.iterator]();
    for (let i = 0; i < SLICE; i++) {
      const { value: session, done } = this.#counting.next();
      if (done === true) {
        this.#finish();
        return;
      }
      this.#count(session);
    }
  }

  #count(session: ClientSession): void {
    const next = this.#next;
    next.inFlightBytes += session.inFlightBytes;
    const queue = session.queue;
    if (queue === undefined || queue.length === 0) return;
    next.queuedMessages += queue.length;
    next.queuedBytes += queue.bytes;
    const { slowest } = next;
    if (slowest.length < MOST_SLOW || queue.length > slowest.at(-1)!.queuedMessages) {
      const entry = { clientId: session.clientId, queuedMessages: queue.length, queuedBytes: queue.bytes };
      let at = slowest.length;
      while (at > 0 && slowest[at - 1]!.queuedMessages < entry.queuedMessages) at--;
      slowest.splice(at, 0, entry);
      if (slowest.length > MOST_SLOW) slowest.pop();
    }
  }

  #finish(): void {
    this.#counting = undefined;
    this.result = this.#next;
    this.#next = { queuedMessages: 0, queuedBytes: 0, inFlightBytes: 0, slowest: [] };
  }
}
