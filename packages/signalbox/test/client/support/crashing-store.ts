// A session store whose program can crash at any moment, and whose commits can fail or wait.

import { SessionStore, type StoredChange } from '../../../src/client/store/session-store.ts';

export class CrashingStore extends SessionStore {
  readonly kept: Map<string, Uint8Array>;
  commits = 0;
  isClosed = false;
  /** Whether this commit, counted from 1, fails. */
  fails: (count: number) => boolean = () => false;
  /** Commits wait until release(). */
  isHeld = false;
  #held: (() => void)[] = [];
  #isDead = false;

  constructor(kept: ReadonlyMap<string, Uint8Array> = new Map()) {
    super();
    this.kept = new Map(kept);
  }

  /** The program ends at this moment: what a later life of it finds. */
  crash(): CrashingStore {
    this.#isDead = true;
    return new CrashingStore(this.kept);
  }

  open(): Promise<ReadonlyMap<string, Uint8Array>> {
    return Promise.resolve(new Map(this.kept));
  }

  async commit(changes: readonly StoredChange[]): Promise<void> {
    const count = ++this.commits;
    if (this.isHeld) await new Promise<void>((resolve) => this.#held.push(resolve));
    if (this.#isDead) await new Promise(() => {});
    if (this.fails(count)) throw new Error(`commit ${count} failed`);
    for (const { key, value } of changes) {
      if (value === undefined) this.kept.delete(key);
      else this.kept.set(key, value);
    }
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  release(): void {
    this.isHeld = false;
    for (const go of this.#held.splice(0)) go();
  }

  /** Messages that are not settled. */
  get messages(): number {
    return [...this.kept.keys()].filter((key) => key.startsWith('m')).length;
  }
}
