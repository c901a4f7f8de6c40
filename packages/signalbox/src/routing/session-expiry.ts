// When sessions without a connection end (MQTT 5.0 §3.1.2.11.2).

import { Deadlines } from './deadlines.ts';

/** A Session Expiry Interval of this many seconds means: never. */
export const SESSION_NEVER_EXPIRES = 0xffffffff;

/** When a session disconnected at `now` (ms) ends; Infinity when never. */
export function sessionEnd(sessionExpiryInterval: number, now: number): number {
  return sessionExpiryInterval === SESSION_NEVER_EXPIRES ? Infinity : now + sessionExpiryInterval * 1000;
}

export class SessionExpiry<S extends object> {
  readonly #deadlines = new Deadlines<S>();

  /** Sessions which are to end; those that never expire are not counted. */
  get size(): number {
    return this.#deadlines.size;
  }

  /** When takeDue() has something (ms); Infinity when never. */
  get deadline(): number {
    return this.#deadlines.deadline;
  }

  /** `endsAt` (ms) as sessionEnd() answers; Infinity forgets what was scheduled. Replaces an earlier one. */
  schedule(clientId: string, session: S, endsAt: number): void {
    if (endsAt === Infinity) this.#deadlines.delete(clientId);
    else this.#deadlines.set(clientId, endsAt, session);
  }

  /** The session was resumed or deleted. Undefined when nothing was scheduled. */
  cancel(clientId: string): S | undefined {
    return this.#deadlines.delete(clientId);
  }

  /** Returns and forgets the sessions that end now, in the order in which they fell due, as many as `most`. */
  takeDue(now: number, most = Infinity): S[] {
    return this.#deadlines.takeAllDue(now, most); // [MQTT-4.1.0-2]
  }
}
