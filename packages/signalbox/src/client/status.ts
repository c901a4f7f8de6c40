// Where a client stands, and every change of it for whoever follows them.

import { AsyncQueue } from './async-queue.ts';

/** 'waiting': between two attempts. 'closing': what was published is still sent, nothing new is taken. */
export type ClientState = 'connecting' | 'connected' | 'waiting' | 'closing' | 'closed';

export interface ClientStatus {
  readonly state: ClientState;
  /** The server this is about. */
  readonly url: string;
  /** How many attempts since the last connection that was stable. */
  readonly attempt: number;
  /** Connected: whether the server had the session. */
  readonly sessionPresent?: boolean | undefined;
  /** Waiting: when the next attempt comes. */
  readonly delayMs?: number | undefined;
  /** Waiting, closed: why. Closed without an error: as it was asked to. */
  readonly error?: Error | undefined;
}

/** Who does not follow gets the latest changes: older ones are history. */
const KEPT = 64;

export class StatusBoard {
  current: ClientStatus;
  /** There was a connection, if only once. */
  hasConnected = false;
  readonly #onStatus: (status: ClientStatus) => void;
  readonly #followers = new Set<AsyncQueue<ClientStatus>>();

  /** `onStatus` must not throw. */
  constructor(url: string, onStatus: (status: ClientStatus) => void) {
    this.current = { state: 'connecting', url, attempt: 0 };
    this.#onStatus = onStatus;
  }

  set(status: ClientStatus): void {
    this.current = status;
    if (status.state === 'connected') this.hasConnected = true;
    for (const follower of this.#followers) this.#tell(follower, status);
    this.#onStatus(status);
  }

  follow(): AsyncIterableIterator<ClientStatus> {
    const follower = new AsyncQueue<ClientStatus>(() => this.#followers.delete(follower));
    this.#followers.add(follower);
    this.#tell(follower, this.current);
    return follower;
  }

  #tell(follower: AsyncQueue<ClientStatus>, status: ClientStatus): void {
    if (follower.size >= KEPT) follower.shift();
    follower.push(status);
    if (status.state === 'closed') follower.end();
  }
}
