/** A message that the broker keeps: routing's Message with a number that names it towards the store. */
import type { Message } from '../../routing/message.ts';

export interface KeptMessage extends Message {
  /** Rises with every message kept by one broker. One session gets a given id at most once. */
  readonly id: number;
}

export class MessageNumbers {
  #last: number;
  #passing = 0;

  constructor(last = 0) {
    this.#last = last;
  }

  /** The number of the newest message. */
  get last(): number {
    return this.#last;
  }

  next(): number {
    this.#last++;
    return this.#last;
  }

  /** A number for a message that is only passed on: not one of those that are kept, and forgotten with the broker. */
  nextPassing(): number {
    this.#passing++;
    return this.#passing;
  }

  /** Numbers up to this one are taken by messages which came back from the store. */
  skip(id: number): void {
    if (id > this.#last) this.#last = id;
  }
}
