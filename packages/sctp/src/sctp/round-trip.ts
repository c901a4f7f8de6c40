// The round trip as measured, and the retransmission timeout that follows from it (RFC 9260, §6.3.1).

import type { AssociationLimits } from './association-options.ts';

/** The smallest round trip is forgotten after so long: a path may get slower for good. */
const MINIMUM_LIFETIME_MS = 10_000;

/** What the machines at both ends may add to a round trip without a queue on the path. */
const NOISE_MS = 10;

export class RoundTrip {
  /** undefined until something was measured. */
  smoothed: number | undefined;
  minimum = Number.POSITIVE_INFINITY;
  /** The retransmission timeout of now, in milliseconds. */
  timeout: number;
  #variation = 0;
  #minimumAt = 0;
  readonly #limits: AssociationLimits;

  constructor(limits: AssociationLimits) {
    this.#limits = limits;
    this.timeout = limits.rtoInitialMs;
  }

  /** `measured`: from a chunk that was sent once, so that there is no doubt what was acknowledged. */
  measure(measured: number, now: number): void {
    if (measured <= this.minimum || now - this.#minimumAt > MINIMUM_LIFETIME_MS) {
      this.minimum = measured;
      this.#minimumAt = now;
    }
    if (this.smoothed === undefined) {
      this.smoothed = measured;
      this.#variation = measured / 2;
    } else {
      this.#variation = 0.75 * this.#variation + 0.25 * Math.abs(this.smoothed - measured);
      this.smoothed = 0.875 * this.smoothed + 0.125 * measured;
    }
    this.timeout = this.#bounded(this.smoothed + 4 * this.#variation);
  }

  /** Whether packets wait on their way: they take twice as long as they can, and what schedulers and timers add. */
  get isDelayed(): boolean {
    return this.smoothed === undefined || this.smoothed > 2 * this.minimum + NOISE_MS;
  }

  /** The timer ran out: twice as long until something is measured again. */
  backOff(): void {
    this.timeout = this.#bounded(this.timeout * 2);
  }

  #bounded(timeout: number): number {
    return Math.min(this.#limits.rtoMaximumMs, Math.max(this.#limits.rtoMinimumMs, timeout));
  }
}
