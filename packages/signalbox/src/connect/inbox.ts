// Inbox: datagrams that came, and whoever waits for some. When more is unread than may be, the peer is made to wait. Knows
// nothing of the sending side.

import type { Datagram } from '../datagram/datagram.ts';

export interface Waiter {
  /** Undefined: there is no more. */
  readonly resolve: (datagram: Datagram | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** A datagram counts at least so much: its objects take memory too. */
const LEAST_SIZE = 128;

export class Inbox {
  messages = 0;
  bytes = 0;
  /** What is counted as waiting: more than the bytes of small datagrams. */
  unreadBytes = 0;
  readonly #highWaterMark: number;
  readonly #onRoom: () => void;
  #queue: Datagram[] = [];
  #first = 0;
  #waiting: Waiter[] = [];
  #isFull = false;
  #isEnded = false;
  #error: Error | undefined = undefined;

  /** `onRoom` is called when, after `isFull`, half of it has been read. */
  constructor(highWaterMark: number, onRoom: () => void) {
    this.#highWaterMark = highWaterMark;
    this.#onRoom = onRoom;
  }

  get unread(): number {
    return this.#queue.length - this.#first;
  }

  /** Nothing is read any more before `onRoom`. */
  checkFull(): boolean {
    if (this.unreadBytes >= this.#highWaterMark) this.#isFull = true;
    return this.#isFull;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  push(datagram: Datagram): void {
    this.messages++;
    this.bytes += datagram.serializedSize;
    if (this.#waiting.length > 0) {
      this.#waiting.shift()!.resolve(datagram);
      return;
    }
    this.unreadBytes += sizeOf(datagram);
    this.#queue.push(datagram);
  }

  /** The oldest that waits. */
  shift(): Datagram | undefined {
    if (this.#first === this.#queue.length) return undefined;
    const datagram = this.#queue[this.#first]!;
    this.#queue[this.#first++] = undefined as unknown as Datagram; // not held any longer
    if (this.#first === this.#queue.length) {
      this.#queue = [];
      this.#first = 0;
    } else if (this.#first > 1_024 && this.#first * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#first);
      this.#first = 0;
    }
    this.#unload(sizeOf(datagram));
    return datagram;
  }

  /** All that wait. */
  takeAll(): Datagram[] {
    const all = this.#first === 0 ? this.#queue : this.#queue.slice(this.#first);
    this.#queue = [];
    this.#first = 0;
    this.#unload(this.unreadBytes);
    return all;
  }

  /** For who found nothing with `shift`; the function takes it back, and answers false when it is too late for that. */
  wait(waiter: Waiter): () => boolean {
    if (this.#error !== undefined) waiter.reject(this.#error);
    else if (this.#isEnded) waiter.resolve(undefined);
    else this.#waiting.push(waiter);
    return () => {
      const at = this.#waiting.indexOf(waiter);
      if (at >= 0) this.#waiting.splice(at, 1);
      return at >= 0;
    };
  }

  /** Nothing more comes. What is unread stays to be read, the error comes after it. */
  end(error: Error | undefined): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#error = error;
    for (const waiter of this.#waiting.splice(0)) {
      if (error === undefined) waiter.resolve(undefined);
      else waiter.reject(error);
    }
  }

  #unload(size: number): void {
    this.unreadBytes -= size;
    if (!this.#isFull || this.unreadBytes * 2 > this.#highWaterMark) return;
    this.#isFull = false;
    this.#onRoom();
  }
}

function sizeOf(datagram: Datagram): number {
  return Math.max(LEAST_SIZE, datagram.serializedSize);
}
