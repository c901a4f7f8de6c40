// Everything a client does and meets, in order, for whoever follows it; and the pull-driven mode, in which the client moves
// only while the next of it is asked for.

import { AsyncQueue } from '../async-queue.ts';
import type { ClientStatus } from '../status.ts';
import type { PacketActivity } from './packet-recorder.ts';

export type ClientEvent =
  | ({ readonly kind: 'packet' } & PacketActivity)
  | { readonly kind: 'status'; readonly status: ClientStatus }
  /** Whoever follows was too slow: so many events were left out here. */
  | { readonly kind: 'missed'; readonly count: number };

/** Events that wait for a slow follower of a running client. */
const KEPT = 10_000;

export interface Drive {
  /** The client may move again. */
  onRelease(): void;
  /** It has to stand still. */
  onHalt(): void;
}

export class Activity {
  readonly isPolled: boolean;
  readonly #drive: Drive;
  readonly #followers = new Set<AsyncQueue<ClientEvent>>();
  readonly #missed = new Map<AsyncQueue<ClientEvent>, number>();
  #isHalted: boolean;
  #isEnded = false;
  #untilReleased: (() => void)[] = [];
  readonly #onFollowers: (isFollowed: boolean) => void;

  constructor(isPolled: boolean, drive: Drive, onFollowers: (isFollowed: boolean) => void) {
    this.isPolled = isPolled;
    this.#isHalted = isPolled;
    this.#drive = drive;
    this.#onFollowers = onFollowers;
  }

  get isHalted(): boolean {
    return this.#isHalted;
  }

  /** Resolves when the client may move. */
  permission(): Promise<void> | undefined {
    if (!this.#isHalted) return undefined;
    return new Promise((resolve) => this.#untilReleased.push(resolve));
  }

  /** No one has to be asked any more: the client is being closed. */
  release(): void {
    if (!this.#isHalted) return;
    this.#isHalted = false;
    for (const resolve of this.#untilReleased.splice(0)) resolve();
    this.#drive.onRelease();
  }

  tell(event: ClientEvent): void {
    for (const follower of this.#followers) {
      if (follower.size >= KEPT && !this.isPolled) {
        this.#missed.set(follower, (this.#missed.get(follower) ?? 0) + 1);
        continue;
      }
      this.#tellMissed(follower);
      follower.push(event);
    }
  }

  end(): void {
    this.#isEnded = true;
    for (const follower of this.#followers) {
      this.#tellMissed(follower);
      follower.end();
    }
  }

  follow(): AsyncIterableIterator<ClientEvent> {
    const follower = new AsyncQueue<ClientEvent>(() => {
      this.#followers.delete(follower);
      this.#missed.delete(follower);
      this.#onFollowers(this.#followers.size > 0);
    });
    if (this.#isEnded) follower.end();
    this.#followers.add(follower);
    this.#onFollowers(true);
    return this.isPolled ? this.#polled(follower) : follower;
  }

  #tellMissed(follower: AsyncQueue<ClientEvent>): void {
    const count = this.#missed.get(follower);
    if (count === undefined) return;
    this.#missed.delete(follower);
    follower.push({ kind: 'missed', count });
  }

  #polled(follower: AsyncQueue<ClientEvent>): AsyncIterableIterator<ClientEvent> {
    const halt = (result: IteratorResult<ClientEvent>): IteratorResult<ClientEvent> => {
      if (result.done !== true) this.#halt();
      return result;
    };
    return {
      next: () => {
        if (follower.size > 0) return follower.next();
        this.release();
        return follower.next().then(halt);
      },
      return: () => follower.return(),
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  #halt(): void {
    if (this.#isHalted) return;
    this.#isHalted = true;
    this.#drive.onHalt();
  }
}
