// Which subscriptions the server is to have: asks for them, has them repeated when the session is gone, and tells each caller what
// the server answered. What is asked for while there is no connection is asked on the next one. §3.8 to §3.11

import type { SubackPacket } from '../../mqtt/packets/suback.ts';
import { SUBSCRIBE, type SubscribeInput } from '../../mqtt/packets/subscribe.ts';
import type { UnsubackPacket } from '../../mqtt/packets/unsuback.ts';
import type { UnsubscribeInput } from '../../mqtt/packets/unsubscribe.ts';
import type { WireFormat } from '../../mqtt/wire-format.ts';
import { RefusedError } from '../client-errors.ts';
import { Deferred } from '../deferred.ts';
import { Repetition, type RepetitionHost } from './repetition.ts';
import type { SubscribeOptions, Subscription } from './subscription.ts';
import { WantedFilters } from './wanted-filters.ts';

/** What subscribing asks of the client around it. */
export interface SubscriptionsHost extends RepetitionHost {
  readonly network: { readonly isConnected: boolean };
  readonly isHalted: boolean;
  /** Sends the packet and answers its Packet Identifier. Throws UsageError. */
  send(packet: SubscribeInput | UnsubscribeInput): number;
}

/** One SUBSCRIBE or UNSUBSCRIBE until it is answered, over any number of connections. */
interface Request {
  readonly type: 'subscribe' | 'unsubscribe';
  readonly topicFilters: readonly string[];
  readonly subscription: Subscription;
  readonly answer: Deferred<readonly number[]>;
  packetIdentifier: number;
  sentAt: number;
}

/** What a packet is measured as before it is known what will be spoken. */
const FORMAT: WireFormat = { protocolVersion: 5, packetIdentifierSize: 2 };

export class Subscriptions {
  readonly wanted = new WantedFilters();
  readonly repetition: Repetition;
  readonly #host: SubscriptionsHost;
  #requests: Request[] = [];
  /** Why there will be no answers any more. */
  #closedBy: Error | undefined;
  /** What is counted of subscriptions that are over. */
  readonly #ended = { dropped: 0 };

  constructor(host: SubscriptionsHost) {
    this.#host = host;
    this.repetition = new Repetition(host, this.wanted);
  }

  /** Waits for an answer of the server. */
  get isAsking(): boolean {
    return this.repetition.isAsking || this.#requests.some(({ packetIdentifier }) => packetIdentifier !== 0);
  }

  /** When the oldest request without an answer was sent; Infinity: there is none. */
  get unansweredSince(): number {
    const sent = this.#requests.filter(({ packetIdentifier }) => packetIdentifier !== 0);
    return Math.min(this.repetition.unansweredSince, ...sent.map(({ sentAt }) => sentAt));
  }

  /** Messages that the subscriptions gave up because they had no room. */
  get dropped(): number {
    let { dropped } = this.#ended;
    for (const subscription of this.wanted.subscriptions) dropped += subscription.dropped;
    return dropped;
  }

  /** Resolves when the server has answered; rejects when all filters were refused, and then nothing is wanted. */
  async subscribe(subscription: Subscription): Promise<void> {
    SUBSCRIBE.measure({ ...this.#packet(subscription.topicFilters, subscription), packetIdentifier: 1 }, FORMAT);
    this.wanted.add(subscription);
    const request = this.#request('subscribe', subscription.topicFilters, subscription);
    try {
      this.#send(request);
      this.#judge(subscription, await request.answer.promise);
    } catch (error) {
      const unwanted = this.wanted.remove(subscription);
      this.#end(subscription);
      if (request.packetIdentifier !== 0 && subscription.reasonCodes.length === 0)
        this.#takeBack(unwanted, subscription);
      throw error;
    }
  }

  /** Asks again with other options. What was before stays in force when the server refuses. */
  async update(subscription: Subscription, options: SubscribeOptions): Promise<void> {
    const { options: former, reasonCodes } = subscription;
    subscription.options = options;
    const request = this.#request('subscribe', subscription.topicFilters, subscription);
    try {
      this.#send(request);
      this.#judge(subscription, await request.answer.promise);
    } catch (error) {
      subscription.options = former;
      subscription.reasonCodes = reasonCodes;
      throw error;
    }
  }

  async unsubscribe(subscription: Subscription): Promise<void> {
    const unwanted = this.wanted.remove(subscription);
    this.#end(subscription);
    if (this.#closedBy !== undefined) return;
    // Of what was asked for and not sent, nothing has to be taken back.
    for (const request of this.#requests.filter(
      (one) => one.subscription === subscription && one.packetIdentifier === 0,
    )) {
      this.#remove(request);
      request.answer.resolve(request.topicFilters.map(() => 0));
    }
    if (unwanted.length === 0) return;
    const request = this.#request('unsubscribe', unwanted, subscription);
    this.#send(request);
    await request.answer.promise;
  }

  /** Asks for an end of what this subscription names and nobody here wants. */
  async forget(subscription: Subscription): Promise<void> {
    subscription.end();
    const request = this.#request('unsubscribe', subscription.topicFilters, subscription);
    this.#send(request);
    await request.answer.promise;
  }

  /** The caller has lost patience with what is asked for this subscription. */
  abandon(subscription: Subscription, error: unknown): void {
    for (const request of this.#requests.filter((one) => one.subscription === subscription)) {
      this.#remove(request);
      request.answer.reject(error);
    }
  }

  /** The connection may be used: what was not answered is asked again. */
  connected(): void {
    const open = this.#requests.filter(({ type }) => type === 'subscribe');
    this.repetition.ask(new Set(open.map(({ subscription }) => subscription)));
    this.pump();
  }

  disconnected(): void {
    this.repetition.disconnected();
    for (const request of this.#requests) request.packetIdentifier = 0;
  }

  /** Sends what waits. */
  pump(): void {
    for (const request of [...this.#requests]) {
      if (request.packetIdentifier !== 0) continue;
      try {
        this.#send(request);
      } catch (error) {
        this.#remove(request);
        request.answer.reject(error);
      }
    }
  }

  onAnswer({ packetIdentifier, reasonCodes }: SubackPacket | UnsubackPacket): void {
    const request = this.#requests.find((one) => one.packetIdentifier === packetIdentifier);
    if (request === undefined) {
      this.repetition.onAnswer(packetIdentifier, reasonCodes);
      return;
    }
    this.#remove(request);
    if (request.type === 'subscribe') this.repetition.answered(request.subscription);
    request.answer.resolve(reasonCodes);
  }

  close(error: Error): void {
    this.#closedBy = error;
    for (const request of this.#requests.splice(0)) request.answer.reject(error);
    for (const subscription of this.wanted.subscriptions) subscription.end();
  }

  /** Was asked for, and given up before the answer: the server may have granted it. */
  #takeBack(topicFilters: readonly string[], subscription: Subscription): void {
    if (topicFilters.length === 0 || !this.#host.network.isConnected) return;
    try {
      this.#send(this.#request('unsubscribe', topicFilters, subscription));
    } catch (error) {
      this.#host.onProblem(error);
    }
  }

  #packet(topicFilters: readonly string[], { options }: Subscription): SubscribeInput {
    const { userProperties } = options;
    return {
      type: 'subscribe',
      subscriptions: topicFilters.map((topicFilter) => this.wanted.requestFor(topicFilter, options)),
      properties: { userProperties },
    };
  }

  #end(subscription: Subscription): void {
    if (!subscription.isEnded) this.#ended.dropped += subscription.dropped;
    subscription.end();
  }

  #judge(subscription: Subscription, reasonCodes: readonly number[]): void {
    subscription.reasonCodes = reasonCodes;
    const refused = reasonCodes.find((code) => code >= 0x80);
    if (refused === undefined || reasonCodes.some((code) => code < 0x80)) return;
    throw new RefusedError(
      `the subscription to ${subscription.topicFilters.map((filter) => `'${filter}'`).join(', ')}`,
      refused,
    );
  }

  #request(type: Request['type'], topicFilters: readonly string[], subscription: Subscription): Request {
    const request: Request = {
      type,
      topicFilters,
      subscription,
      answer: new Deferred(),
      packetIdentifier: 0,
      sentAt: 0,
    };
    request.answer.promise.catch(() => {}); // told by whoever awaits it
    if (this.#closedBy === undefined) this.#requests.push(request);
    else request.answer.reject(this.#closedBy);
    return request;
  }

  #remove(request: Request): void {
    this.#requests = this.#requests.filter((one) => one !== request);
  }

  #send(request: Request): void {
    if (!this.#host.network.isConnected || this.#host.isHalted) return;
    try {
      request.sentAt = this.#host.now();
      request.packetIdentifier = this.#host.send(
        request.type === 'subscribe'
          ? this.#packet(request.topicFilters, request.subscription)
          : { type: 'unsubscribe', topicFilters: request.topicFilters },
      );
    } catch (error) {
      this.#remove(request);
      throw error;
    }
  }
}
