// RequestTags: the tags of one side's requests. One that waits for its answer is taken; one whose answer was given up for is not
// used again before that answer has come after all, lest it be taken for that of another request; or cannot come any more.

import { ConnectionError } from './connection-error.ts';

/** Both ends included. */
export type TagRange = readonly [first: number, last: number];

/** Half of all tags are for requests; 65,535 is that of heartbeats. */
export const DEFAULT_REQUEST_TAGS: TagRange = [32_768, 65_534];

const LARGEST_TAG = 65_535;

export class RequestTags {
  readonly #range: TagRange;
  readonly #taken = new Set<number>();
  /** Given up for, the longest ago first: whether the answer cannot come any more. */
  readonly #abandoned = new Map<number, () => boolean>();
  #next: number;

  /** Throws ConnectionError `BAD_OPTIONS`. */
  constructor(range: TagRange) {
    checkTags(range);
    this.#range = range;
    this.#next = range[0];
  }

  /** Throws ConnectionError `TOO_MANY_REQUESTS`. */
  take(): number {
    const [first, last] = this.#range;
    if (this.#taken.size > last - first && !this.#reclaim()) {
      throw new ConnectionError('TOO_MANY_REQUESTS', `all ${this.#taken.size} tags wait for their answers`);
    }
    while (this.#taken.has(this.#next)) this.#advance();
    const tag = this.#next;
    this.#taken.add(tag);
    this.#advance();
    return tag;
  }

  /** Its answer is here, or will never come. */
  free(tag: number): void {
    this.#taken.delete(tag);
    this.#abandoned.delete(tag);
  }

  /** Nobody waits for its answer any more, which may come all the same. `isLost` is asked when no other tag is left. */
  abandon(tag: number, isLost: () => boolean): void {
    this.#abandoned.set(tag, isLost);
  }

  has(tag: number): boolean {
    return tag >= this.#range[0] && tag <= this.#range[1];
  }

  #reclaim(): boolean {
    for (const [tag, isLost] of this.#abandoned) {
      if (!isLost()) continue;
      this.free(tag);
      return true;
    }
    return false;
  }

  #advance(): void {
    this.#next = this.#next === this.#range[1] ? this.#range[0] : this.#next + 1;
  }
}

/** Throws ConnectionError `BAD_OPTIONS`. */
export function checkTags([first, last]: TagRange): void {
  const isRange = Number.isInteger(first) && Number.isInteger(last) && first >= 0 && first <= last;
  if (isRange && last <= LARGEST_TAG) return;
  throw new ConnectionError('BAD_OPTIONS', `tags must be two integers from 0 to 65535 in order, not ${first}, ${last}`);
}
