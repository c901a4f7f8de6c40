/**
 * Keep, then acknowledge: every change goes to the store through here, and whoever must wait until it is kept waits
 * here. With a store that commits at once nobody ever does, and nothing is allocated.
 */
import type { Store, StoreChange } from './store.ts';

export interface CommitWaiter {
  /** All changes written before the wait are kept, or lost with this error. */
  onCommitted(error: Error | undefined): void;
}

export class Commits {
  readonly #store: Store;
  /** Waiters of each commit under way, oldest first. */
  readonly #pending: CommitWaiter[][] = [];
  /** How many commits have failed, for who could not wait when it was under way. */
  failures = 0;
  #isOpen = false;
  #isClosed = false;
  readonly #onStoreCommitted: (error: Error | undefined) => void;

  /** `onError` hears of a waiter that throws: the others, and the store, have nothing to do with it. */
  constructor(store: Store, onError: (error: unknown) => void) {
    this.#store = store;
    this.#onStoreCommitted = (error) => {
      if (error !== undefined) this.failures++;
      const waiters = this.#pending.shift();
      if (waiters === undefined) return;
      for (const waiter of waiters) {
        try {
          waiter.onCommitted(error);
        } catch (problem) {
          onError(problem);
        }
      }
    };
  }

  write(change: StoreChange): void {
    if (this.#isClosed) return;
    this.#isOpen = true;
    this.#store.write(change);
  }

  /** Ends the open commit; true when everything written so far is kept already. */
  settle(): boolean {
    if (this.#isOpen) {
      this.#isOpen = false;
      if (!this.#store.commit(this.#onStoreCommitted)) this.#pending.push([]);
    }
    return this.#pending.length === 0;
  }

  /** The last thing the store hears. A hook that answers later changes nothing that lasts. */
  close(): Promise<void> {
    this.settle();
    this.#isClosed = true;
    return this.#store.close();
  }

  /** To be called after `settle` answered false. */
  wait(waiter: CommitWaiter): void {
    this.#pending.at(-1)?.push(waiter);
  }

  /** Ends the open commit and calls back when it is kept: at once where that is so already. */
  after(onCommitted: (error: Error | undefined) => void): void {
    if (this.settle()) onCommitted(undefined);
    else this.wait({ onCommitted });
  }
}
