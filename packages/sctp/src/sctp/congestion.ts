// How much may be in flight (RFC 9260, §7.2), in bytes of user data.

/** Of segments, that a SACK may let the window grow by in slow start: owners acknowledge a turn's packets at once. */
const GROWTH_LIMIT = 8;

/** Of segments, at the beginning (RFC 6928), after idleness, and the least while losses come without delay. */
const INITIAL = 10;

/** Of segments, the least while losses come with delay (§7.2.3). */
const LEAST = 4;

export class CongestionWindow {
  size: number;
  #threshold = Number.POSITIVE_INFINITY;
  #partialBytesAcknowledged = 0;
  readonly #segment: number;
  readonly #most: number;

  /** `segment`: the user data of a full packet. */
  constructor(segment: number, most: number) {
    this.#segment = segment;
    this.#most = most;
    this.size = INITIAL * segment;
  }

  /** Bytes were acknowledged while the window was in full use and nothing was lost. */
  grow(bytes: number): void {
    const segment = this.#segment;
    if (this.size <= this.#threshold) {
      this.size += Math.min(bytes, GROWTH_LIMIT * segment);
    } else {
      this.#partialBytesAcknowledged += bytes;
      if (this.#partialBytesAcknowledged < this.size) return;
      this.#partialBytesAcknowledged -= this.size;
      this.size += segment;
    }
    this.size = Math.min(this.size, this.#most);
  }

  /**
   * Something was lost, once in a round trip (§7.2.3). `cause`: a path whose queues are empty loses packets for other reasons
   * than congestion, and to send fewer would not help it (docs/decisions, "losses without delay").
   */
  onLoss(cause: 'congestion' | 'noise'): void {
    const least = (cause === 'noise' ? INITIAL : LEAST) * this.#segment;
    // Never more than before.
    this.#threshold = Math.max(this.size / 2, Math.min(least, this.size), LEAST * this.#segment);
    this.size = this.#threshold;
    this.#partialBytesAcknowledged = 0;
  }

  /** Nothing came back at all: one packet at a time (§7.2.3). */
  onTimeout(): void {
    this.#threshold = Math.max(this.size / 2, LEAST * this.#segment);
    this.size = this.#segment;
    this.#partialBytesAcknowledged = 0;
  }

  /** Nothing was sent for so many timeouts: what the path took then says little about now. */
  onIdle(timeouts: number): void {
    this.size = Math.max(this.size / 2 ** Math.min(timeouts, 30), Math.min(this.size, INITIAL * this.#segment));
  }
}
