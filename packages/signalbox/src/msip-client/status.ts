// Where an MSIP client stands, and every change of it for whoever follows them.

import { AsyncQueue } from '../client/async-queue.ts';

/** 'idle': connect() was not called. 'waiting': between two attempts. 'closing': what was published is still sent. */
export type MsipClientState = 'idle' | 'connecting' | 'connected' | 'waiting' | 'closing' | 'closed';

export interface MsipClientStatus {
  readonly state: MsipClientState;
  /** The server this is about, without credentials. */
  readonly url: string;
  /** Which attempt since the last connection. */
  readonly attempt: number;
  /** Connected: the server keeps messages until they are acknowledged. */
  readonly isAcknowledged?: boolean | undefined;
  /** Waiting: when the next attempt comes. */
  readonly delayMs?: number | undefined;
  /** Why the last connection ended or could not be made. Closed without an error: as it was asked to. */
  readonly error?: Error | undefined;
}

/** Who does not follow gets the latest changes: older ones are history. */
const KEPT = 64;

export class StatusBoard {
  current: MsipClientStatus;
  readonly #followers = new Set<AsyncQueue<MsipClientStatus>>();

  constructor(url: string) {
    this.current = { state: 'idle', url, attempt: 0 };
  }

  set(status: MsipClientStatus): void {
    this.current = status;
    for (const follower of this.#followers) this.#tell(follower, status);
  }

  follow(): AsyncIterableIterator<MsipClientStatus> {
    const follower = new AsyncQueue<MsipClientStatus>(() => this.#followers.delete(follower));
    this.#followers.add(follower);
    this.#tell(follower, this.current);
    return follower;
  }

  #tell(follower: AsyncQueue<MsipClientStatus>, status: MsipClientStatus): void {
    if (follower.size >= KEPT) follower.shift();
    follower.push(status);
    if (status.state !== 'closed') return;
    this.#followers.delete(follower);
    follower.end();
  }
}
