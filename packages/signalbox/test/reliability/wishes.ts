// What one client wants to be subscribed to, and what it knows of that: the requests under way and, for each Topic Filter,
// when the broker surely had the subscription and when it may have had it. It must not know the network.

import type { PacketInput } from '../../src/mqtt/packets/packet.ts';
import type { SubackPacket } from '../../src/mqtt/packets/suback.ts';
import type { UnsubackPacket } from '../../src/mqtt/packets/unsuback.ts';
import { matches, parseShare } from '../../src/mqtt/topics.ts';
import type { QoS } from '../../src/mqtt/wire-format.ts';
import { SubscriptionHistory } from '../support/subscription-history.ts';

type Request = PacketInput & { type: 'subscribe' | 'unsubscribe' };

export class Wishes {
  readonly histories = new Map<string, SubscriptionHistory>();
  readonly #order: () => number;
  readonly #qos: QoS;
  readonly #requests = new Map<number, { readonly type: Request['type']; readonly topicFilter: string }>();

  constructor(order: () => number, qos: QoS) {
    this.#order = order;
    this.#qos = qos;
  }

  get areFulfilled(): boolean {
    for (const history of this.histories.values()) if (!history.isAsWanted) return false;
    return true;
  }

  want(topicFilter: string): Request {
    this.#history(topicFilter).isWanted = true;
    return { type: 'subscribe', subscriptions: [{ topicFilter, qos: this.#qos }] };
  }

  refuse(topicFilter: string): Request {
    const history = this.#history(topicFilter);
    history.isWanted = false;
    history.onUnsubscribe(this.#order());
    return { type: 'unsubscribe', topicFilters: [topicFilter] };
  }

  /** What is still to be asked for. */
  unfulfilled(): Request[] {
    return [...this.histories].flatMap(([topicFilter, history]) => {
      if (history.isAsWanted) return [];
      return [history.isWanted ? this.want(topicFilter) : this.refuse(topicFilter)];
    });
  }

  onRequested(request: PacketInput, packetIdentifier: number): void {
    if (request.type === 'subscribe') {
      const { topicFilter } = request.subscriptions[0]!;
      this.#history(topicFilter).onSubscribe(this.#order());
      this.#requests.set(packetIdentifier, { type: 'subscribe', topicFilter });
    } else if (request.type === 'unsubscribe') {
      this.#requests.set(packetIdentifier, { type: 'unsubscribe', topicFilter: request.topicFilters[0]! });
    }
  }

  /** Answers in words when the broker refused. */
  onAnswer({ packetIdentifier, ...packet }: SubackPacket | UnsubackPacket): string | undefined {
    const request = this.#requests.get(packetIdentifier);
    if (request === undefined) return undefined;
    const { type, topicFilter } = request;
    this.#requests.delete(packetIdentifier);
    const refused = packet.reasonCodes.find((reasonCode) => reasonCode >= 0x80);
    if (refused !== undefined) return `${type} ${topicFilter} refused with 0x${refused.toString(16)}`;
    // Only the last one tells what the broker does now.
    for (const { topicFilter: other } of this.#requests.values()) if (other === topicFilter) return undefined;
    const history = this.#history(topicFilter);
    if (type === 'subscribe') history.onSuback(this.#order());
    else history.onUnsuback(this.#order());
    return undefined;
  }

  /** What was asked for and not answered has to be asked for again. */
  onConnectionLost(): void {
    this.#requests.clear();
  }

  onDoubt(): void {
    for (const history of this.histories.values()) history.onDoubt(this.#order());
  }

  onSessionGone(): void {
    for (const history of this.histories.values()) history.onGone(this.#order());
  }

  /** The filters that match, of shared subscriptions or of others. */
  matching(topicName: string, kind: 'own' | 'shared'): SubscriptionHistory[] {
    const found: SubscriptionHistory[] = [];
    for (const [topicFilter, history] of this.histories) {
      const share = parseShare(topicFilter);
      if ((share !== undefined) !== (kind === 'shared')) continue;
      if (matches(share?.topicFilter ?? topicFilter, topicName)) found.push(history);
    }
    return found;
  }

  #history(topicFilter: string): SubscriptionHistory {
    let history = this.histories.get(topicFilter);
    if (history === undefined) {
      history = new SubscriptionHistory();
      this.histories.set(topicFilter, history);
    }
    return history;
  }
}
