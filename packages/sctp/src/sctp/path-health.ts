// How many times in a row the peer did not answer (RFC 9260, §8.1, §8.2): timeouts of data and of heartbeats together.

export class PathHealth {
  #failures = 0;
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** The peer acknowledged something. */
  answered(): void {
    this.#failures = 0;
  }

  failed(): void {
    this.#failures++;
  }

  get isLost(): boolean {
    return this.#failures > this.#most;
  }
}
