// ConnectionWriter: the sending half of a connection. Knows nothing of receiving.

import { Datagram, type DatagramData } from '../datagram/datagram.ts';
import type { ConnectionCore } from './connection-core.ts';
import { quiet, rejected } from './deferred.ts';
import { Sequence } from './sequence.ts';
import { limited, type WaitOptions } from './waiting.ts';

export interface SendOptions extends WaitOptions {
  /** Of data that are no Datagram. Default 0. */
  readonly tag?: number;
}

export type Sendable = Datagram | DatagramData;

export class ConnectionWriter {
  readonly #core: ConnectionCore;

  /** @internal */
  constructor(core: ConnectionCore) {
    this.#core = core;
  }

  /**
   * Sends one datagram. Resolves when the system has taken it, which says nothing of the peer; under back-pressure that takes
   * as long as the peer needs. What is sent in one turn of the event loop leaves as one write, in order. The data must not be
   * changed before. Rejects with DatagramError, ConnectionError `SEND_BUFFER_FULL`, `RESERVED_TAG`, `CLOSED`,
   * `CONNECTION_LOST`, `PEER_SILENT`, `IDLE_TIMEOUT` or `TIMEOUT`, or the reason of the signal; after the last two it may be
   * sent nevertheless.
   */
  send(message: Sendable, options?: SendOptions): Promise<void> {
    let datagram: Datagram;
    try {
      options?.signal?.throwIfAborted();
      datagram = message instanceof Datagram ? message : new Datagram(message, options?.tag ?? 0);
    } catch (error) {
      return rejected(error);
    }
    const sent = this.#core.send(datagram);
    return options === undefined ? sent : limited(sent, options, { clock: this.#core.clock });
  }

  /**
   * Sends all of them, no faster than the peer takes them, and resolves with their number. Rejects as `send` does when one of
   * them cannot be sent; those before it may be sent, some behind it too. `timeoutMs` is for all of them together.
   */
  sendAll(messages: Iterable<Sendable> | AsyncIterable<Sendable>, options: SendOptions = {}): Promise<number> {
    const { tag = 0, signal, timeoutMs } = options;
    if (signal?.aborted === true) return rejected(signal.reason);
    const stop = signal === undefined && timeoutMs === undefined ? undefined : new AbortController();
    const sequence = new Sequence(this.#core, { tag, signal: stop?.signal });
    const sent = sequence.send(messages).then(() => sequence.count);
    const onGivenUp = (): boolean => {
      stop?.abort();
      return true;
    };
    return quiet(limited(sent, options, { clock: this.#core.clock, onGivenUp }));
  }

  /** Resolves when everything that was sent is taken; rejects when it cannot be any more. */
  flush(options: WaitOptions = {}): Promise<void> {
    const { outbox, clock } = this.#core;
    outbox.flush();
    return limited(outbox.whenTaken(), options, { clock });
  }

  /** Whether `send` can take anything. */
  get isWritable(): boolean {
    return this.#core.isWritable;
  }

  /** @internal Whether a datagram of so many bytes can wait for the system. */
  hasRoom(bytes: number): boolean {
    return this.#core.outbox.hasRoom(bytes);
  }

  /** Bytes that wait for the system to take them. */
  get bufferedBytes(): number {
    return this.#core.outbox.bufferedBytes;
  }

  /**
   * Half-close: flushes, and the peer's loop ends; reading goes on. Over UDP and WebSocket the peer is not told. Rejects when
   * the connection fails first.
   */
  endWriting(options: WaitOptions = {}): Promise<void> {
    return quiet(limited(this.#core.endWriting(), options, { clock: this.#core.clock }));
  }
}
