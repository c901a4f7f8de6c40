// What a client keeps its session in, so that it goes on after the program was restarted: keys and bytes, changed in batches
// that are kept as a whole. One store serves one client.

/** One change of what is kept; without `value` the key is removed. */
export interface StoredChange {
  readonly key: string;
  readonly value: Uint8Array | undefined;
}

export interface SessionStore {
  /** Everything that is kept, in no particular order. Called once, first. */
  open(): Promise<ReadonlyMap<string, Uint8Array>>;
  /**
   * Keeps all of `changes` or none; resolves when they survive the end of the program. The client calls it again only after
   * it is settled, and changes neither `changes` nor their bytes meanwhile.
   */
  commit(changes: readonly StoredChange[]): Promise<void>;
  close(): Promise<void>;
}
