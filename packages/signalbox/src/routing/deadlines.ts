// Values by key, each with a time at which it falls due: a binary heap which knows where its entries are, so a change costs
// O(log n) and nothing cancelled stays behind. Retained messages, wills and sessions are kept in time by it.

interface Entry<V> {
  readonly key: string;
  readonly value: V;
  readonly at: number;
  /** Equal times fall due in the order in which they were set. */
  readonly order: number;
  place: number;
}

export class Deadlines<V extends object> {
  readonly #byKey = new Map<string, Entry<V>>();
  readonly #heap: Entry<V>[] = [];
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** When takeDue() has something; Infinity when never. */
  get deadline(): number {
    return this.#heap.length === 0 ? Infinity : this.#heap[0]!.at;
  }

  /** Replaces an earlier one of the same key. */
  set(key: string, at: number, value: V): void {
    this.delete(key);
    this.#order += 1;
    const entry: Entry<V> = { key, value, at, order: this.#order, place: 0 };
    this.#byKey.set(key, entry);
    this.#heap.push(entry);
    this.#rise(entry, this.#heap.length - 1);
  }

  /** Returns what was set, undefined when nothing was. */
  delete(key: string): V | undefined {
    const entry = this.#byKey.get(key);
    if (entry === undefined) return undefined;
    this.#remove(entry);
    return entry.value;
  }

  /** Returns and forgets the earliest value that is due; undefined when none is. */
  takeDue(now: number): V | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.at > now) return undefined;
    this.#remove(first);
    return first.value;
  }

  /** Returns and forgets the values that are due, earliest first, as many as `most`. */
  takeAllDue(now: number, most = Infinity): V[] {
    const due: V[] = [];
    while (due.length < most) {
      const value = this.takeDue(now);
      if (value === undefined) break;
      due.push(value);
    }
    return due;
  }

  #remove(entry: Entry<V>): void {
    this.#byKey.delete(entry.key);
    const last = this.#heap.pop()!;
    if (last === entry) return;
    this.#rise(last, entry.place);
    this.#sink(last, last.place);
  }

  #rise(entry: Entry<V>, from: number): void {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = this.#heap[above]!;
      if (!isBefore(entry, parent)) break;
      this.#put(parent, place);
      place = above;
    }
    this.#put(entry, place);
  }

  #sink(entry: Entry<V>, from: number): void {
    const length = this.#heap.length;
    let place = from;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= length) break;
      if (below + 1 < length && isBefore(this.#heap[below + 1]!, this.#heap[below]!)) below += 1;
      const child = this.#heap[below]!;
      if (!isBefore(child, entry)) break;
      this.#put(child, place);
      place = below;
    }
    this.#put(entry, place);
  }

  #put(entry: Entry<V>, place: number): void {
    this.#heap[place] = entry;
    entry.place = place;
  }
}

function isBefore<V>(a: Entry<V>, b: Entry<V>): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
