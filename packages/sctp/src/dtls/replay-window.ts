// Which record sequence numbers of an epoch were seen. A wider window than the usual 64: under full load a datagram that is
// overtaken by 100 others is no attack. RFC 6347, §4.1.2.6

const SIZE = 1024;

export class ReplayWindow {
  readonly #seen = new Uint32Array(SIZE / 32);
  #highest = -1;

  get highest(): number {
    return this.#highest;
  }

  /** Whether a record with this number may be looked at: not seen yet, and not too old to tell. */
  isFresh(sequence: number): boolean {
    if (sequence > this.#highest) return true;
    if (this.#highest - sequence >= SIZE) return false;
    const bit = sequence % SIZE;
    return (this.#seen[bit >>> 5]! & (1 << (bit & 31))) === 0;
  }

  /** To be called for fresh numbers, and only after the record has proved to be authentic. */
  mark(sequence: number): void {
    for (let skipped = Math.max(this.#highest + 1, sequence - SIZE + 1); skipped < sequence; skipped++) {
      const bit = skipped % SIZE;
      this.#seen[bit >>> 5]! &= ~(1 << (bit & 31));
    }
    const bit = sequence % SIZE;
    this.#seen[bit >>> 5]! |= 1 << (bit & 31);
    if (sequence > this.#highest) this.#highest = sequence;
  }
}
