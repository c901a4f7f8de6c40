// A subscription as its owner holds it: messages by a handler or as an async iterable, within a bounded buffer. Knows no frame.

import { MsipUsageError } from '../msip/errors.ts';
import type { MsipRefusedError } from './client-errors.ts';
import type { MsipAcknowledgeMode, MsipOperationOptions } from './client-options.ts';
import type { Delivery } from './delivery.ts';
import type { MsipMessage } from './message.ts';

/** What it returns, or resolves with, does not matter: that it does acknowledges the message. */
export type MsipMessageHandler = (message: MsipMessage, subscription: MsipSubscription) => unknown;

/** What happens to a message for which the buffer has no room. */
export type MsipOverflowPolicy = 'pause' | 'drop-oldest' | 'drop-newest';

export interface MsipSubscribeOptions extends MsipOperationOptions {
  /** Default: as the client does it. Has an effect in acknowledged sessions only. */
  readonly acknowledge?: MsipAcknowledgeMode | undefined;
  /** Messages that wait for the handler or for the loop. Default 1,000. */
  readonly buffer?: number | undefined;
  /** Default `pause`: the client stops reading, the server holds back. */
  readonly overflow?: MsipOverflowPolicy | undefined;
  /** Handlers that may run at a time. Default 1: one message after the other. */
  readonly concurrency?: number | undefined;
}

export interface SubscriptionHost {
  /** The server is read, full buffers or not. */
  readonly isReading: boolean;
  /** The buffer is full, or has room again. */
  onPressure(subscription: MsipSubscription): void;
  onHandlerError(error: unknown): void;
  unsubscribe(subscription: MsipSubscription, options: MsipOperationOptions): Promise<void>;
}

const DEFAULT_BUFFER = 1_000;
const DONE: IteratorResult<never> = { done: true, value: undefined };

export class MsipSubscription implements AsyncIterable<MsipMessage>, AsyncDisposable {
  readonly topicFilters: readonly string[];
  /** Filters the server has refused; the others are in effect. */
  readonly refusals: ReadonlyMap<string, MsipRefusedError>;
  /** Messages given up because the buffer had no room. */
  dropped = 0;
  readonly #host: SubscriptionHost;
  readonly #handler: MsipMessageHandler | undefined;
  readonly #mode: MsipAcknowledgeMode;
  readonly #overflow: MsipOverflowPolicy;
  readonly #limit: number;
  readonly #concurrency: number;
  #buffer: Delivery[] = [];
  #running = 0;
  #isFull = false;
  #isEnded = false;
  #untilIdle: (() => void)[] = [];
  #take: ((result: IteratorResult<Delivery>) => void)[] = [];

  /** Made by the client. */
  constructor(
    topicFilters: readonly string[],
    options: MsipSubscribeOptions,
    surroundings: {
      readonly host: SubscriptionHost;
      readonly mode: MsipAcknowledgeMode;
      readonly handler: MsipMessageHandler | undefined;
      readonly refusals: ReadonlyMap<string, MsipRefusedError>;
    },
  ) {
    this.topicFilters = topicFilters;
    this.refusals = surroundings.refusals;
    this.#host = surroundings.host;
    this.#handler = surroundings.handler;
    this.#mode = options.acknowledge ?? surroundings.mode;
    this.#overflow = options.overflow ?? 'pause';
    this.#limit = options.buffer ?? DEFAULT_BUFFER;
    this.#concurrency = options.concurrency ?? 1;
    if (!(this.#limit >= 1) || !(this.#concurrency >= 1))
      throw new MsipUsageError('INVALID_ARGUMENT', 'buffer and concurrency are 1 or more');
  }

  /** Messages that wait. */
  get buffered(): number {
    return this.#buffer.length;
  }

  /** The buffer has no room, and its policy is to wait for some. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Over: unsubscribed, or the client closed. What was received can still be read. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Ends it at the server, too. Resolves when the server has confirmed. */
  unsubscribe(options: MsipOperationOptions = {}): Promise<void> {
    return this.#host.unsubscribe(this, options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.unsubscribe();
  }

  /** Asking for the next message acknowledges the one before; leaving the loop does not. Several loops share the messages. */
  [Symbol.asyncIterator](): AsyncIterator<MsipMessage, undefined> {
    let current: Delivery | undefined;
    return {
      next: async () => {
        if (this.#mode === 'handled') current?.finish();
        current = undefined;
        const result = await this.#next();
        if (result.done === true) return DONE;
        current = result.value;
        if (this.#mode === 'automatic') current.finish();
        return { done: false, value: current.message };
      },
      return: () => {
        if (this.#mode === 'handled') current?.abandon();
        current = undefined;
        return Promise.resolve(DONE);
      },
    };
  }

  // From here on for the client

  deliver(delivery: Delivery): void {
    if (this.#isEnded) {
      delivery.finish(); // nobody wants it any more
      return;
    }
    const take = this.#take.shift();
    if (take !== undefined) take({ done: false, value: delivery });
    else if (this.#handler !== undefined && this.#running < this.#concurrency && this.#buffer.length === 0)
      this.#run(this.#handler, delivery);
    else this.#hold(delivery);
  }

  /** Nothing more is delivered. What waits for a loop that may never come counts as done: it must not hold up others. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (this.#handler === undefined) for (const delivery of this.#buffer) delivery.finish();
    for (const take of this.#take.splice(0)) take(DONE);
    this.#tellPressure();
    this.#tellIdle();
  }

  /** Resolves when no handler runs and nothing waits for one. */
  idle(): Promise<void> {
    if (this.#isIdle) return Promise.resolve();
    return new Promise((resolve) => this.#untilIdle.push(resolve));
  }

  get #isIdle(): boolean {
    return this.#handler === undefined || (this.#running === 0 && this.#buffer.length === 0);
  }

  #tellIdle(): void {
    if (this.#isIdle) for (const resolve of this.#untilIdle.splice(0)) resolve();
  }

  #next(): Promise<IteratorResult<Delivery>> {
    const delivery = this.#buffer.shift();
    if (delivery !== undefined) {
      this.#tellPressure();
      return Promise.resolve({ done: false, value: delivery });
    }
    if (this.#isEnded) return Promise.resolve(DONE);
    return new Promise((resolve) => this.#take.push(resolve));
  }

  #hold(delivery: Delivery): void {
    if (this.#buffer.length >= this.#limit) {
      if (this.#overflow === 'drop-newest' || (this.#overflow === 'pause' && this.#mustDrop(delivery))) {
        this.#drop(delivery);
        return;
      }
      if (this.#overflow === 'drop-oldest') this.#drop(this.#buffer.shift()!);
    }
    this.#buffer.push(delivery);
    this.#tellPressure();
  }

  /** Reading goes on where an answer is waited for: at twice the buffer, what the server does not keep has to give way. */
  #mustDrop({ message }: Delivery): boolean {
    return !message.isAckRequired && this.#buffer.length >= 2 * this.#limit && this.#host.isReading;
  }

  #drop(delivery: Delivery): void {
    this.dropped++;
    delivery.finish();
  }

  #tellPressure(): void {
    const limit = this.#isFull ? this.#limit / 2 : this.#limit;
    const isFull = this.#overflow === 'pause' && !this.#isEnded && this.#buffer.length >= limit;
    if (isFull === this.#isFull) return;
    this.#isFull = isFull;
    this.#host.onPressure(this);
  }

  /** Starts the handler; what it does at once is done when this returns. */
  #run(handler: MsipMessageHandler, delivery: Delivery): void {
    if (this.#mode === 'automatic') delivery.finish();
    this.#running++;
    let result: unknown;
    try {
      result = handler(delivery.message, this);
    } catch (error) {
      this.#failed(error, delivery);
      return;
    }
    if (typeof (result as PromiseLike<unknown> | undefined)?.then !== 'function') {
      this.#done(delivery);
      return;
    }
    (result as PromiseLike<unknown>).then(
      () => {
        this.#done(delivery);
        this.#goOn(handler);
      },
      (error: unknown) => {
        this.#failed(error, delivery);
        this.#goOn(handler);
      },
    );
  }

  #done(delivery: Delivery): void {
    this.#running--;
    if (this.#mode === 'handled') delivery.finish();
  }

  #failed(error: unknown, delivery: Delivery): void {
    this.#running--;
    if (this.#mode === 'handled') delivery.abandon();
    this.#host.onHandlerError(error);
  }

  #goOn(handler: MsipMessageHandler): void {
    while (this.#buffer.length > 0 && this.#running < this.#concurrency) {
      const delivery = this.#buffer.shift()!;
      this.#run(handler, delivery);
      this.#tellPressure();
    }
    this.#tellIdle();
  }
}
