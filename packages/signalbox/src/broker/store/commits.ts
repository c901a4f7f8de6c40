/**
 * Keep, then acknowledge: every change goes to the store through here, and whoever must wait until it is kept waits
 * here. With a store that commits at once nobody ever does, and nothing is allocated.
 */
import type { Durability, Store, StoreChange, StoreListener } from './store.ts';

/**
 * Commits under way from which on also those wait who need not: a client that is acknowledged before anything is kept
 * could otherwise fill the memory of a broker whose disk is slower. At a busy broker this is some tens of milliseconds.
 */
const MOST_UNDER_WAY = 4096;

export interface CommitWaiter {
  /** All changes written before the wait are kept; or they are not yet, and the store has failed with this error. */
  onCommitted(error: Error | undefined): void;
}

export class Commits implements StoreListener {
  /** Why the store could not keep what it was told last; undefined again as soon as it can. */
  failure: Error | undefined = undefined;
  readonly #store: Store;
  readonly #onError: (error: unknown, doing: string) => void;
  /** Commits that were not kept at once, and how many of them are kept by now. */
  #ended = 0;
  #kept = 0;
  /** Who waits, in order, each with the number of the commit behind it. */
  #waiters: CommitWaiter[] = [];
  #awaited: number[] = [];
  #first = 0;
  #isOpen = false;
  #isClosed = false;
  /** What the store threw; everybody who waits in this turn of the event loop hears of it. */
  #thrown: Error | undefined = undefined;

  /** `onError` hears of a store that fails, and of a waiter that throws: the others have nothing to do with it. */
  constructor(store: Store, onError: (error: unknown, doing: string) => void) {
    this.#store = store;
    this.#onError = onError;
  }

  write(change: StoreChange): void {
    if (this.#isClosed) return;
    this.#isOpen = true;
    try {
      this.#store.write(change);
    } catch (error) {
      this.#onThrown(error);
    }
  }

  /** Ends the open commit; true when this much is true of everything written so far already. */
  settle(durability: Durability = 'disk'): boolean {
    if (this.#isOpen) {
      this.#isOpen = false;
      this.#commit();
    }
    if (this.#thrown !== undefined) return false;
    const underWay = this.#ended - this.#kept;
    return underWay === 0 || (durability === 'memory' && underWay < MOST_UNDER_WAY);
  }

  /** To be called after `settle` answered false. */
  wait(waiter: CommitWaiter): void {
    this.#waiters.push(waiter);
    this.#awaited.push(this.#ended);
  }

  /** Ends the open commit and calls back when it is kept, or the store has failed: at once where that is known. */
  after(onCommitted: (error: Error | undefined) => void, durability: Durability = 'disk'): void {
    if (this.settle(durability)) onCommitted(undefined);
    else this.wait({ onCommitted });
  }

  /** The last thing the store hears. A hook that answers later changes nothing that lasts. */
  close(): Promise<void> {
    this.settle();
    this.#isClosed = true;
    return this.#store.close();
  }

  // StoreListener

  onKept(commits: number): void {
    this.failure = undefined;
    this.#kept += commits;
    while (this.#first < this.#waiters.length && this.#awaited[this.#first]! <= this.#kept) this.#callFirst(undefined);
    this.#forgetCalled();
  }

  onFailed(error: Error): void {
    const isNew = this.failure === undefined;
    this.failure = error;
    if (isNew) this.#onError(error, 'keeping what was acknowledged to nobody yet');
    this.#failAll(error);
  }

  #failAll(error: Error): void {
    for (let left = this.#waiters.length - this.#first; left > 0; left--) this.#callFirst(error); // some wait again
    this.#forgetCalled();
  }

  #commit(): void {
    try {
      if (!this.#store.commit()) this.#ended++;
    } catch (error) {
      this.#onThrown(error);
    }
  }

  #callFirst(error: Error | undefined): void {
    const waiter = this.#waiters[this.#first++]!;
    try {
      waiter.onCommitted(error);
    } catch (problem) {
      this.#onError(problem, 'going on after a commit');
    }
  }

  #forgetCalled(): void {
    if (this.#first === this.#waiters.length) {
      this.#waiters.length = 0;
      this.#awaited.length = 0;
      this.#first = 0;
    } else if (this.#first > 1024 && this.#first * 2 > this.#waiters.length) {
      this.#waiters.splice(0, this.#first);
      this.#awaited.splice(0, this.#first);
      this.#first = 0;
    }
  }

  /** Against its contract. Nobody can know what it keeps now, so nobody is acknowledged for it. */
  #onThrown(thrown: unknown): void {
    this.#onError(thrown, 'telling the store');
    if (this.#thrown !== undefined) return;
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    this.#thrown = error;
    setImmediate(() => {
      this.#thrown = undefined;
      this.#failAll(error);
    });
  }
}
