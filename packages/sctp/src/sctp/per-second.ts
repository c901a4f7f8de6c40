// So many of something in a second, counted from the first one: what strangers can make us do has to have an end.

const SECOND_MS = 1000;

export class PerSecond {
  readonly #most: number;
  #began = Number.NEGATIVE_INFINITY;
  #count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** One more; false when it is one too many. */
  take(now: number): boolean {
    if (now - this.#began >= SECOND_MS) {
      this.#began = now;
      this.#count = 0;
    }
    return this.#count++ < this.#most;
  }

  /** Whether the next one would be too many. */
  isSpent(now: number): boolean {
    return now - this.#began < SECOND_MS && this.#count >= this.#most;
  }
}
