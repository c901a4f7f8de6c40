// In place of client/async-queue.ts in a bundle for pages: the same over plain arrays.

/** @type {IteratorResult<never>} */
const DONE = { done: true, value: undefined };

/** @template T */
export class AsyncQueue {
  /** @type {T[]} */
  #values = [];
  /** @type {((result: IteratorResult<T>) => void)[]} */
  #waiting = [];
  #isEnded = false;
  #onReturn;

  /** @param {() => void} [onReturn] */
  constructor(onReturn) {
    this.#onReturn = onReturn;
  }

  get size() {
    return this.#values.length;
  }

  /** @param {T} value */
  push(value) {
    if (this.#isEnded) return;
    const take = this.#waiting.shift();
    if (take === undefined) this.#values.push(value);
    else take({ done: false, value });
  }

  shift() {
    return this.#values.shift();
  }

  end() {
    this.#isEnded = true;
    for (const take of this.#waiting.splice(0)) take(DONE);
  }

  /** @returns {Promise<IteratorResult<T>>} */
  async next() {
    const [value] = this.#values.splice(0, 1);
    if (value !== undefined) return { done: false, value };
    return this.#isEnded ? DONE : new Promise((resolve) => this.#waiting.push(resolve));
  }

  async return() {
    if (!this.#isEnded) this.#onReturn?.();
    this.#values = [];
    this.end();
    return DONE;
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}
