/**
 * What one client says is done in the order in which it said it. While a hook has not answered, what comes next waits here,
 * and the client is not read: nobody else is held up. It must not know what is said.
 */
import { isLater, type Maybe } from '../hooks.ts';
import type { Link } from './link.ts';

/** The link whose client it is. */
export interface OrderedLink extends Pick<Link, 'exchange' | 'readOrPause' | 'fail'> {
  /** Lets go what was acknowledged meanwhile. */
  releaseAcknowledgements(): void;
}

export class InOrder {
  readonly #link: OrderedLink;
  /** What is to be done, in this order, when the pending hook has answered; undefined while nothing need wait. */
  #waiting: (() => void)[] | undefined = undefined;
  /** How much of it is done. */
  #done = 0;
  /** While a hook is asked what becomes of what the client said, no more of it is read. */
  isAsking = false;
  /** When the last hook that had to be waited for has answered; 0: there was none. */
  listensSince = 0;

  constructor(link: OrderedLink) {
    this.#link = link;
  }

  /** Whether something waits, and what comes now would have to wait behind it. */
  get isWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  /** Now, or when it is its turn. */
  do(action: () => void): void {
    if (this.#waiting === undefined) action();
    else this.#waiting.push(action); // [MSIP-3-4]
  }

  /** Goes on when the answer is there; until then this client, and nobody else, waits. */
  suspendFor<T>(answer: Maybe<T>, next: (value: T) => void, onFailed: () => void = () => {}): void {
    if (!isLater(answer)) {
      next(answer);
      return;
    }
    this.#waiting ??= [];
    this.isAsking = true;
    this.#link.readOrPause();
    answer.then(
      (value) => this.#resume(() => next(value)),
      (error: unknown) =>
        this.#resume(() => {
          this.#link.fail(error, 'asking a hook');
          onFailed();
        }),
    );
  }

  /** Answers when everything the client said is done: at once, or when the pending hooks have answered. */
  finish(): Maybe<void> {
    const waiting = this.#waiting;
    if (waiting === undefined) return undefined;
    return new Promise((resolve) => {
      waiting.push(resolve);
    });
  }

  /** What goes wrong costs this client its connection. */
  run(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#link.fail(error, 'handling a packet');
    }
  }

  /** Goes through what waited without moving it: one read can bring thousands of packets, each of which asks again. */
  #resume(next: () => void): void {
    const link = this.#link;
    const waiting = this.#waiting!;
    this.isAsking = false;
    link.exchange.now();
    this.run(next);
    while (!this.isAsking && this.#done < waiting.length) {
      const action = waiting[this.#done]!;
      waiting[this.#done++] = nothing;
      this.run(action);
    }
    if (!this.isAsking) {
      this.#waiting = undefined;
      this.#done = 0;
    }
    this.run(() => link.releaseAcknowledgements());
    if (!this.isAsking) {
      this.listensSince = link.exchange.now();
      link.readOrPause();
    }
    link.exchange.outbox.flushIfFull();
  }
}

/** In the place of what is done, so that it can be forgotten. */
function nothing(): void {}
