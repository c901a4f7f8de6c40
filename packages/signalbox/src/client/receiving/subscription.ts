// A subscription as its owner holds it: messages by a handler or as an async iterable, within a bounded buffer. It must
// not know the wire. §3.8

import { UsageError } from '../../mqtt/errors.ts';
import type { RetainHandling } from '../../mqtt/packets/subscribe.ts';
import type { UserProperty } from '../../mqtt/properties.ts';
import type { QoS } from '../../mqtt/wire-format.ts';
import type { AcknowledgeMode, OperationOptions } from '../client-options.ts';
import type { Message } from './message.ts';

/** What it returns, or resolves with, does not matter: that it does acknowledges the message. */
export type MessageHandler = (message: Message, subscription: Subscription) => unknown;

/** What happens to a message for which the buffer has no room. Messages that are not acknowledged wait at the server anyway. */
export type OverflowPolicy = 'pause' | 'drop-oldest' | 'drop-newest';

export interface SubscribeOptions extends OperationOptions {
  /** The highest QoS to receive with. Default 2: as it was published. */
  readonly qos?: QoS | undefined;
  /** Of 5.0: not what this client published itself. */
  readonly noLocal?: boolean | undefined;
  /** Of 5.0. */
  readonly retainAsPublished?: boolean | undefined;
  /** Of 5.0. 0: send retained messages; 1: only for a new subscription; 2: do not send them. Default 0. */
  readonly retainHandling?: RetainHandling | undefined;
  readonly userProperties?: readonly UserProperty[] | undefined;
  /** Default: as the client does it. */
  readonly acknowledge?: AcknowledgeMode | undefined;
  /** Messages that wait for the handler or for the loop. Default 1,000. */
  readonly buffer?: number | undefined;
  /** Default `pause`: the client stops reading, the server holds back. */
  readonly overflow?: OverflowPolicy | undefined;
  /** Handlers that may run at a time. Default 1: one message after the other. */
  readonly concurrency?: number | undefined;
}

/** What a subscription asks of the client around it. */
export interface SubscriptionHost {
  /** Bytes of the server are read, full buffers or not. */
  readonly isReading: boolean;
  /** The buffer is full, or has room again. */
  onPressure(subscription: Subscription): void;
  /** The message was left to the handler, or is acknowledged or not without it. */
  onHandlerError(error: unknown, message: Message, mode: AcknowledgeMode): void;
  unsubscribe(subscription: Subscription, options: OperationOptions | undefined): Promise<void>;
  update(subscription: Subscription, options: SubscribeOptions, operation: OperationOptions): Promise<void>;
}

const DEFAULT_BUFFER = 1_000;
const DONE: IteratorResult<never> = { done: true, value: undefined };

export class Subscription implements AsyncIterable<Message> {
  readonly topicFilters: readonly string[];
  /** As the server answered last, in the order of the filters: the granted QoS, or a reason code of 0x80 and above. */
  reasonCodes: readonly number[] = [];
  options: SubscribeOptions;
  /** Messages given up because the buffer had no room. */
  dropped = 0;
  readonly #host: SubscriptionHost;
  readonly #handler: MessageHandler | undefined;
  readonly #mode: AcknowledgeMode;
  readonly #buffer: Message[] = [];
  readonly #limit: number;
  #running = 0;
  #isFull = false;
  #isEnded = false;
  /** What is still to be read is acknowledged already. */
  #isGivenBack = false;
  /** The loop that waits for a message, and the message its body has. */
  #take: ((result: IteratorResult<Message>) => void)[] = [];
  #untilIdle: (() => void)[] = [];

  constructor(
    topicFilters: readonly string[],
    options: SubscribeOptions,
    handler: MessageHandler | undefined,
    surroundings: { readonly host: SubscriptionHost; readonly mode: AcknowledgeMode },
  ) {
    this.topicFilters = topicFilters;
    this.options = splitOptions(options).kept;
    this.#handler = handler;
    this.#host = surroundings.host;
    this.#mode = options.acknowledge ?? surroundings.mode;
    this.#limit = options.buffer ?? DEFAULT_BUFFER;
    if (!(this.#limit >= 1) || !((options.concurrency ?? 1) >= 1))
      throw new UsageError('INVALID_ARGUMENT', 'buffer and concurrency are 1 or more');
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

  /** Ends it at the server, too. Resolves when the server has confirmed; messages received before can still be read. */
  unsubscribe(options?: OperationOptions): Promise<void> {
    return this.#host.unsubscribe(this, options);
  }

  /** Subscribes again with other options; what is not given stays. */
  update(options: SubscribeOptions): Promise<void> {
    const { kept, operation } = splitOptions(options);
    return this.#host.update(this, { ...this.options, ...kept }, operation);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.unsubscribe();
  }

  /**
   * Asking for the next message acknowledges the one before. Leaving the loop does not, as it may have failed: acknowledge()
   * what is done before you `break`. Several loops share the messages.
   */
  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    let current: Message | undefined;
    const finish = (): void => {
      if (this.#mode === 'handled' && !this.#isGivenBack) current?.finish();
      current = undefined;
    };
    return {
      next: () => {
        finish();
        return this.#next().then((result) => {
          if (result.done !== true) current = result.value;
          return result;
        });
      },
      return: () => {
        if (this.#mode === 'handled' && !this.#isGivenBack) current?.abandon();
        current = undefined;
        return Promise.resolve(DONE);
      },
    };
  }

  // From here on for the client

  deliver(message: Message): void {
    if (this.#isEnded) {
      message.abandon();
      return;
    }
    if (this.#handler !== undefined && this.#running < (this.options.concurrency ?? 1) && this.#buffer.length === 0) {
      this.#run(this.#handler, message);
      return;
    }
    const take = this.#take.shift();
    if (take === undefined) this.#hold(message);
    else take({ done: false, value: this.#handOut(message) });
  }

  /** Nothing more is delivered. What waits for a loop that may never come counts as handled: it must not hold up others. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (this.#handler === undefined && this.#mode === 'handled') {
      this.#isGivenBack = true;
      for (const message of this.#buffer) message.finish();
    }
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
    return this.#running === 0 && (this.#buffer.length === 0 || this.#handler === undefined);
  }

  #next(): Promise<IteratorResult<Message>> {
    const message = this.#buffer.shift();
    if (message !== undefined) {
      this.#tellPressure();
      return Promise.resolve({ done: false, value: this.#handOut(message) });
    }
    if (this.#isEnded) return Promise.resolve(DONE);
    return new Promise((resolve) => this.#take.push(resolve));
  }

  #handOut(message: Message): Message {
    if (this.#mode === 'automatic') message.finish();
    return message;
  }

  #hold(message: Message): void {
    const { overflow = 'pause' } = this.options;
    if (this.#buffer.length >= this.#limit) {
      if (overflow === 'drop-newest' || (overflow === 'pause' && this.#mustDrop(message))) {
        this.#drop(message);
        return;
      }
      if (overflow === 'drop-oldest') this.#drop(this.#buffer.shift()!);
    }
    this.#buffer.push(message);
    this.#tellPressure();
  }

  /**
   * Reading goes on where an answer of the server is waited for: at twice the buffer QoS 0 has to give way. Where it does
   * not, what still comes was read before, in one chunk with what filled the buffer: that is limited, and nothing is lost.
   */
  #mustDrop(message: Message): boolean {
    return message.qos === 0 && this.#buffer.length >= 2 * this.#limit && this.#host.isReading;
  }

  #drop(message: Message): void {
    this.dropped++;
    message.finish();
  }

  #tellPressure(): void {
    const { overflow = 'pause' } = this.options;
    const isFull =
      overflow === 'pause' && !this.#isEnded && this.#buffer.length >= (this.#isFull ? this.#limit / 2 : this.#limit);
    if (isFull === this.#isFull) return;
    this.#isFull = isFull;
    this.#host.onPressure(this);
  }

  /** Starts the handler; what it does at once is done when this returns. */
  #run(handler: MessageHandler, message: Message): void {
    if (this.#mode === 'automatic') message.finish();
    this.#running++;
    let result: unknown;
    try {
      result = handler(message, this);
    } catch (error) {
      this.#failed(error, message);
      return;
    }
    if (typeof (result as PromiseLike<unknown> | undefined)?.then !== 'function') {
      this.#done(message);
      return;
    }
    (result as PromiseLike<unknown>).then(
      () => {
        this.#done(message);
        this.#goOn(handler);
      },
      (error: unknown) => {
        this.#failed(error, message);
        this.#goOn(handler);
      },
    );
  }

  #done(message: Message): void {
    this.#running--;
    if (this.#mode === 'handled') message.finish();
  }

  #failed(error: unknown, message: Message): void {
    this.#running--;
    this.#host.onHandlerError(error, message, this.#mode);
  }

  #goOn(handler: MessageHandler): void {
    while (this.#buffer.length > 0 && this.#running < (this.options.concurrency ?? 1)) {
      this.#run(handler, this.#buffer.shift()!);
      this.#tellPressure();
    }
    this.#tellIdle();
  }

  #tellIdle(): void {
    if (this.#isIdle) for (const resolve of this.#untilIdle.splice(0)) resolve();
  }
}

/** What a subscription is, and what was said about one call. */
function splitOptions({ signal, timeoutMs, ...kept }: SubscribeOptions): {
  readonly kept: SubscribeOptions;
  readonly operation: OperationOptions;
} {
  return { kept, operation: { signal, timeoutMs } };
}
