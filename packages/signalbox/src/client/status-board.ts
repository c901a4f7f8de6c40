// Where a client stands, and every change of it for whoever follows them. What a status says besides its state is the client's.

import { AsyncQueue } from './async-queue.ts';

/** Who does not follow gets the latest changes: older ones are history. */
const KEPT = 64;

export class StatusBoard<S extends { readonly state: string }> {
  current: S;
  /** There was a connection, if only once. */
  hasConnected = false;
  readonly #onStatus: ((status: S) => void) | undefined;
  readonly #followers = new Set<AsyncQueue<S>>();

  /** `onStatus` must not throw. */
  constructor(first: S, onStatus?: (status: S) => void) {
    this.current = first;
    this.#onStatus = onStatus;
  }

  set(status: S): void {
    this.current = status;
    if (status.state === 'connected') this.hasConnected = true;
    for (const follower of this.#followers) this.#tell(follower, status);
    this.#onStatus?.(status);
  }

  follow(): AsyncIterableIterator<S> {
    const follower = new AsyncQueue<S>(() => this.#followers.delete(follower));
    this.#followers.add(follower);
    this.#tell(follower, this.current);
    return follower;
  }

  #tell(follower: AsyncQueue<S>, status: S): void {
    if (follower.size >= KEPT) follower.shift();
    follower.push(status);
    if (status.state !== 'closed') return;
    this.#followers.delete(follower);
    follower.end();
  }
}
