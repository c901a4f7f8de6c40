// LinkInput: what a link receives, from one connection after another, each to its end.

import type { Datagram } from '../datagram/datagram.ts';
import type { ConnectionClock } from './clock.ts';
import { ConnectionError } from './connection-error.ts';
import type { ConnectionReader } from './connection-reader.ts';
import { Deferred, quiet } from './deferred.ts';
import { limited, type WaitOptions } from './waiting.ts';

/** Connections that are over and not read to their end; of older ones the rest is discarded. */
const MOST_READERS = 8;

export class LinkInput {
  /** Messages that nobody read before too many other connections came. */
  discarded = 0;
  #readers: ConnectionReader[] = [];
  #changed = new Deferred<void>();
  /** Of who asked last: resolves when it is the next one's turn. */
  #turn: Promise<void> = Promise.resolve();
  #waiting = 0;
  #isOver = false;
  #error: Error | undefined = undefined;

  add(reader: ConnectionReader): void {
    this.#readers.push(reader);
    if (this.#readers.length > MOST_READERS) {
      const oldest = this.#readers.shift()!;
      while (oldest.take() !== undefined) this.discarded++;
    }
    this.#change();
  }

  /** No further connection. */
  end(error: Error | undefined): void {
    this.#isOver = true;
    this.#error = error;
    this.#change();
  }

  /**
   * Rejects as the options say, or with what the link gave up for, after everything was read. Several that wait are served in
   * order.
   */
  receive(options: WaitOptions, clock: ConnectionClock): Promise<Datagram | undefined> {
    const first = this.#waiting === 0 ? this.#readers[0]?.take() : undefined;
    return first === undefined ? quiet(this.#inTurn(options, clock)) : Promise.resolve(first);
  }

  async #inTurn({ signal, timeoutMs }: WaitOptions, clock: ConnectionClock): Promise<Datagram | undefined> {
    const deadline = timeoutMs === undefined ? undefined : clock.now() + timeoutMs;
    const rest = (): WaitOptions => ({
      signal,
      timeoutMs: deadline === undefined ? undefined : Math.max(0, deadline - clock.now()),
    });
    const before = this.#turn;
    const done = new Deferred<void>();
    this.#turn = done.promise;
    this.#waiting++;
    try {
      if (this.#waiting > 1) await limited(before, rest(), { clock });
      return await this.#next(rest, clock);
    } finally {
      this.#waiting--;
      void before.then(done.resolve);
    }
  }

  async #next(rest: () => WaitOptions, clock: ConnectionClock): Promise<Datagram | undefined> {
    for (;;) {
      const reader = this.#readers[0];
      if (reader !== undefined) {
        const datagram = await receiveFrom(reader, rest());
        if (datagram !== undefined) return datagram;
        if (this.#readers[0] === reader) this.#readers.shift();
      } else if (this.#isOver) {
        if (this.#error !== undefined) throw this.#error;
        return undefined;
      } else {
        await limited(this.#changed.promise, rest(), { clock });
      }
    }
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = new Deferred();
  }
}

/** Undefined also when the connection failed: the link goes on with the next. */
async function receiveFrom(reader: ConnectionReader, options: WaitOptions): Promise<Datagram | undefined> {
  try {
    return await reader.receive(options);
  } catch (error) {
    const isGivenUp = error instanceof ConnectionError && error.code === 'TIMEOUT';
    if (isGivenUp || options.signal?.aborted === true) throw error;
    return undefined;
  }
}
