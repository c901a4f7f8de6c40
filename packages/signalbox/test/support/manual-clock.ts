// A clock for brokers that moves only when a test says so: hours pass in no time, and nothing falls due by itself.

import type { Clock } from '../../src/broker/clock.ts';

interface Ticking {
  readonly intervalMs: number;
  readonly onTick: () => void;
  next: number;
}

export class ManualClock implements Clock {
  #now = Date.UTC(2026, 0, 1);
  readonly #ticking = new Set<Ticking>();

  now(): number {
    return this.#now;
  }

  every(intervalMs: number, onTick: () => void): () => void {
    const ticking = { intervalMs, onTick, next: this.#now + intervalMs };
    this.#ticking.add(ticking);
    return () => this.#ticking.delete(ticking);
  }

  /** Lets time pass, with every tick at its time. */
  advance(seconds: number): void {
    const end = this.#now + seconds * 1000;
    for (let due = this.#nextDue(end); due !== undefined; due = this.#nextDue(end)) {
      this.#now = due.next;
      due.next += due.intervalMs;
      due.onTick();
    }
    this.#now = end;
  }

  /** Lets time pass as on a machine that was suspended: one tick afterwards. */
  jump(seconds: number): void {
    this.#now += seconds * 1000;
    for (const ticking of this.#ticking) {
      ticking.next = this.#now + ticking.intervalMs;
      ticking.onTick();
    }
  }

  #nextDue(end: number): Ticking | undefined {
    let first: Ticking | undefined;
    for (const ticking of this.#ticking)
      if (ticking.next <= end && ticking.next < (first?.next ?? Infinity)) first = ticking;
    return first;
  }
}
