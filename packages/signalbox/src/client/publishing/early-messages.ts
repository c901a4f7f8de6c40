// Messages a page publishes before the publisher is there: the first of them has it loaded, at once or with the next connection.
// They wait in their order and within limits; what cannot be had fails with `LOAD_FAILED`, and the next message tries again.

import { copyOf } from '../../bytes/copy.ts';
import type { PublishInput } from '../../mqtt/packets/publish.ts';
import { ClientError } from '../client-errors.ts';
import type { OperationOptions } from '../client-options.ts';
import type { ClientClock } from '../clock.ts';
import { Deferred } from '../deferred.ts';
import type { Publication, PublishResult } from './publication.ts';
import type { Publisher } from './publisher.ts';

export interface EarlyMessagesHost {
  readonly clock: ClientClock;
  readonly publisher: Publisher | undefined;
  readonly isClosing: boolean;
  readonly connecting: { readonly isReady: boolean };
  readonly lifecycle: { readonly isStopped: boolean };
  /** Calls admit() before it resolves. Rejects with ClientError. */
  openPublishing(): Promise<void>;
  /** What interceptors make of it. Throws what they throw. */
  outgoing(packet: PublishInput): PublishInput;
  limited<T>(promise: Promise<T>, options: OperationOptions, giveUp: (reason: unknown) => void): Promise<T>;
}

interface EarlyMessage {
  readonly packet: PublishInput;
  readonly acceptedAt: number;
  readonly result: Deferred<PublishResult>;
  /** What became of it. */
  publication?: Publication;
}

/** As much as the queue takes that has no limits of its own: who gives it some has the publisher before the first connection. */
const MOST_MESSAGES = 100_000;
const MOST_BYTES = 64 * 1024 * 1024;

export class EarlyMessages {
  readonly #host: EarlyMessagesHost;
  readonly #messages = new Set<EarlyMessage>();
  #bytes = 0;
  #isLoading = false;
  #untilRoom: (() => void)[] = [];

  constructor(host: EarlyMessagesHost) {
    this.#host = host;
  }

  get count(): number {
    return this.#messages.size;
  }

  /** Of their payloads. */
  get bytes(): number {
    return this.#bytes;
  }

  publish(packet: PublishInput, limits: OperationOptions): Promise<PublishResult> {
    const { payload, properties } = packet;
    if (this.#isFull) return Promise.reject(new ClientError('QUEUE_FULL', `${this.count} messages wait already`));
    const own = { ...packet, payload: ownBytes(payload) };
    const data = properties?.correlationData;
    if (data !== undefined) own.properties = { ...properties, correlationData: ownBytes(data) };
    const message: EarlyMessage = { packet: own, acceptedAt: this.#host.clock.now(), result: new Deferred() };
    this.#messages.add(message);
    this.#bytes += payload?.length ?? 0;
    this.load();
    return this.#host.limited(message.result.promise, limits, (reason) => this.#abandon(message, reason));
  }

  /** Without a connection nothing could be sent, and probably nothing loaded. */
  load(): void {
    if (this.count === 0 || this.#isLoading || !this.#host.connecting.isReady) return;
    this.#isLoading = true;
    this.#host
      .openPublishing()
      .catch((error: Error) => {
        if (!this.#host.lifecycle.isStopped) this.close(error); // else whoever closes the client does that
      })
      .finally(() => {
        this.#isLoading = false;
      });
  }

  /** The publisher is there. */
  admit(publisher: Publisher): void {
    for (const message of this.#takeAll()) {
      const { packet, acceptedAt, result } = message;
      try {
        message.publication = publisher.accept(this.#host.outgoing(packet), acceptedAt);
        message.publication.result.then(result.resolve, (error) => this.#reject(message, error));
      } catch (error) {
        result.reject(error);
      }
    }
  }

  /** Resolves when another message would be taken without waiting in vain. */
  room(): Promise<void> {
    return new Promise((resolve) => {
      this.#untilRoom.push(resolve);
      this.#tellWaiting();
    });
  }

  /** Resolves when everything published so far is settled, well or not. */
  async settledAll(): Promise<void> {
    await Promise.allSettled(Array.from(this.#messages, ({ result }) => result.promise));
  }

  close(error: Error): void {
    for (const message of this.#takeAll()) this.#reject(message, error);
  }

  get #isFull(): boolean {
    return this.count >= MOST_MESSAGES || this.#bytes >= MOST_BYTES;
  }

  #takeAll(): EarlyMessage[] {
    const all = [...this.#messages];
    this.#messages.clear();
    this.#bytes = 0;
    this.#tellWaiting();
    return all;
  }

  #tellWaiting(): void {
    if (this.count > 0 && (this.#host.connecting.isReady || this.#isFull)) return;
    for (const resolve of this.#untilRoom.splice(0)) resolve();
  }

  #abandon(message: EarlyMessage, reason: unknown): void {
    if (message.publication !== undefined) {
      this.#host.publisher!.abandon(message.publication, reason);
      return;
    }
    this.#messages.delete(message);
    this.#bytes -= message.packet.payload?.length ?? 0;
    message.result.reject(reason);
    this.#tellWaiting();
  }

  #reject({ result }: EarlyMessage, error: unknown): void {
    if (this.#host.isClosing) result.promise.catch(() => {}); // who closes the client knows
    result.reject(error);
  }
}

/** An own copy: the caller's buffer may change as soon as publish() returns. */
function ownBytes<T extends Uint8Array | string | undefined>(bytes: T): T {
  return (bytes instanceof Uint8Array ? copyOf(bytes, 0, bytes.length) : bytes) as T;
}
