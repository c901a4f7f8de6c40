// The one timer of a connection, by which time reaches its core. A program that was busy comes to its timers before it reads:
// what arrived meanwhile is read first, so that nobody is taken for dead who answered in time.

import type { ClientClock } from './clock.ts';

export class DeadlineTimer {
  readonly #clock: ClientClock;
  readonly #onDue: () => void;
  #dueAt = Infinity;
  #stop: (() => void) | undefined = undefined;
  /** It has fired, and was not stopped since. */
  #isDue = false;

  constructor(clock: ClientClock, onDue: () => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  get isSet(): boolean {
    return this.#dueAt !== Infinity;
  }

  /** Deadlines only move away while packets come and go, so that it is set anew only when it fires, or for an earlier one. */
  set(deadline: number): void {
    if (deadline >= this.#dueAt) return;
    this.#stop?.();
    this.#dueAt = deadline;
    this.#stop = this.#clock.after(Math.max(0, deadline - this.#clock.now()), this.#fire);
  }

  stop(): void {
    this.#stop?.();
    this.#dueAt = Infinity;
    this.#isDue = false;
  }

  readonly #fire = (): void => {
    this.stop();
    this.#isDue = true;
    this.#clock.soon(this.#tell);
  };

  /** One turn later. */
  readonly #tell = (): void => {
    if (this.#isDue) this.#onDue();
  };
}
