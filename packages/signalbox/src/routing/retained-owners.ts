// How many retained messages each publisher has, where that is limited. The broker's own, whose publisher is empty, are not
// counted.

export class RetainedOwners {
  readonly #limit: number;
  readonly #counts = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether this publisher may have one more; `former` is who has the message that it would replace. */
  allows(publisher: string, former: string | undefined): boolean {
    return publisher === '' || publisher === former || (this.#counts.get(publisher) ?? 0) < this.#limit;
  }

  add(publisher: string): void {
    if (publisher !== '') this.#counts.set(publisher, (this.#counts.get(publisher) ?? 0) + 1);
  }

  remove(publisher: string): void {
    const count = (this.#counts.get(publisher) ?? 0) - 1;
    if (count > 0) this.#counts.set(publisher, count);
    else this.#counts.delete(publisher);
  }

  /** Publishers who have any. */
  get size(): number {
    return this.#counts.size;
  }
}
