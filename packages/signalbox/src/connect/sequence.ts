// A sequence of messages on its way into a connection, no faster than the peer takes it: what `sendAll` does.

import { Datagram } from '../datagram/datagram.ts';
import type { ConnectionCore } from './connection-core.ts';
import type { Sendable } from './connection-writer.ts';
import { limited } from './waiting.ts';

/** So much waits before more is taken. */
const MOST_WAITING = 1_048_576;

export interface SequenceOptions {
  /** Of data that are no Datagram. */
  readonly tag: number;
  /** Ends it, wherever it waits: for the peer, or for the next message. */
  readonly signal: AbortSignal | undefined;
}

export class Sequence {
  count = 0;
  readonly #core: ConnectionCore;
  readonly #tag: number;
  readonly #signal: AbortSignal | undefined;
  /** Of the last message; those of one write have it together. */
  #last: Promise<void> | undefined = undefined;
  #failure: { readonly error: unknown } | undefined = undefined;

  constructor(core: ConnectionCore, { tag, signal }: SequenceOptions) {
    this.#core = core;
    this.#tag = tag;
    this.#signal = signal;
  }

  /** Resolves when all are taken. Rejects with what the first that failed was rejected with, or the reason of the signal. */
  async send(messages: Iterable<Sendable> | AsyncIterable<Sendable>): Promise<void> {
    if (Symbol.asyncIterator in messages) {
      const all = this.#signal === undefined ? messages : this.#untilStopped(messages);
      for await (const message of all) {
        if (!this.#add(message)) await this.#addLater(message);
      }
    } else {
      for (const message of messages) if (!this.#add(message)) await this.#addLater(message);
    }
    await this.#untilTaken();
  }

  /** False: there is no room yet. */
  #add(message: Sendable): boolean {
    this.#signal?.throwIfAborted();
    if (this.#failure !== undefined) throw this.#failure.error;
    const { outbox } = this.#core;
    const datagram = message instanceof Datagram ? message : new Datagram(message, this.#tag);
    if (outbox.bufferedBytes >= MOST_WAITING || !outbox.hasRoom(datagram.serializedSize)) return false;
    const sent = this.#core.send(datagram);
    this.count++;
    if (sent === this.#last) return true;
    this.#last = sent;
    sent.catch((error) => {
      this.#failure ??= { error };
    });
    return true;
  }

  async #addLater(message: Sendable): Promise<void> {
    do {
      this.#core.outbox.flush();
      await this.#limited(this.#core.outbox.whenTaken());
    } while (!this.#add(message));
  }

  async #untilTaken(): Promise<void> {
    if (this.#last !== undefined) await this.#limited(this.#last);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Messages as they come. A source that never brings the next one, nor ends, is left alone when the signal says so. */
  async *#untilStopped(source: AsyncIterable<Sendable>): AsyncGenerator<Sendable, void, undefined> {
    const iterator = source[Symbol.asyncIterator]();
    let isAsked = false;
    try {
      for (;;) {
        isAsked = true;
        const next = await this.#limited(iterator.next());
        if (next.done === true) return;
        isAsked = false;
        yield next.value;
      }
    } finally {
      if (!isAsked) await iterator.return?.();
      else if (this.#signal?.aborted === true) Promise.resolve(iterator.return?.()).catch(() => {});
    }
  }

  #limited<T>(promise: Promise<T>): Promise<T> {
    return limited(promise, { signal: this.#signal }, { clock: this.#core.clock });
  }
}
