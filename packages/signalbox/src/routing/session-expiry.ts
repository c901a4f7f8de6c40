// When sessions without a connection end (MQTT 5.0 §3.1.2.11.2).

const LATER = 'being written';

/** A Session Expiry Interval of this many seconds means: never. */
export const SESSION_NEVER_EXPIRES = 0xffffffff;

export class SessionExpiry<S> {
  get size(): number {
    throw new Error(LATER);
  }

  /** `endsAt` from expiresAt(); Infinity forgets the deadline. Replaces an earlier one. */
  schedule(_clientId: string, _session: S, _endsAt: number): void {
    throw new Error(LATER);
  }

  /** The session was resumed or deleted. */
  cancel(_clientId: string): S | undefined {
    throw new Error(LATER);
  }

  /** Returns and forgets the sessions that end now, in the order in which they fell due. */
  takeDue(_now: number): S[] {
    throw new Error(LATER);
  }

  get deadline(): number {
    throw new Error(LATER);
  }
}

/** When a session disconnected at `now` (ms) ends; Infinity when never. */
export function sessionEnd(sessionExpiryInterval: number, now: number): number {
  return sessionExpiryInterval === SESSION_NEVER_EXPIRES ? Infinity : now + sessionExpiryInterval * 1000;
}
