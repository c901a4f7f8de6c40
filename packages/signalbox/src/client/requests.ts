// Request and response over topics: a request carries where its answer is expected and a number to know it by. Loaded by the
// first request. §4.10

import type { Client } from './client.ts';
import { ClientError } from './client-errors.ts';
import type { OperationOptions } from './client-options.ts';
import type { OutgoingMessage, PublishOptions } from './publishing/publication.ts';
import type { Message } from './receiving/message.ts';
import type { Subscription } from './receiving/subscription.ts';

export interface RequestOptions extends PublishOptions, OperationOptions {
  /** Default 30,000. */
  readonly timeoutMs?: number | undefined;
}

/** What requests need of the client. */
type Requester = Pick<Client, 'publish' | 'subscribe' | 'clientId' | 'connack'>;

/** What ends them, and has to know of them. */
export interface RequestHost {
  onClosed: (error: Error) => void;
  hasOpenRequests: () => boolean;
  limited<T>(promise: Promise<T>, options: OperationOptions, giveUp: (reason: unknown) => void): Promise<T>;
}

const DEFAULT_TIMEOUT_MS = 30_000;
/** Requests without an answer at a time; a program with more has lost count. */
const MAXIMUM_OPEN = 10_000;

/** Settles a request. */
interface Answer {
  readonly resolve: (message: Message) => void;
  readonly reject: (reason: unknown) => void;
}

export class Requests {
  readonly #client: Requester;
  readonly #host: RequestHost;
  readonly #open = new Map<number, Answer>();
  #topic: string | undefined;
  #subscription: Promise<Subscription> | undefined;
  /** Not from 1: answers to an earlier life of the program must not be taken for ours. */
  #last = Math.floor(Math.random() * 0x8000_0000);

  constructor(client: Requester, host: RequestHost) {
    this.#client = client;
    this.#host = host;
    host.onClosed = (error) => this.#close(error);
    host.hasOpenRequests = () => this.#open.size > 0;
  }

  /** Publishes a request and resolves with the first answer. */
  async request(
    topicName: string,
    payload: Uint8Array | string | undefined,
    options: RequestOptions,
  ): Promise<Message> {
    if (this.#open.size >= MAXIMUM_OPEN)
      throw new ClientError('QUEUE_FULL', `${MAXIMUM_OPEN} requests wait for an answer`);
    const { timeoutMs = DEFAULT_TIMEOUT_MS, signal } = options;
    this.#last = (this.#last + 1) >>> 0;
    const number = this.#last;
    let giveUp: (reason: unknown) => void = () => {};
    const answer = new Promise<Message>((resolve, reject) => {
      giveUp = reject;
      this.#open.set(number, { resolve, reject });
    });
    this.#send(number, { topicName, payload, ...options, timeoutMs }).catch(giveUp);
    try {
      return await this.#host.limited(answer, { signal, timeoutMs }, giveUp);
    } finally {
      this.#open.delete(number);
    }
  }

  #close(error: Error): void {
    for (const answer of this.#open.values()) answer.reject(error);
  }

  async #send(number: number, { topicName, payload, ...options }: OutgoingMessage & OperationOptions): Promise<void> {
    await this.#listen();
    if (!this.#open.has(number)) return; // given up meanwhile
    const properties = { ...options.properties, responseTopic: this.#topic!, correlationData: numberBytes(number) };
    await this.#client.publish(topicName, payload, { ...options, properties });
  }

  async #listen(): Promise<void> {
    const { connack, clientId } = this.#client;
    const topic = `${connack?.properties.responseInformation ?? 'responses'}/${clientId}`;
    if (this.#subscription === undefined || topic !== this.#topic) {
      this.#topic = topic;
      this.#subscription = this.#client.subscribe(topic, (message) => this.#onAnswer(message));
      this.#subscription.catch(() => {
        this.#subscription = undefined; // tried again by the next request
      });
    }
    await this.#subscription;
  }

  #onAnswer(message: Message): void {
    const { correlationData } = message.properties;
    if (correlationData?.length !== 4) return;
    const number = new DataView(correlationData.buffer, correlationData.byteOffset, 4).getUint32(0);
    this.#open.get(number)?.resolve(message);
  }
}

function numberBytes(number: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}
