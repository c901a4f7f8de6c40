// Messages that wait to be sent, first in first out, within limits. What does not fit is refused or pushes out others,
// as the policy says; every message given up is told.

import { ClientError } from '../client-errors.ts';
import type { QueueOptions, QueuePolicy } from '../client-options.ts';
import type { Publication } from './publication.ts';

const DEFAULT_MESSAGES = 100_000;
const DEFAULT_BYTES = 64 * 1024 * 1024;

export class OutgoingQueue {
  readonly #maximumMessages: number;
  readonly #maximumBytes: number;
  readonly #policy: QueuePolicy;
  readonly #onGivenUp: (publication: Publication, error: ClientError) => void;
  #publications: Publication[] = [];
  #first = 0;
  bytes = 0;
  /** Given up because there was no room, since the client began. */
  dropped = 0;

  constructor(options: QueueOptions, onGivenUp: (publication: Publication, error: ClientError) => void) {
    this.#maximumMessages = options.messages ?? DEFAULT_MESSAGES;
    this.#maximumBytes = options.bytes ?? DEFAULT_BYTES;
    this.#policy = options.policy ?? 'reject';
    this.#onGivenUp = onGivenUp;
  }

  get size(): number {
    return this.#publications.length - this.#first;
  }

  get first(): Publication | undefined {
    return this.#publications[this.#first];
  }

  get isFull(): boolean {
    return this.size >= this.#maximumMessages || this.bytes >= this.#maximumBytes;
  }

  /** Appends it, or gives something up: this one or, by `drop-oldest`, those before it. True when it waits now. */
  push(publication: Publication): boolean {
    if (!this.#fits(publication) && !this.#makeRoom(publication)) return false;
    this.#publications.push(publication);
    this.bytes += publication.size;
    return true;
  }

  /** Puts back what was on its way, in its order, before everything else. Not judged: it had its room before. */
  putBack(publications: readonly Publication[]): void {
    this.#publications = [...publications, ...this.#publications.slice(this.#first)];
    this.#first = 0;
    for (const publication of publications) this.bytes += publication.size;
  }

  shift(): Publication {
    const publication = this.#publications[this.#first] as Publication;
    this.#publications[this.#first++] = undefined as unknown as Publication;
    this.bytes -= publication.size;
    if (this.#first === this.#publications.length) {
      this.#publications = [];
      this.#first = 0;
    } else if (this.#first >= 1024 && this.#first * 2 > this.#publications.length) {
      this.#publications = this.#publications.slice(this.#first);
      this.#first = 0;
    }
    return publication;
  }

  /** Takes one out of the middle; false when it does not wait here. */
  remove(publication: Publication): boolean {
    const at = this.#publications.indexOf(publication, this.#first);
    if (at < 0) return false;
    this.#publications.splice(at, 1);
    this.bytes -= publication.size;
    return true;
  }

  takeAll(): Publication[] {
    const all = this.#publications.slice(this.#first);
    this.#publications = [];
    this.#first = 0;
    this.bytes = 0;
    return all;
  }

  #fits(publication: Publication): boolean {
    return this.size < this.#maximumMessages && this.bytes + publication.size <= this.#maximumBytes;
  }

  #makeRoom(publication: Publication): boolean {
    const isPossible = publication.size <= this.#maximumBytes && this.#maximumMessages > 0;
    if (this.#policy !== 'drop-oldest' || !isPossible) {
      this.dropped++;
      const code = this.#policy === 'reject' ? 'QUEUE_FULL' : 'DROPPED';
      this.#onGivenUp(publication, new ClientError(code, `the outgoing queue is full: ${this.size} messages wait`));
      return false;
    }
    while (!this.#fits(publication)) {
      this.dropped++;
      this.#onGivenUp(this.shift(), new ClientError('DROPPED', 'newer messages needed the room in the outgoing queue'));
    }
    return true;
  }
}
