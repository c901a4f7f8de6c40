// LinkQueue: messages of a link that no connection has been given yet. Bounded by number and bytes; what happens when it is
// full is the policy's.

import type { Datagram } from '../datagram/datagram.ts';
import { ConnectionError } from './connection-error.ts';
import { Deferred, rejected } from './deferred.ts';

export interface LinkQueueOptions {
  /** Most messages that wait. Default 10,000; 0: none, `send` rejects while there is no connection. */
  readonly messages?: number;
  /** Most bytes that wait, headers included; one message may always wait alone. Default 64 MiB. */
  readonly bytes?: number;
  /** When it is full: `reject` the new one (`QUEUE_FULL`), or `drop-oldest` ones (`DROPPED`) to make room. Default `reject`. */
  readonly policy?: 'reject' | 'drop-oldest';
}

export interface Queued {
  readonly datagram: Datagram;
  readonly sent: Deferred<void>;
}

const DEFAULT_MESSAGES = 10_000;
const DEFAULT_BYTES = 64 * 1024 * 1024;

export class LinkQueue {
  bytes = 0;
  /** Given up for lack of room, whichever side of the queue. */
  dropped = 0;
  readonly #mostMessages: number;
  readonly #mostBytes: number;
  readonly #policy: 'reject' | 'drop-oldest';
  #queue: Queued[] = [];
  #first = 0;

  constructor({ messages = DEFAULT_MESSAGES, bytes = DEFAULT_BYTES, policy = 'reject' }: LinkQueueOptions) {
    this.#mostMessages = messages;
    this.#mostBytes = bytes;
    this.#policy = policy;
  }

  get messages(): number {
    return this.#queue.length - this.#first;
  }

  /** Bytes of the oldest, header included; 0: there is none. */
  get firstSize(): number {
    return this.#queue[this.#first]?.datagram.serializedSize ?? 0;
  }

  /** Resolves when the message has been sent. */
  add(datagram: Datagram): Promise<void> {
    const size = datagram.serializedSize;
    while (this.#policy === 'drop-oldest' && this.messages > 0 && !this.#hasRoom(size)) {
      this.dropped++;
      this.take()!.sent.reject(new ConnectionError('DROPPED', 'newer messages took its place'));
    }
    if (!this.#hasRoom(size)) {
      this.dropped++;
      return rejected(new ConnectionError('QUEUE_FULL', `${this.messages} messages wait already`));
    }
    const queued = { datagram, sent: new Deferred<void>() };
    this.#queue.push(queued);
    this.bytes += size;
    return queued.sent.promise;
  }

  /** The oldest. */
  take(): Queued | undefined {
    if (this.messages === 0) return undefined;
    const queued = this.#queue[this.#first]!;
    this.#queue[this.#first++] = undefined as unknown as Queued; // not held any longer
    if (this.#first > 1_024 && this.#first * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#first);
      this.#first = 0;
    }
    this.bytes -= queued.datagram.serializedSize;
    return queued;
  }

  /** Back to the front, in the order given, whether there is room or not. */
  putBack(all: readonly Queued[]): void {
    this.#queue = [...all, ...this.#queue.slice(this.#first)];
    this.#first = 0;
    for (const { datagram } of all) this.bytes += datagram.serializedSize;
  }

  rejectAll(error: Error): void {
    for (let queued = this.take(); queued !== undefined; queued = this.take()) queued.sent.reject(error);
  }

  #hasRoom(size: number): boolean {
    const { messages } = this;
    return messages < this.#mostMessages && (messages === 0 || this.bytes + size <= this.#mostBytes);
  }
}
