// A store for brokers whose commits end when a test says so, well or badly. What a failed commit held is not kept.

import { MemoryStore } from '../../src/broker/memory-store.ts';
import type { Store, StoreChange, StoredState } from '../../src/broker/store.ts';

interface HeldCommit {
  readonly changes: readonly StoreChange[];
  readonly onCommitted: (error: Error | undefined) => void;
}

export class HeldStore implements Store {
  readonly durability = 'process';
  /** What was committed; a later broker can be started on it. */
  readonly kept = new MemoryStore();
  #changes: StoreChange[] = [];
  #commits: HeldCommit[] = [];
  #isHolding = false;
  #onHeld: (() => void) | undefined = undefined;

  open(): StoredState {
    return this.kept.open();
  }

  write(change: StoreChange): void {
    this.#changes.push(change);
  }

  commit(onCommitted: (error: Error | undefined) => void): boolean {
    const changes = this.#changes;
    this.#changes = [];
    if (!this.#isHolding) {
      this.#keep(changes);
      return true;
    }
    this.#commits.push({ changes, onCommitted });
    this.#onHeld?.();
    return false;
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
    for (const { changes, onCommitted } of this.#commits.splice(0)) {
      this.#keep(changes);
      onCommitted(undefined);
    }
  }

  /** The commits that wait are lost; what follows is kept. */
  fail(): void {
    this.#isHolding = false;
    for (const { onCommitted } of this.#commits.splice(0)) onCommitted(new Error('the disk is full'));
  }

  #keep(changes: readonly StoreChange[]): void {
    for (const change of changes) this.kept.write(change);
    this.kept.commit();
  }
}
