// The other side of requests: a function answers each, several at a time, and the answer goes back under the tag of the request.

import { Datagram } from '../datagram/datagram.ts';
import { DatagramError } from '../datagram/errors.ts';
import { checkNumber } from './connection-options.ts';
import type { Sendable } from './connection-writer.ts';
import { Deferred } from './deferred.ts';
import { checkTags, DEFAULT_REQUEST_TAGS, type TagRange } from './request-tags.ts';
import type { MessageChannel } from './requester.ts';

export interface AnsweringOptions {
  /** Those of the peer's requests. Default 32,768 to 65,534. */
  readonly tags?: TagRange;
  /** Most requests that are being answered at a time; further ones are not read meanwhile. Default 100. */
  readonly concurrency?: number;
  /** What comes and is no request. Default: it is dropped. */
  readonly onMessage?: (datagram: Datagram) => void;
  /** The answer to a request the function failed on. Default: none, and `answerRequests` rejects with the error. */
  readonly onError?: (error: unknown, request: Datagram) => Sendable;
}

/** An answer of a Datagram goes with its data; the tag is that of the request. */
export type Answer = (request: Datagram) => Sendable | Promise<Sendable>;

const DEFAULT_CONCURRENCY = 100;

/**
 * Answers what comes over `channel` until it ends, and resolves when everything is answered. Answers go as they are ready, in
 * any order; one that cannot be sent because the connection has failed is lost with it. Rejects with ConnectionError
 * `BAD_OPTIONS`, with the error of the channel, or with that of `answer`.
 */
export async function answerRequests(
  channel: MessageChannel,
  answer: Answer,
  options: AnsweringOptions = {},
): Promise<void> {
  const { tags = DEFAULT_REQUEST_TAGS, concurrency = DEFAULT_CONCURRENCY, onMessage } = options;
  checkTags(tags);
  checkNumber(options, 'concurrency', 1);
  const room = new Room(concurrency);
  const answers = new Answers(channel);
  const failed = new AbortController();
  const start = (request: Datagram): void => {
    const responded = respond(answers, request, answer, options.onError);
    void responded.catch((error) => failed.abort(error)).finally(() => room.leave());
  };
  try {
    for (;;) {
      const next = await channel.receive({ signal: failed.signal });
      if (next === undefined) break;
      if (next.tag < tags[0] || next.tag > tags[1]) {
        onMessage?.(next);
        continue;
      }
      room.enter();
      start(next);
      await room.hasPlace();
    }
  } finally {
    await room.isEmpty();
  }
  failed.signal.throwIfAborted();
}

async function respond(
  answers: Answers,
  request: Datagram,
  answer: Answer,
  onError: AnsweringOptions['onError'],
): Promise<void> {
  let response: Datagram;
  try {
    response = withTag(request.tag, await answer(request));
  } catch (error) {
    if (onError === undefined) throw error;
    response = withTag(request.tag, onError(error, request));
  }
  await answers.send(response);
}

/** Answers on their way. One for which there is no room waits until another one has left. */
class Answers {
  readonly #channel: MessageChannel;
  #leaving = 0;
  #left = new Deferred<void>();

  constructor(channel: MessageChannel) {
    this.#channel = channel;
  }

  async send(response: Datagram): Promise<void> {
    let left = this.#left;
    while (!(await this.#try(response))) {
      await left.promise;
      left = this.#left;
    }
  }

  /** False: there was no room, and there will be when another one has left. */
  async #try(response: Datagram): Promise<boolean> {
    let isWaiting = false;
    this.#leaving++;
    try {
      await this.#channel.send(response);
    } catch (error) {
      if (error instanceof DatagramError) throw error; // the answer's own fault
      isWaiting = isFull(error) && this.#leaving > 1;
    } finally {
      this.#leaving--;
      if (!isWaiting) this.#tellLeft();
    }
    return !isWaiting;
  }

  #tellLeft(): void {
    this.#left.resolve();
    this.#left = new Deferred();
  }
}

function isFull(error: unknown): boolean {
  const { code } = error as { readonly code?: string };
  return code === 'SEND_BUFFER_FULL' || code === 'QUEUE_FULL';
}

/** So many may be inside. */
class Room {
  readonly #places: number;
  #inside = 0;
  #left = new Deferred<void>();

  constructor(places: number) {
    this.#places = places;
  }

  enter(): void {
    this.#inside++;
  }

  leave(): void {
    this.#inside--;
    this.#left.resolve();
    this.#left = new Deferred();
  }

  async hasPlace(): Promise<void> {
    while (this.#inside >= this.#places) await this.#left.promise;
  }

  async isEmpty(): Promise<void> {
    while (this.#inside > 0) await this.#left.promise;
  }
}

function withTag(tag: number, message: Sendable): Datagram {
  return new Datagram(message instanceof Datagram ? message.data : message, tag);
}
