// LinkSender: from the queue of a link into one connection after another, no more at a time than one write, so that what was
// not written when a connection fails is known, and stays in the queue.

import type { ConnectionClock } from './clock.ts';
import type { Connection } from './connection.ts';
import { ConnectionError } from './connection-error.ts';
import type { LinkQueue, Queued } from './link-queue.ts';

/** Bytes handed over at a time. */
const PORTION = 65_536;
/** After so many portions in a row the network is looked at. */
const PORTIONS_PER_TURN = 32;

export class LinkSender {
  /** Handed over to a connection that failed before it took them. */
  uncertain = 0;
  /** Handed over, and not taken yet. */
  inHand: Queued[] = [];
  readonly #queue: LinkQueue;
  readonly #clock: ConnectionClock;
  readonly #resends: boolean;
  #connection: Connection | undefined = undefined;
  #running: Promise<void> | undefined = undefined;
  #isScheduled = false;

  constructor(queue: LinkQueue, clock: ConnectionClock, uncertain: 'reject' | 'resend') {
    this.#queue = queue;
    this.#clock = clock;
    this.#resends = uncertain === 'resend';
  }

  use(connection: Connection): void {
    this.#connection = connection;
    void this.run();
  }

  /** The connection is over, or not to be used any more. */
  release(): void {
    this.#connection = undefined;
  }

  /** There is something in the queue. */
  wake(): void {
    if (this.#connection === undefined || this.#running !== undefined || this.#isScheduled) return;
    this.#isScheduled = true;
    this.#clock.soon(() => {
      this.#isScheduled = false;
      void this.run();
    });
  }

  /** Resolves when the queue is sent, or the connection is none any more. */
  run(): Promise<void> {
    this.#running ??= this.#pump().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #pump(): Promise<void> {
    for (let portions = 1; this.#queue.messages > 0; portions++) {
      const connection = this.#connection;
      if (connection?.writer.isWritable !== true) return;
      await this.#sendPortion(connection);
      if (portions % PORTIONS_PER_TURN === 0) await new Promise<void>((resolve) => this.#clock.later(resolve));
    }
  }

  async #sendPortion(connection: Connection): Promise<void> {
    for (let bytes = 0; bytes < PORTION && connection.writer.hasRoom(this.#queue.firstSize); ) {
      const queued = this.#queue.take();
      if (queued === undefined) break;
      this.inHand.push(queued);
      bytes += queued.datagram.serializedSize;
      // Only what no connection can ever send is told here; the rest is told together, below.
      connection.send(queued.datagram).catch((error: Error) => this.#onRefused(queued, error));
    }
    try {
      await connection.writer.flush();
      for (const { sent } of this.inHand.splice(0)) sent.resolve();
    } catch (error) {
      if (this.#connection === connection) this.#connection = undefined;
      this.#onLost(error);
    }
  }

  #onRefused(queued: Queued, error: Error & { readonly code?: string }): void {
    if (error.code !== 'TOO_LARGE_MESSAGE' && error.code !== 'RESERVED_TAG') return;
    this.inHand = this.inHand.filter((one) => one !== queued);
    queued.sent.reject(error);
  }

  #onLost(error: unknown): void {
    const lost = this.inHand.splice(0);
    this.uncertain += lost.length;
    if (this.#resends) {
      this.#queue.putBack(lost);
      return;
    }
    const told = new ConnectionError('UNCERTAIN', 'the connection failed while this was handed over', error);
    for (const { sent } of lost) sent.reject(told);
  }
}
