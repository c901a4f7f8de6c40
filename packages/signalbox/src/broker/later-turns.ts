/**
 * Work that comes in crowds, such as a million messages that expire together: done a slice at a time, each further slice in a
 * turn of the event loop of its own, so that others get theirs. It must not know what the work is.
 */
import type { Exchange } from './exchange.ts';

export class LaterTurns {
  readonly #exchange: Exchange;
  readonly #slice: (now: number) => void;
  #next: NodeJS.Immediate | undefined = undefined;

  /** `slice` does a part, and calls goOn() when something is left. */
  constructor(exchange: Exchange, slice: (now: number) => void) {
    this.#exchange = exchange;
    this.#slice = slice;
  }

  /** There is more to do, in a later turn. */
  goOn(): void {
    this.#next ??= setImmediate(() => this.#turn());
  }

  /** The broker closes: what is left stays for the next one on this store. */
  stop(): void {
    clearImmediate(this.#next);
  }

  #turn(): void {
    this.#next = undefined;
    this.#slice(this.#exchange.now());
    this.#exchange.commits.settle();
  }
}
