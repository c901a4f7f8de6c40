/**
 * Rate: so many a second, with room for a burst. What was taken is a time until which it is paid for, so that one number
 * is all there is to keep for each who takes; time comes in.
 */

export class Rate {
  /** Milliseconds that one costs. */
  readonly #costMs: number;
  readonly #burstMs: number;

  /** `perSecond` 0: no limit. `burstSeconds`: how much may come at once, after a time without any. */
  constructor(perSecond: number, burstSeconds: number) {
    this.#costMs = perSecond === 0 ? 0 : 1000 / perSecond;
    // One at least, however low the rate.
    this.#burstMs = Math.max(burstSeconds * 1000, this.#costMs);
  }

  get isLimited(): boolean {
    return this.#costMs > 0;
  }

  /** Whether one more may come now. */
  allows(paidUntil: number, now: number): boolean {
    return paidUntil - now + this.#costMs <= this.#burstMs;
  }

  /** Until when it is paid for, once `count` more have come. */
  spend(paidUntil: number, now: number, count: number): number {
    return Math.max(paidUntil, now) + count * this.#costMs;
  }

  /** When the burst is used up no more; at `now` or before when it is not. */
  settledAt(paidUntil: number): number {
    return paidUntil - this.#burstMs;
  }
}
