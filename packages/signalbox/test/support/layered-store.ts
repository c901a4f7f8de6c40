// A store in virtual time with the layers of a real one: a commit is begun, then written (it survives the process), then
// flushed with others (it survives the machine). Each step can be the last one; commits can fail for a while, and all wait.

import { MemoryStore } from '../../src/broker/store/memory-store.ts';
import type { Store, StoreChange, StoreListener } from '../../src/broker/store/store.ts';
import { StoreError } from '../../src/broker/store/store-error.ts';
import type { VirtualClock } from './virtual-link.ts';

export interface LayeredStoreOptions {
  /** What a kept commit survives. */
  readonly durability: 'process' | 'disk';
  /** Until a commit is written. Default 1. */
  readonly writeMs?: number;
  /** Until what is written is flushed. Default 4. */
  readonly flushMs?: number;
  /** Whether this attempt to write, counted from 0, fails. Default: none does. */
  readonly fails?: (attempt: number) => boolean;
}

/** It tries again by itself after this. */
const RETRY_MS = 50;

export class LayeredStore {
  readonly clock: VirtualClock;
  readonly options: LayeredStoreOptions;
  /** Told of every step, counted from 0, with what was done: here a process or a machine may end. */
  onStep: (step: number, what: 'begun' | 'written' | 'flushed' | 'told' | 'failed') => void = () => {};
  steps = 0;
  attempts = 0;
  /** Every change that was ever written, and how many of them are flushed. */
  readonly written: StoreChange[] = [];
  flushed = 0;
  #access: LayeredAccess | undefined = undefined;

  constructor(clock: VirtualClock, options: LayeredStoreOptions) {
    this.clock = clock;
    this.options = options;
  }

  /** What a broker that begins now finds. */
  get kept(): MemoryStore {
    const memory = new MemoryStore();
    for (const change of this.written) memory.write(change);
    return memory;
  }

  /** For the next broker. */
  access(): Store {
    this.#access = new LayeredAccess(this);
    return this.#access;
  }

  /** The broker is dead: what it has not written is lost. */
  cut(): void {
    if (this.#access !== undefined) this.#access.isCut = true;
  }

  /** The machine is dead, and the broker with it: what is not flushed is lost as well. */
  losePower(): void {
    this.cut();
    this.written.length = this.flushed;
  }

  step(what: Parameters<typeof this.onStep>[1]): void {
    this.onStep(this.steps++, what);
  }
}

class LayeredAccess implements Store {
  readonly durability: 'process' | 'disk';
  isCut = false;
  readonly #store: LayeredStore;
  #listener: StoreListener | undefined = undefined;
  #changes: StoreChange[] = [];
  /** Commits that are not written. */
  #begun: StoreChange[][] = [];
  /** Commits that are written and not flushed. */
  #unflushed = 0;
  #isFlushing = false;

  constructor(store: LayeredStore) {
    this.#store = store;
    this.durability = store.options.durability;
  }

  open(listener: StoreListener): ReturnType<MemoryStore['open']> {
    this.#listener = listener;
    return this.#store.kept.open();
  }

  write(change: StoreChange): void {
    this.#changes.push(change);
  }

  commit(): boolean {
    this.#begun.push(this.#changes);
    this.#changes = [];
    this.#step('begun');
    this.#after(this.#store.options.writeMs ?? 1, () => this.#writeAll());
    return false;
  }

  close(): Promise<void> {
    if (!this.isCut) this.#store.written.push(...this.#begun.splice(0).flat(), ...this.#changes);
    if (!this.isCut) this.#store.flushed = this.#store.written.length;
    return Promise.resolve();
  }

  #writeAll(): void {
    if (this.#begun.length === 0) return;
    const store = this.#store;
    if (store.options.fails?.(store.attempts++) === true) {
      this.#listener?.onFailed(new StoreError('STORE_FULL', 'the disk is full'));
      this.#step('failed');
      this.#after(RETRY_MS, () => this.#writeAll());
      return;
    }
    const commits = this.#begun.splice(0);
    store.written.push(...commits.flat());
    this.#unflushed += commits.length;
    this.#step('written');
    if (this.durability === 'process') this.#tell(commits.length);
    this.#flush();
  }

  #flush(): void {
    if (this.#isFlushing || this.#unflushed === 0) return;
    this.#isFlushing = true;
    const commits = this.#unflushed;
    const end = this.#store.written.length;
    this.#unflushed = 0;
    this.#after(this.#store.options.flushMs ?? 4, () => {
      this.#isFlushing = false;
      this.#store.flushed = end;
      this.#step('flushed');
      if (this.durability === 'disk') this.#tell(commits);
      this.#flush();
    });
  }

  #tell(commits: number): void {
    if (this.isCut) return;
    this.#listener?.onKept(commits);
    this.#step('told');
  }

  #step(what: 'begun' | 'written' | 'flushed' | 'told' | 'failed'): void {
    if (!this.isCut) this.#store.step(what);
  }

  #after(ms: number, action: () => void): void {
    const { clock } = this.#store;
    clock.schedule(clock.now + ms, () => {
      if (!this.isCut) action();
    });
  }
}
