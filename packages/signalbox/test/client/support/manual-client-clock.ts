// Time for clients that moves only when a test says so, and the turns of an event loop that come when a test lets them.

import type { ClientClock } from '../../../src/client/clock.ts';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

const WALL_TIME = Date.UTC(2026, 0, 1);

export class ManualClientClock implements ClientClock {
  #now = 0;
  #order = 0;
  /** Of the client, and of the network around it. */
  readonly #timers = new Set<Timer>();
  readonly #outside = new Set<Timer>();
  #soon: (() => void)[] = [];

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return WALL_TIME + this.#now;
  }

  after(delayMs: number, run: () => void): () => void {
    return this.#schedule(this.#timers, delayMs, run);
  }

  soon(run: () => void): void {
    this.#soon.push(run);
  }

  /** A timer of the network: none of the client's. */
  outside(delayMs: number, run: () => void): () => void {
    return this.#schedule(this.#outside, delayMs, run);
  }

  /** What the client has scheduled and not been called for. */
  get scheduled(): number {
    return this.#timers.size + this.#soon.length;
  }

  /** Runs everything that can run without time going by. */
  async settle(): Promise<void> {
    await microtasks();
    while (this.#soon.length > 0) {
      for (const run of this.#soon.splice(0)) {
        run();
        await microtasks();
      }
    }
  }

  /** Lets time pass, with every timer at its time. */
  async advance(delayMs: number): Promise<void> {
    await this.settle();
    const end = this.#now + delayMs;
    for (let timer = this.#nextDue(end); timer !== undefined; timer = this.#nextDue(end)) {
      this.#timers.delete(timer);
      this.#outside.delete(timer);
      this.#now = Math.max(this.#now, timer.at);
      timer.run();
      await this.settle();
    }
    this.#now = end;
  }

  /** The machine was suspended: time has passed, and no timer came in between. */
  jump(delayMs: number): void {
    this.#now += delayMs;
  }

  /** The program was busy, or has been till now: timers are late, and come before anything is read; those they set come after. */
  async block(delayMs: number): Promise<void> {
    this.#now += delayMs;
    const ordersBefore = this.#order;
    const isLate = ({ order }: Timer): boolean => order < ordersBefore;
    for (let timer = this.#nextDue(this.#now); timer !== undefined && isLate(timer); ) {
      this.#timers.delete(timer);
      this.#outside.delete(timer);
      timer.run();
      timer = this.#nextDue(this.#now);
    }
    await this.advance(0);
  }

  #schedule(timers: Set<Timer>, delayMs: number, run: () => void): () => void {
    const timer = { at: this.#now + delayMs, order: this.#order++, run };
    timers.add(timer);
    return () => timers.delete(timer);
  }

  #nextDue(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timers of [this.#timers, this.#outside])
      for (const timer of timers) if (timer.at <= end && (first === undefined || isBefore(timer, first))) first = timer;
    return first;
  }
}

function isBefore(timer: Timer, other: Timer): boolean {
  return timer.at < other.at || (timer.at === other.at && timer.order < other.order);
}

/** Every promise that can go on has gone on. */
function microtasks(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
