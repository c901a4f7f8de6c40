// ConnectionReader: the receiving half of a connection. Knows nothing of sending.

import type { Datagram } from '../datagram/datagram.ts';
import type { ConnectionCore } from './connection-core.ts';
import { Deferred } from './deferred.ts';
import { limited, type WaitOptions } from './waiting.ts';

const END: IteratorResult<Datagram, undefined> = { done: true, value: undefined };

export class ConnectionReader implements AsyncIterable<Datagram> {
  readonly #core: ConnectionCore;

  /** @internal */
  constructor(core: ConnectionCore) {
    this.#core = core;
  }

  /**
   * The next datagram; undefined when the peer sends no more. What came before an error is handed out before it: rejects with
   * DatagramError (what came was none), ConnectionError `CONNECTION_LOST`, `PEER_SILENT`, `IDLE_TIMEOUT` or `TIMEOUT`, or
   * the reason of the signal. Several that wait are served in order.
   */
  receive(options?: WaitOptions): Promise<Datagram | undefined> {
    const { inbox, clock } = this.#core;
    const datagram = inbox.shift();
    if (datagram !== undefined) return Promise.resolve(datagram);
    const next = new Deferred<Datagram | undefined>();
    const giveUp = inbox.wait(next);
    if (options === undefined) return next.promise;
    return limited(next.promise, options, { clock, onGivenUp: giveUp });
  }

  /** The next datagram if it is here already; does not wait. */
  take(): Datagram | undefined {
    return this.#core.inbox.shift();
  }

  /** Datagrams until the peer sends no more. Leaving the loop leaves the connection open. Throws as `receive` rejects. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Datagram, undefined, undefined> {
    const next = async (): Promise<IteratorResult<Datagram, undefined>> => {
      const value = this.#core.inbox.shift() ?? (await this.receive());
      return value === undefined ? END : { done: false, value };
    };
    const iterator = {
      next,
      return: () => Promise.resolve(END),
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  /** The same, all at a time that are here: the cheapest way to take many small ones. */
  async *batches(): AsyncGenerator<readonly Datagram[], void, undefined> {
    for (;;) {
      const first = await this.receive();
      if (first === undefined) return;
      yield [first, ...this.#core.inbox.takeAll()];
    }
  }
}
