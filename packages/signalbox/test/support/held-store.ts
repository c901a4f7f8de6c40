// A store for brokers whose commits end when a test says so, well or badly. What a failed commit held is kept with the next
// one that succeeds.

import { MemoryStore } from '../../src/broker/store/memory-store.ts';
import type { Store, StoreChange, StoredState, StoreListener } from '../../src/broker/store/store.ts';

export class HeldStore implements Store {
  readonly durability = 'process';
  /** What was committed; a later broker can be started on it. */
  readonly kept = new MemoryStore();
  #listener: StoreListener | undefined = undefined;
  #changes: StoreChange[] = [];
  /** The changes of each commit that waits. */
  #commits: StoreChange[][] = [];
  #isHolding = false;
  #onHeld: (() => void) | undefined = undefined;

  open(listener: StoreListener): StoredState {
    this.#listener = listener;
    return this.kept.open();
  }

  write(change: StoreChange): void {
    this.#changes.push(change);
  }

  commit(): boolean {
    this.#commits.push(this.#changes);
    this.#changes = [];
    if (this.#isHolding) {
      this.#onHeld?.();
      return false;
    }
    const earlier = this.#commits.length - 1; // those that failed
    this.#keepAll();
    if (earlier > 0) this.#listener?.onKept(earlier);
    return true;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** From now on commits wait. Resolves when the first one does. */
  hold(): Promise<void> {
    this.#isHolding = true;
    return new Promise((resolve) => {
      this.#onHeld = resolve;
    });
  }

  /** The commits that wait are kept, and so is what follows. */
  release(): void {
    this.#isHolding = false;
    const count = this.#commits.length;
    this.#keepAll();
    this.#listener?.onKept(count);
  }

  /** The commits that wait fail, and go on waiting. */
  fail(error = new Error('the disk is full')): void {
    this.#listener?.onFailed(error);
  }

  /** They fail, and are kept a little later. */
  failOnce(): Promise<void> {
    this.fail();
    return new Promise((resolve) => {
      setImmediate(() => {
        this.release();
        resolve();
      });
    });
  }

  #keepAll(): void {
    for (const changes of this.#commits.splice(0)) {
      for (const change of changes) this.kept.write(change);
    }
  }
}
