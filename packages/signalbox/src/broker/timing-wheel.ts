/**
 * One timer for all connections: each waits in the slot of the wheel in which its deadline falls. Deadlines that moved
 * on (a connection that was heard from) are noticed when their old slot comes up. It must not know what is due.
 */

export interface TimedEntry {
  /** The tick this entry waits for, 0 while it does not wait, and its place among those that wait for it: the wheel's own. */
  wheelTime: number;
  wheelIndex: number;
  /** Milliseconds on the broker's clock; Infinity when nothing is due any more. */
  readonly deadline: number;
  /** The deadline has come. */
  onDeadline(now: number): void;
}

const TICK_MS = 250;
const SLOTS = 256;
/** A pause of so many ticks: the process or its machine stood still. */
const PAUSE_TICKS = 4;

export class TimingWheel {
  readonly #slots: TimedEntry[][] = Array.from({ length: SLOTS }, () => []);
  #position: number;
  #isAfterPause = false;

  constructor(now: number) {
    this.#position = Math.floor(now / TICK_MS);
  }

  static readonly tickMs = TICK_MS;

  /** Puts an entry where its deadline is looked at; call it again when the deadline became earlier. */
  schedule(entry: TimedEntry): void {
    const deadline = entry.deadline;
    if (deadline === Number.POSITIVE_INFINITY) return;
    const due = Math.ceil(deadline / TICK_MS);
    const position = Math.min(Math.max(due, this.#position + 1), this.#position + SLOTS - 1);
    if (entry.wheelTime === position) return;
    this.cancel(entry);
    const slot = this.#slots[position % SLOTS]!;
    entry.wheelTime = position;
    entry.wheelIndex = slot.length;
    slot.push(entry);
  }

  /** Takes an entry out; nothing refers to it any more. */
  cancel(entry: TimedEntry): void {
    if (entry.wheelTime === 0) return;
    const slot = this.#slots[entry.wheelTime % SLOTS]!;
    const last = slot.pop()!;
    if (last !== entry) {
      slot[entry.wheelIndex] = last;
      last.wheelIndex = entry.wheelIndex;
    }
    entry.wheelTime = 0;
  }

  /** To be called about every `tickMs`. */
  advance(now: number): void {
    const target = Math.floor(now / TICK_MS);
    // What came during a pause was not read yet: nobody can be said to have been silent before the next tick.
    this.#isAfterPause = !this.#isAfterPause && target - this.#position > PAUSE_TICKS;
    if (this.#isAfterPause) return;
    // After a long pause (a suspended machine) every slot is looked at once, not once per tick missed.
    if (target - this.#position > SLOTS) this.#position = target - SLOTS;
    while (this.#position < target) {
      this.#position++;
      const slot = this.#slots[this.#position % SLOTS]!;
      // Who is put back goes to another slot; who is taken out meanwhile is not here any more.
      for (let entry = slot.pop(); entry !== undefined; entry = slot.pop()) this.#visit(entry, now);
    }
  }

  #visit(entry: TimedEntry, now: number): void {
    entry.wheelTime = 0;
    if (entry.deadline <= now) entry.onDeadline(now);
    this.schedule(entry);
  }
}
