// Messages that wait to be sent: urgent ones first, each class in its order, within limits. What does not fit is refused or
// pushes out others, as the policy says; every message given up is told. §6

import { Flags } from '../msip/header.ts';
import { MsipClientError } from './client-errors.ts';
import type { MsipQueueOptions, MsipQueuePolicy } from './client-options.ts';
import { Lane } from './lane.ts';
import type { Publication } from './publication.ts';

const DEFAULT_MESSAGES = 100_000;
const DEFAULT_BYTES = 64 * 1024 * 1024;

export class OutgoingQueue {
  bytes = 0;
  /** Given up because there was no room, since the client was made. */
  dropped = 0;
  readonly #messages: number;
  readonly #maximumBytes: number;
  readonly #policy: MsipQueuePolicy;
  readonly #urgent = new Lane<Publication>();
  readonly #ordinary = new Lane<Publication>();

  constructor({ messages = DEFAULT_MESSAGES, bytes = DEFAULT_BYTES, policy = 'reject' }: MsipQueueOptions) {
    this.#messages = messages;
    this.#maximumBytes = bytes;
    this.#policy = policy;
  }

  get size(): number {
    return this.#urgent.size + this.#ordinary.size;
  }

  get isFull(): boolean {
    return this.size >= this.#messages || this.bytes >= this.#maximumBytes;
  }

  /** The message that may be sent next; undefined: there is none, or it is being compressed. */
  get first(): Publication | undefined {
    const urgent = this.#urgent.first;
    if (urgent?.isReady) return urgent;
    const ordinary = this.#ordinary.first;
    return ordinary?.isReady ? ordinary : undefined;
  }

  /**
   * Appends it, or pushes out older ones.
   * @throws {MsipClientError} `QUEUE_FULL`, `DROPPED` when it was not taken.
   */
  push(publication: Publication): void {
    if (!this.#fits(publication)) this.#makeRoom(publication);
    this.#laneOf(publication).push(publication);
    this.bytes += publication.size;
  }

  /** What was on its way comes before everything else. Not judged: it had its room before. */
  putBack(publications: readonly Publication[]): void {
    for (const publication of publications.toReversed()) {
      this.#laneOf(publication).unshift(publication);
      this.bytes += publication.size;
    }
  }

  /** Takes out what `first` was. */
  take(publication: Publication): void {
    this.#laneOf(publication).remove(publication);
    this.bytes -= publication.size;
  }

  /** False: it does not wait here. */
  remove(publication: Publication): boolean {
    if (!this.#laneOf(publication).remove(publication)) return false;
    this.bytes -= publication.size;
    return true;
  }

  takeAll(): Publication[] {
    this.bytes = 0;
    return [...this.#urgent.takeAll(), ...this.#ordinary.takeAll()];
  }

  #laneOf({ outgoing }: Publication): Lane<Publication> {
    return (outgoing.flags & Flags.Urgent) === 0 ? this.#ordinary : this.#urgent;
  }

  #fits({ size }: Publication): boolean {
    return this.size < this.#messages && this.bytes + size <= this.#maximumBytes;
  }

  #makeRoom(publication: Publication): void {
    const isPossible = publication.size <= this.#maximumBytes && this.#messages > 0;
    if (this.#policy !== 'drop-oldest' || !isPossible) {
      this.dropped++;
      const code = this.#policy === 'reject' ? 'QUEUE_FULL' : 'DROPPED';
      throw new MsipClientError(code, `the outgoing queue is full: ${this.size} messages wait`);
    }
    while (!this.#fits(publication)) {
      const oldest = this.#ordinary.first ?? this.#urgent.first!;
      this.take(oldest);
      this.dropped++;
      oldest.reject(new MsipClientError('DROPPED', 'newer messages needed the room in the outgoing queue'));
    }
  }
}
