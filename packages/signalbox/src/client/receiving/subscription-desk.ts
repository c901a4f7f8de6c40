// What a subscription, and whoever makes one, asks for: to be subscribed, changed and ended, within limits of time; and
// what a handler left undone.

import type { AcknowledgeMode, OperationOptions } from '../client-options.ts';
import type { FailedDeliveries } from './failed-deliveries.ts';
import type { Inbox } from './inbox.ts';
import type { Message } from './message.ts';
import type { SubscribeOptions, Subscription, SubscriptionHost } from './subscription.ts';
import type { Subscriptions } from './subscriptions.ts';

export interface SubscriptionDeskHost {
  readonly options: { readonly operationTimeoutMs?: number | undefined };
  readonly subscriptions: Subscriptions;
  readonly inbox: Inbox;
  readonly onProblem: (problem: unknown) => void;
  limited<T>(promise: Promise<T>, options: OperationOptions, giveUp: (reason: unknown) => void): Promise<T>;
}

export class SubscriptionDesk implements SubscriptionHost {
  /** Where deliveries to handlers that fail are limited. */
  failedDeliveries: FailedDeliveries | undefined;
  readonly #host: SubscriptionDeskHost;

  constructor(host: SubscriptionDeskHost) {
    this.#host = host;
  }

  get isReading(): boolean {
    return !this.#host.inbox.isPaused;
  }

  async subscribe(subscription: Subscription, options: OperationOptions): Promise<void> {
    options.signal?.throwIfAborted();
    const { subscriptions, inbox } = this.#host;
    const answer = subscriptions.subscribe(subscription);
    inbox.unclaimed?.claim(subscription);
    await this.#limited(answer, subscription, options);
  }

  update(subscription: Subscription, options: SubscribeOptions, operation: OperationOptions): Promise<void> {
    operation.signal?.throwIfAborted();
    return this.#limited(this.#host.subscriptions.update(subscription, options), subscription, operation);
  }

  unsubscribe(subscription: Subscription, options: OperationOptions = {}): Promise<void> {
    return this.#limited(this.#host.subscriptions.unsubscribe(subscription), subscription, options);
  }

  /** The server is to forget filters for which there is no subscription here; this one only names them. */
  forget(subscription: Subscription, options: OperationOptions = {}): Promise<void> {
    return this.#limited(this.#host.subscriptions.forget(subscription), subscription, options);
  }

  onPressure(subscription: Subscription): void {
    this.#host.inbox.onPressure(subscription);
  }

  onHandlerError(error: unknown, message: Message, mode: AcknowledgeMode): void {
    const problem = new Error(`the handler of a message to '${message.topicName}' failed`, { cause: error });
    this.#host.onProblem(problem);
    if (mode !== 'handled') return;
    if (this.failedDeliveries === undefined) message.abandon();
    else void this.failedDeliveries.judge(message, problem);
  }

  #limited(answer: Promise<void>, subscription: Subscription, { signal, timeoutMs }: OperationOptions): Promise<void> {
    const { options, subscriptions } = this.#host;
    const limits = { signal, timeoutMs: timeoutMs ?? options.operationTimeoutMs };
    return this.#host.limited(answer, limits, (reason) => subscriptions.abandon(subscription, reason));
  }
}
