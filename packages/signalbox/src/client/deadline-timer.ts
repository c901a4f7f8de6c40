// The one timer of a connection, by which time reaches its core.

import type { ClientClock } from './clock.ts';

export class DeadlineTimer {
  readonly #clock: ClientClock;
  readonly #onDue: () => void;
  #dueAt = Infinity;
  #stop: (() => void) | undefined = undefined;

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
    this.#clear();
  }

  #clear(): void {
    this.#dueAt = Infinity;
    this.#stop = undefined;
  }

  readonly #fire = (): void => {
    this.#clear();
    this.#onDue();
  };
}
