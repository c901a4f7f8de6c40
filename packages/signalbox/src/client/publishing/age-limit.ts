// Messages that have waited longer than they may are given up then, not when there is a connection.

import type { ClientClock } from '../clock.ts';
import type { OutgoingQueue } from './outgoing-queue.ts';
import type { Publication } from './publication.ts';

export class AgeLimit {
  readonly #clock: ClientClock;
  readonly #ageMs: number;
  readonly #onTooOld: (publication: Publication) => void;
  #stop: (() => void) | undefined;

  /** `ageMs`: Infinity for none. `onTooOld` gets messages that are in the queue no more. */
  constructor(clock: ClientClock, ageMs: number, onTooOld: (publication: Publication) => void) {
    this.#clock = clock;
    this.#ageMs = ageMs;
    this.#onTooOld = onTooOld;
  }

  isTooOld({ acceptedAt }: Publication): boolean {
    return this.#ageMs !== Infinity && this.#clock.now() - acceptedAt >= this.#ageMs;
  }

  /** Looks after the oldest message of the queue, and those behind it. */
  watch(queue: OutgoingQueue): void {
    const { first } = queue;
    if (this.#ageMs === Infinity || first === undefined || this.#stop !== undefined) return;
    this.#stop = this.#clock.after(Math.max(0, first.acceptedAt + this.#ageMs - this.#clock.now()), () => {
      this.#stop = undefined;
      for (let next = queue.first; next !== undefined && this.isTooOld(next); next = queue.first)
        this.#onTooOld(queue.shift());
      this.watch(queue);
    });
  }

  stop(): void {
    this.#stop?.();
  }
}
