// Requester: requests and their answers over a connection or a link, any number at a time. An answer has the tag of its
// request; each request that waits has a tag of its own.

import { Datagram, type DatagramData } from '../datagram/datagram.ts';
import { type ConnectionClock, SYSTEM_CLOCK } from './clock.ts';
import { ConnectionError } from './connection-error.ts';
import { Deferred, rejected } from './deferred.ts';
import { DEFAULT_REQUEST_TAGS, RequestTags, type TagRange } from './request-tags.ts';
import { limited, type WaitOptions } from './waiting.ts';

/** What a Connection and a Link have alike. */
export interface MessageChannel {
  send(message: Datagram, options?: WaitOptions): Promise<void>;
  receive(options?: WaitOptions): Promise<Datagram | undefined>;
  /** Messages may be lost: an answer that is late may never come. */
  readonly isLossy?: boolean;
  /** Of a link: the one there is now. What was asked over an earlier one is not answered any more. */
  readonly connection?: unknown;
}

export interface RequesterOptions {
  /** The tags of requests: as many can wait for answers. The peer must not use them for anything else. Default 32,768 to 65,534. */
  readonly tags?: TagRange;
  /** Longest time for an answer, where the request itself says nothing. Default 30,000. */
  readonly timeoutMs?: number;
  /** What comes and is no answer. Default: it is counted in `unexpected`. */
  readonly onMessage?: (datagram: Datagram) => void;
  readonly clock?: ConnectionClock;
}

const DEFAULT_TIMEOUT_MS = 30_000;

export class Requester {
  /** Answers to nothing that waits: too late, or never asked for; and messages without an `onMessage`. */
  unexpected = 0;
  readonly #channel: MessageChannel;
  readonly #options: RequesterOptions;
  readonly #clock: ConnectionClock;
  readonly #tags: RequestTags;
  readonly #waiting = new Map<number, Deferred<Datagram>>();
  #end: Error | undefined = undefined;

  /** Reads everything the channel receives from now on. Throws ConnectionError `BAD_OPTIONS`. */
  constructor(channel: MessageChannel, options: RequesterOptions = {}) {
    this.#channel = channel;
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#tags = new RequestTags(options.tags ?? DEFAULT_REQUEST_TAGS);
    void this.#read();
  }

  /** Requests that wait for their answers. */
  get pending(): number {
    return this.#waiting.size;
  }

  /**
   * Sends `data` and resolves with the answer. Rejects with ConnectionError `TIMEOUT`, `TOO_MANY_REQUESTS`, `CLOSED` or
   * `CONNECTION_LOST`, with the reason of the signal, and as `send` of the channel does.
   */
  request(data: DatagramData, options: WaitOptions = {}): Promise<Datagram> {
    if (this.#end !== undefined) return rejected(this.#end);
    const { timeoutMs = this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS, signal } = options;
    const answer = new Deferred<Datagram>();
    let datagram: Datagram;
    try {
      signal?.throwIfAborted();
      datagram = new Datagram(data);
      datagram.tag = this.#tags.take();
    } catch (error) {
      return rejected(error);
    }
    const { tag } = datagram;
    this.#waiting.set(tag, answer);
    const channel = this.#channel;
    let over: unknown;
    let state: 'queued' | 'sent' | 'failed' = 'queued';
    channel.send(datagram).then(
      () => {
        over = channel.connection;
        state = 'sent';
      },
      (error) => {
        state = 'failed';
        if (this.#waiting.get(tag) === answer) this.#settle(tag);
        answer.reject(error);
      },
    );
    const isLost = (): boolean =>
      state === 'failed' || channel.isLossy === true || (state === 'sent' && channel.connection !== over);
    const onGivenUp = (): boolean => {
      if (!this.#waiting.delete(tag)) return false;
      this.#tags.abandon(tag, isLost); // the answer may come yet
      return true;
    };
    return limited(answer.promise, { timeoutMs, signal }, { clock: this.#clock, onGivenUp });
  }

  async #read(): Promise<void> {
    try {
      for (let next = await this.#channel.receive(); next !== undefined; next = await this.#channel.receive()) {
        this.#onDatagram(next);
      }
      this.#over(new ConnectionError('CONNECTION_LOST', 'the peer sends no more answers'));
    } catch (error) {
      this.#over(error as Error);
    }
  }

  #onDatagram(datagram: Datagram): void {
    if (!this.#tags.has(datagram.tag)) {
      this.#leave(datagram);
      return;
    }
    const answer = this.#waiting.get(datagram.tag);
    this.#settle(datagram.tag);
    if (answer === undefined) this.unexpected++;
    else answer.resolve(datagram);
  }

  #leave(datagram: Datagram): void {
    const { onMessage } = this.#options;
    if (onMessage === undefined) {
      this.unexpected++;
      return;
    }
    try {
      onMessage(datagram);
    } catch (error) {
      queueMicrotask(() => {
        throw error; // the program's own, and not to be swallowed; requests have nothing to do with it
      });
    }
  }

  #settle(tag: number): void {
    this.#waiting.delete(tag);
    this.#tags.free(tag);
  }

  #over(error: Error): void {
    this.#end = error;
    for (const answer of this.#waiting.values()) answer.reject(error);
    this.#waiting.clear();
  }
}
