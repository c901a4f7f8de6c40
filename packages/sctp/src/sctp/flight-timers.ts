// The timers of what is in flight: the retransmission timeout T3 (RFC 9260, §6.3), and probes long before it, in the manner of
// TLP (RFC 8985, §7). Both start over when something is acknowledged.

import type { RoundTrip } from './round-trip.ts';

/** A probe follows after two round trips, and no sooner than this: timers of owners are no finer. */
const LEAST_PROBE_MS = 2;

export class FlightTimers {
  readonly #roundTrip: RoundTrip;
  #restartedAt = 0;
  #probes = 0;

  constructor(roundTrip: RoundTrip) {
    this.#roundTrip = roundTrip;
  }

  restart(now: number): void {
    this.#restartedAt = now;
    this.#probes = 0;
  }

  onProbe(): void {
    this.#probes++;
  }

  get timeoutAt(): number {
    return this.#restartedAt + this.#roundTrip.timeout;
  }

  /** When something is sent again to have it acknowledged: at longer and longer intervals. */
  get probeAt(): number {
    const { smoothed } = this.#roundTrip;
    if (smoothed === undefined) return Number.POSITIVE_INFINITY;
    return this.#restartedAt + Math.max(LEAST_PROBE_MS, 2 * smoothed) * (2 ** (this.#probes + 1) - 1);
  }
}
