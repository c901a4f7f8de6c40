// LinkInput: what a link receives, from one connection after another, each to its end.

import type { Datagram } from '../datagram/datagram.ts';
import type { ConnectionClock } from './clock.ts';
import { ConnectionError } from './connection-error.ts';
import type { ConnectionReader } from './connection-reader.ts';
import { Deferred } from './deferred.ts';
import { limited, type WaitOptions } from './waiting.ts';

/** Connections that are over and not read to their end; of older ones the rest is discarded. */
const MOST_READERS = 8;

export class LinkInput {
  /** Messages that nobody read before too many other connections came. */
  discarded = 0;
  #readers: ConnectionReader[] = [];
  #changed = new Deferred<void>();
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

  /** Rejects as the options say, or with what the link gave up for, after everything was read. */
  receive(options: WaitOptions, clock: ConnectionClock): Promise<Datagram | undefined> {
    const first = this.#readers[0]?.take();
    return first === undefined ? this.#next(options, clock) : Promise.resolve(first);
  }

  async #next({ signal, timeoutMs }: WaitOptions, clock: ConnectionClock): Promise<Datagram | undefined> {
    const deadline = timeoutMs === undefined ? undefined : clock.now() + timeoutMs;
    for (;;) {
      const left = deadline === undefined ? undefined : Math.max(0, deadline - clock.now());
      const options = { signal, timeoutMs: left };
      const reader = this.#readers[0];
      if (reader !== undefined) {
        const datagram = await receiveFrom(reader, options);
        if (datagram !== undefined) return datagram;
        if (this.#readers[0] === reader) this.#readers.shift();
      } else if (this.#isOver) {
        if (this.#error !== undefined) throw this.#error;
        return undefined;
      } else {
        await limited(this.#changed.promise, options, { clock });
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
