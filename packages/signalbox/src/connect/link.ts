// Link: connections to one address, one after another, as if they were one. What is sent waits in a bounded queue while there
// is none; what is received comes from each in turn.

import { Datagram } from '../datagram/datagram.ts';
import { BackOff } from './back-off.ts';
import { type ConnectionClock, SYSTEM_CLOCK } from './clock.ts';
import { connect } from './connect.ts';
import type { Connection } from './connection.ts';
import { ConnectionError } from './connection-error.ts';
import type { Sendable, SendOptions } from './connection-writer.ts';
import { Deferred, rejected } from './deferred.ts';
import { LinkInput } from './link-input.ts';
import {
  checkLinkOptions,
  isHopeless,
  type LinkOptions,
  type LinkStatistics,
  type LinkStatus,
} from './link-options.ts';
import { LinkQueue } from './link-queue.ts';
import { LinkSender } from './link-sender.ts';
import { limited, type WaitOptions } from './waiting.ts';

/** A connection that lived so long, or brought a message, was a good one. */
const STABLE_MS = 5_000;
const DEFAULT_CLOSE_TIMEOUT_MS = 10_000;

export class Link implements AsyncIterable<Datagram>, AsyncDisposable {
  readonly url: string;
  readonly #options: LinkOptions;
  readonly #clock: ConnectionClock;
  readonly #queue: LinkQueue;
  readonly #sender: LinkSender;
  readonly #input = new LinkInput();
  readonly #backOff: BackOff;
  readonly #stop = new AbortController();
  readonly #closed = new Deferred<Error | undefined>();
  #connection: Connection | undefined = undefined;
  #connections = 0;
  #status: LinkStatus = { state: 'connecting' };
  #isClosing = false;
  #wake: (() => void) | undefined = undefined;

  /** @internal Made by `openLink`. */
  constructor(url: string, options: LinkOptions) {
    checkLinkOptions(options);
    this.url = url;
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#queue = new LinkQueue(options.queue ?? {});
    this.#sender = new LinkSender(this.#queue, this.#clock, options.uncertain ?? 'reject');
    this.#backOff = new BackOff(options.backOff ?? {});
    void this.#live();
  }

  get status(): LinkStatus {
    return this.#status;
  }

  /** The connection there is at the moment. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** Resolves when the link is over: with undefined after `close`, or with the error it gave up with. Never rejects. */
  get closed(): Promise<Error | undefined> {
    return this.#closed.promise;
  }

  get statistics(): LinkStatistics {
    return {
      queuedMessages: this.#queue.messages,
      queuedBytes: this.#queue.bytes,
      dropped: this.#queue.dropped,
      uncertain: this.#sender.uncertain,
      discarded: this.#input.discarded,
      connections: this.#connections,
      failures: this.#backOff.failures,
    };
  }

  /**
   * Sends one datagram, or keeps it until there is a connection. Resolves when the system has taken it: it may be lost all the
   * same when the connection fails before the peer has read it. Rejects with ConnectionError `QUEUE_FULL`, `DROPPED`,
   * `UNCERTAIN` (it may have arrived), `CLOSED`, `TIMEOUT`, DatagramError, the reason of the signal, or with what the link
   * gave up for. After `TIMEOUT` and an abort it stays in the queue.
   */
  send(message: Sendable, options: SendOptions = {}): Promise<void> {
    if (this.#isClosing) return rejected(new ConnectionError('CLOSED', 'the link is closed'));
    let datagram: Datagram;
    try {
      options.signal?.throwIfAborted();
      datagram = message instanceof Datagram ? message : new Datagram(message, options.tag ?? 0);
    } catch (error) {
      return rejected(error);
    }
    const sent = this.#queue.add(datagram);
    this.#sender.wake();
    return limited(sent, options, { clock: this.#clock });
  }

  /** The next datagram, of whichever connection; undefined when the link is over. Rejects as the options say. */
  receive(options: WaitOptions = {}): Promise<Datagram | undefined> {
    return this.#input.receive(options, this.#clock);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Datagram, void, undefined> {
    for (let next = await this.receive(); next !== undefined; next = await this.receive()) yield next;
  }

  /**
   * Sends what is in the queue, closes the connection, and makes no other. After `timeoutMs` (default 10,000) what is left is
   * rejected with `CLOSED`; without a connection that is at once. Never rejects.
   */
  async close({ timeoutMs = DEFAULT_CLOSE_TIMEOUT_MS, signal }: WaitOptions = {}): Promise<void> {
    this.#isClosing = true;
    const connection = this.#connection;
    if (connection !== undefined) {
      await limited(this.#sender.run(), { timeoutMs, signal }, { clock: this.#clock }).catch(() => {});
      await connection.close({ timeoutMs, signal }).catch(() => {});
    }
    this.#end(undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #live(): Promise<void> {
    await undefined; // nothing is told before the program has its link
    while (!this.#isClosing) {
      const error = await this.#connectOnce();
      if (this.#isClosing) return;
      const delayMs = isHopeless(error) ? undefined : this.#backOff.next();
      if (delayMs === undefined) {
        this.#end(error);
        return;
      }
      this.#tell({ state: 'waiting', delayMs, error });
      await this.#sleep(delayMs);
    }
  }

  /** One attempt, and the life of its connection; answers why it is over. */
  async #connectOnce(): Promise<Error> {
    this.#tell({ state: 'connecting' });
    const { dial = connect, queue: _, backOff: __, uncertain: ___, onStatus: ____, ...options } = this.#options;
    let connection: Connection;
    try {
      connection = await dial(this.url, { ...options, signal: this.#stop.signal });
    } catch (error) {
      return error instanceof Error
        ? error
        : new ConnectionError('CONNECTION_LOST', `dialling failed: ${String(error)}`, error);
    }
    if (this.#isClosing) {
      connection.destroy();
      return new ConnectionError('CLOSED', 'the link is closed');
    }
    return this.#use(connection);
  }

  async #use(connection: Connection): Promise<Error> {
    const since = this.#clock.now();
    this.#connection = connection;
    this.#connections++;
    this.#input.add(connection.reader);
    this.#tell({ state: 'connected', connection });
    this.#sender.use(connection);
    await connection.peerEnded;
    if (!this.#isClosing) this.#sender.release();
    if (connection.isOpen && !this.#isClosing) await connection.close().catch(() => {});
    const error = await connection.closed;
    this.#sender.release();
    this.#connection = undefined;
    const wasGood = this.#clock.now() - since >= STABLE_MS || connection.statistics.messagesReceived > 0;
    if (wasGood) this.#backOff.reset();
    return error ?? new ConnectionError('CONNECTION_LOST', 'the peer has closed the connection');
  }

  #sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(delayMs, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }

  #end(error: Error | undefined): void {
    if (this.#status.state === 'closed') return;
    this.#isClosing = true;
    this.#stop.abort();
    this.#connection?.destroy();
    this.#wake?.();
    this.#queue.rejectAll(error ?? new ConnectionError('CLOSED', 'the link is closed'));
    this.#input.end(error);
    this.#tell({ state: 'closed', error });
    this.#closed.resolve(error);
  }

  #tell(status: LinkStatus): void {
    const { state } = this.#status;
    if (state === 'closed' || (state === 'connecting' && status.state === 'connecting')) return;
    this.#status = status;
    try {
      this.#options.onStatus?.(status);
    } catch (error) {
      queueMicrotask(() => {
        throw error; // the program's own, and not to be swallowed; the link goes on
      });
    }
  }
}

/**
 * A link to `url` which connects again when its connection is lost. Returns at once; a first failure is not told otherwise than
 * a later one, by `onStatus`. Throws ConnectionError `BAD_OPTIONS`.
 */
export function openLink(url: string, options: LinkOptions = {}): Link {
  return new Link(url, options);
}
