// What a client keeps its session in, so that it goes on after the program was restarted: keys and bytes, changed in batches
// that are kept as a whole. One store serves one client.

import type { Session } from '../../mqtt/session.ts';
import { Keeping, type KeepingHost } from '../keeping.ts';
import { KeptSession, type KeptSessionSurroundings } from '../kept-session.ts';
import type { Publication } from '../publishing/publication.ts';

/** One change of what is kept; without `value` the key is removed. */
export interface StoredChange {
  readonly key: string;
  readonly value: Uint8Array | undefined;
}

/** To be extended by whoever has another place to keep things. */
export abstract class SessionStore {
  /** Everything that is kept, in no particular order. Called once, first. */
  abstract open(): Promise<ReadonlyMap<string, Uint8Array>>;

  /**
   * Keeps all of `changes` or none; resolves when they survive the end of the program. The client calls it again only after
   * it is settled, and changes neither `changes` nor their bytes meanwhile.
   */
  abstract commit(changes: readonly StoredChange[]): Promise<void>;

  abstract close(): Promise<void>;

  /**
   * For the client: what it takes to keep a session. Here, so that a program without a store does not load it.
   * @internal
   */
  keep(session: Session<Publication>, host: KeepingHost & KeptSessionSurroundings): Keeping {
    return new Keeping(new KeptSession(this, session, host), host);
  }
}
