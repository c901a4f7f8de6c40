// Will Messages waiting for their delay after the connection was lost (MQTT 5.0 §3.1.3.2.2).

import { Deadlines } from './deadlines.ts';
import type { Message } from './message.ts';

export interface WillDelay {
  /** Seconds, as on the wire. */
  readonly willDelayInterval: number;
  /** Seconds, as on the wire: the will goes out when the session ends at the latest. */
  readonly sessionExpiryInterval: number;
  /** Milliseconds: when the connection closed. */
  readonly now: number;
}

export class Wills<W extends object = Message> {
  readonly #deadlines = new Deadlines<W>();

  get size(): number {
    return this.#deadlines.size;
  }

  /** When takeDue() has something (ms); Infinity when never. */
  get deadline(): number {
    return this.#deadlines.deadline;
  }

  /** Due at once when the shorter interval is 0. Replaces what was scheduled for the client. */
  schedule(clientId: string, will: W, delay: WillDelay): void {
    const seconds = Math.min(delay.willDelayInterval, delay.sessionExpiryInterval); // [MQTT-3.1.2-8]
    this.#deadlines.set(clientId, delay.now + seconds * 1000, will);
  }

  /**
   * Returns and forgets the will: a resumed session drops it, a session which ended before its time (clean start)
   * publishes it now.
   */
  cancel(clientId: string): W | undefined {
    return this.#deadlines.delete(clientId); // [MQTT-3.1.3-9]
  }

  /** Returns and forgets the wills to publish now, in the order in which they fell due, as many as `most`. */
  takeDue(now: number, most = Infinity): W[] {
    return this.#deadlines.takeAllDue(now, most); // [MQTT-3.1.2-10]
  }
}
