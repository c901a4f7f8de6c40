// What a client keeps its session in, so that it goes on after the program was restarted: keys and bytes, changed in batches
// that are kept as a whole. A store must not know what they mean, and nothing of the network.

/** One change of what is kept. */
export interface StoredChange {
  /** 1 to 200 characters without half surrogate pairs. */
  readonly key: string;
  /** Takes the place of what was kept under the key; undefined removes it, also when there is nothing. */
  readonly value: Uint8Array | undefined;
}

/** Serves one client; to be extended by whoever has another place to keep things. What fails rejects with SessionStoreError. */
export abstract class SessionStore {
  /**
   * Everything that is kept, in no particular order. Called once, before anything else; again only after `close`. The bytes
   * belong to the caller.
   */
  abstract open(): Promise<ReadonlyMap<string, Uint8Array>>;

  /**
   * Keeps all of `changes`, in their order, or none; resolves when they survive the end of the program and whatever else the
   * store promises. It is called again only when it is settled, and neither `changes` nor their bytes are modified before.
   * When it rejects, they are not kept as long as the program lives; should it end at this moment, the next `open` may find
   * them, as a whole. Everything kept before stays, and a later commit may well succeed.
   */
  abstract commit(changes: readonly StoredChange[]): Promise<void>;

  /** After the commit that is under way. What is not open is closed already. */
  abstract close(): Promise<void>;
}
