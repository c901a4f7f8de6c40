// A chunk that is sent again and again until the peer answers it: the timers T1 and T2 (RFC 9260, §5.1, §9.2).

export interface Repetition {
  /** Writes it; asked each time, as what it says may have changed. */
  readonly write: () => void;
  /** After the first time, in milliseconds; twice as long each time after that. */
  readonly intervalMs: number;
  readonly longestIntervalMs: number;
  /** How many times it is sent after the first time. */
  readonly repetitions: number;
}

export class RepeatedChunk {
  /** When it is due again, or given up; Infinity: there is none. */
  deadline = Number.POSITIVE_INFINITY;
  #repetition: Repetition | undefined = undefined;
  #intervalMs = 0;
  #left = 0;
  #begunAt = 0;
  #isFirst = false;

  /** Sends it for the first time, in place of what was repeated before. */
  begin(repetition: Repetition, now: number): void {
    this.#repetition = repetition;
    this.#intervalMs = repetition.intervalMs;
    this.#left = repetition.repetitions;
    this.deadline = now + this.#intervalMs;
    this.#begunAt = now;
    this.#isFirst = true;
    repetition.write();
  }

  /** How long the answer took; undefined when it was sent more than once, and nobody knows what was answered. */
  roundTrip(now: number): number | undefined {
    return this.#isFirst ? now - this.#begunAt : undefined;
  }

  /** Sends it at once, out of turn: the peer has shown that it missed it. */
  again(): void {
    this.#repetition?.write();
  }

  stop(): void {
    this.#repetition = undefined;
    this.deadline = Number.POSITIVE_INFINITY;
  }

  /** Sends it again when it is due; false: the peer did not answer often enough. */
  tick(now: number): boolean {
    const repetition = this.#repetition;
    if (repetition === undefined || now < this.deadline) return true;
    if (this.#left-- <= 0) return false;
    this.#isFirst = false;
    this.#intervalMs = Math.min(2 * this.#intervalMs, repetition.longestIntervalMs);
    this.deadline = now + this.#intervalMs;
    repetition.write();
    return true;
  }
}
