/**
 * How often something went wrong lately, by key: a table of counts that begin anew after their window. Bounded: the
 * oldest entry makes room for a new one. It must not know what is counted, nor what follows from it.
 */

interface Entry {
  count: number;
  /** When the count begins anew. */
  endsAt: number;
  /** The next attempt that had to wait was given this moment, or an earlier one. */
  lastTurn: number;
}

export interface OffencesOptions {
  readonly windowMs: number;
  /** How many keys are remembered. */
  readonly size: number;
}

export class Offences {
  readonly #windowMs: number;
  readonly #size: number;
  readonly #entries = new Map<string, Entry>();

  constructor({ windowMs, size }: OffencesOptions) {
    this.#windowMs = windowMs;
    this.#size = size;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Counts one more; answers how many there are within the window. */
  add(key: string, now: number): number {
    let entry = this.#entries.get(key);
    if (entry === undefined || entry.endsAt <= now) {
      this.#entries.delete(key);
      if (this.#entries.size >= this.#size) this.#entries.delete(this.#entries.keys().next().value!);
      entry = { count: 0, endsAt: now + this.#windowMs, lastTurn: 0 };
      this.#entries.set(key, entry);
    }
    entry.count++;
    return entry.count;
  }

  /** How long whoever exceeds `free` has to wait for its turn, in ms; turns are `spacingMs` apart. 0: no need to wait. */
  takeTurn(key: string, now: number, { free, spacingMs, longestMs }: TurnOptions): number {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.endsAt <= now || entry.count < free) return 0;
    const turn = Math.max(now, entry.lastTurn) + Math.min(spacingMs, FIRST_SPACING_MS * 2 ** (entry.count - free));
    if (turn - now <= longestMs) entry.lastTurn = turn;
    return turn - now;
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}

export interface TurnOptions {
  readonly free: number;
  readonly spacingMs: number;
  /** Who would have to wait longer gets no turn. */
  readonly longestMs: number;
}

/** Doubled with each further offence, up to the spacing. */
const FIRST_SPACING_MS = 250;
