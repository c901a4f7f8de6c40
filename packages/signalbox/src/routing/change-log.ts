// Which filters changed lately. A topic resolved some changes ago still holds when none of them matches it, so one
// subscriber that comes or goes does not undo what is known about all other topics.

import { matches } from '../mqtt/topics.ts';

/** A power of two. A topic left alone for more changes than this is resolved anew. */
const CAPACITY = 256;

export class ChangeLog {
  /** Number of changes ever made; the last one is at this number. */
  generation = 1;
  readonly #filters: string[] = new Array<string>(CAPACITY).fill('');

  /** `topicFilter` without `$share/…`. */
  record(topicFilter: string): void {
    this.generation += 1;
    this.#filters[this.generation & (CAPACITY - 1)] = topicFilter;
  }

  /**
   * Whether something that matches the name changed after `since`. To look takes longer the more changes there were: beyond
   * `patience` changes (or what is remembered) the answer is yes unseen.
   */
  hasChanged(topicName: string, since: number, patience: number): boolean {
    if (this.generation - since > Math.min(patience, CAPACITY)) return true;
    for (let at = since + 1; at <= this.generation; at++) {
      const filter = this.#filters[at & (CAPACITY - 1)]!;
      // What is left of `$share/a/$share/b/c` would look shared to matches().
      if (filter === topicName || filter.startsWith('$share/') || matches(filter, topicName)) return true;
    }
    return false;
  }
}
