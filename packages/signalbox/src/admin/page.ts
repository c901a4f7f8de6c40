/**
 * One page of a large collection in the order of its keys: what comes first behind a given key. Everything is offered to
 * it, in any order; it holds no more than a page. So a page needs no state between two questions.
 */

export interface PageJson<T> {
  readonly items: readonly T[];
  /** For `after` of the next question; null when nothing follows. */
  readonly next: string | null;
}

export class Page<T> {
  readonly #limit: number;
  readonly #after: string | undefined;
  readonly #keys: string[] = [];
  readonly #values: T[] = [];
  #hasMore = false;

  constructor(limit: number, after: string | undefined) {
    this.#limit = limit;
    this.#after = after;
  }

  offer(key: string, value: T): void {
    if (this.#after !== undefined && key <= this.#after) return;
    const keys = this.#keys;
    if (keys.length === this.#limit) {
      this.#hasMore = true;
      if (key > keys.at(-1)!) return;
    }
    let low = 0;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    keys.splice(low, 0, key);
    this.#values.splice(low, 0, value);
    if (keys.length <= this.#limit) return;
    keys.pop();
    this.#values.pop();
  }

  /** Made of what is on the page, once everything was offered. */
  toJson<J>(describe: (value: T) => J): PageJson<J> {
    const next = this.#hasMore ? (this.#keys.at(-1) ?? null) : null;
    return { items: this.#values.map(describe), next };
  }
}
