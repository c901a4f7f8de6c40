// Values that are pushed on one side and pulled as an async iterable on the other, in order. How many may wait is up to
// whoever pushes.

const DONE: IteratorResult<never> = { done: true, value: undefined };

export class AsyncQueue<T> implements AsyncIterableIterator<T> {
  #values: T[] = [];
  #first = 0;
  #waiting: ((result: IteratorResult<T>) => void)[] = [];
  #isEnded = false;
  readonly #onReturn: (() => void) | undefined;

  /** `onReturn` is called once when whoever pulls wants no more. */
  constructor(onReturn?: () => void) {
    this.#onReturn = onReturn;
  }

  get size(): number {
    return this.#values.length - this.#first;
  }

  /** Somebody waits for a value. */
  get isAwaited(): boolean {
    return this.#waiting.length > 0;
  }

  push(value: T): void {
    if (this.#isEnded) return;
    const take = this.#waiting.shift();
    if (take === undefined) this.#values.push(value);
    else take({ done: false, value });
  }

  /** Takes the oldest value that waits. */
  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const value = this.#values[this.#first] as T;
    this.#values[this.#first++] = undefined as T; // not held any longer
    if (this.#first > 256 && this.#first * 2 > this.#values.length) {
      this.#values = this.#values.slice(this.#first);
      this.#first = 0;
    }
    return value;
  }

  /** What waits can still be pulled; nothing follows. */
  end(): void {
    this.#isEnded = true;
    for (const take of this.#waiting.splice(0)) take(DONE);
  }

  next(): Promise<IteratorResult<T>> {
    if (this.size > 0) return Promise.resolve({ done: false, value: this.shift() as T });
    if (this.#isEnded) return Promise.resolve(DONE);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<IteratorResult<T>> {
    if (!this.#isEnded) this.#onReturn?.();
    this.#values = [];
    this.#first = 0;
    this.end();
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
