/**
 * Messages that a member of a shared group leaves behind when its session ends: QoS 1 goes to another member (§4.8.2). QoS 2
 * dies with the session it was begun with. It must not know how anything is sent.
 */
import { matches } from '../../mqtt/topics.ts';
import type { QoS } from '../../mqtt/wire-format.ts';
import type { Subscription } from '../../routing/subscription.ts';
import type { KeptMessage } from '../delivery/kept-message.ts';
import type { Exchange } from '../exchange.ts';
import type { ClientSession } from './client-session.ts';

export class SharedWork {
  readonly #exchange: Exchange;
  readonly #subscriptions: readonly Subscription<ClientSession>[];

  /** What a session subscribes to, to be asked for while it does. Undefined when it is in no group. */
  static of(exchange: Exchange, { subscriber }: ClientSession): SharedWork | undefined {
    return subscriber.shares === 0 ? undefined : new SharedWork(exchange, [...subscriber.subscriptions!.values()]);
  }

  constructor(exchange: Exchange, subscriptions: readonly Subscription<ClientSession>[]) {
    this.#exchange = exchange;
    this.#subscriptions = subscriptions;
  }

  /**
   * Gives a message to another member, when the session is one no more; false when there is none, or nobody knows. Which
   * subscription a message came by is not kept: where several match it, it could have been any of them.
   */
  passOn(message: KeptMessage, qos: QoS): boolean {
    const { subscriptions, dispatcher, lastNow } = this.#exchange;
    if (qos !== 1 || message.expiresAt <= lastNow) return false; // [MQTT-4.8.2-5]
    let only: Subscription<ClientSession> | undefined;
    for (const subscription of this.#subscriptions) {
      if (!matches(subscription.topicFilter, message.topic.name)) continue;
      if (only !== undefined || subscription.shareName === undefined) return false;
      only = subscription;
    }
    if (only?.shareName === undefined) return false;
    const group = subscriptions.group(only.shareName, only.topicFilter);
    return group !== undefined && dispatcher.passOn(message, group);
  }
}
