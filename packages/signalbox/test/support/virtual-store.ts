// A store in virtual time. It outlives brokers, each of which has an access of its own: commits take their time and may go
// together, one of them can fail, and a broker that was killed changes nothing any more.

import { MemoryStore } from '../../src/broker/store/memory-store.ts';
import type { Store, StoreChange, StoreListener } from '../../src/broker/store/store.ts';
import type { VirtualClock } from './virtual-link.ts';

export interface VirtualStoreOptions {
  /** How long the next commit takes; 0: it is done at once. Default 0. */
  readonly commitMs?: () => number;
  /** Which commit fails, counted from 0. Default: none. */
  readonly failsAt?: number;
  /** How many commits fail from there on. Default 1. */
  readonly failures?: number;
}

export class VirtualStore {
  readonly clock: VirtualClock;
  readonly options: VirtualStoreOptions;
  /** What is committed. */
  readonly kept = new MemoryStore();
  /** Commits begun so far. */
  commits = 0;
  #access: StoreAccess | undefined = undefined;

  constructor(clock: VirtualClock, options: VirtualStoreOptions = {}) {
    this.clock = clock;
    this.options = options;
  }

  /** For the next broker. */
  access(): Store {
    this.#access = new StoreAccess(this);
    return this.#access;
  }

  /** The broker is dead: what it has not committed is lost. */
  cut(): void {
    if (this.#access !== undefined) this.#access.isCut = true;
  }
}

class StoreAccess implements Store {
  readonly durability = 'process';
  isCut = false;
  readonly #store: VirtualStore;
  #listener: StoreListener | undefined = undefined;
  #changes: StoreChange[] = [];
  /** The changes of commits that failed: the next one has them as well. */
  #failed: StoreChange[] = [];
  #failedCount = 0;
  /** Commits end in their order, those of one moment together. */
  #lastEnd = 0;
  #waiting = 0;

  constructor(store: VirtualStore) {
    this.#store = store;
  }

  open(listener: StoreListener): ReturnType<MemoryStore['open']> {
    this.#listener = listener;
    return this.#store.kept.open();
  }

  write(change: StoreChange): void {
    this.#changes.push(change);
  }

  commit(): boolean {
    const store = this.#store;
    const changes = this.#changes;
    this.#changes = [];
    const { failsAt = Infinity, failures = 1 } = store.options;
    const isFailing = store.commits >= failsAt && store.commits < failsAt + failures;
    store.commits++;
    const delay = store.options.commitMs?.() ?? 0;
    if (delay === 0 && this.#waiting === 0 && !isFailing) {
      this.#keepFailed();
      this.#keep(changes);
      return true;
    }
    this.#waiting++;
    this.#lastEnd = Math.max(this.#lastEnd, store.clock.now + delay);
    store.clock.schedule(this.#lastEnd, () => {
      this.#waiting--;
      if (this.isCut) return;
      if (isFailing) {
        this.#failed.push(...changes);
        this.#failedCount++;
        this.#listener?.onFailed(new Error('the disk is full'));
        this.#tryAgain();
        return;
      }
      this.#keepFailed();
      this.#keep(changes);
      this.#listener?.onKept(1);
    });
    return false;
  }

  /** A store does so by itself after a while. */
  #tryAgain(): void {
    const store = this.#store;
    store.clock.schedule(store.clock.now + 50, () => {
      if (!this.isCut) this.#keepFailed();
    });
  }

  #keepFailed(): void {
    const count = this.#failedCount;
    if (count === 0) return;
    this.#keep(this.#failed.splice(0));
    this.#failedCount = 0;
    this.#listener?.onKept(count);
  }

  close(): Promise<void> {
    this.#keep(this.#changes);
    return Promise.resolve();
  }

  #keep(changes: readonly StoreChange[]): void {
    if (this.isCut) return;
    for (const change of changes) this.#store.kept.write(change);
  }
}
