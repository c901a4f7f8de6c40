// Which subscriptions the server is to have: asks for them, asks again when the session is gone, and tells each caller what
// the server answered. What is asked for while there is no connection is asked on the next one. §3.8 to §3.11

import type { SubackPacket } from '../../mqtt/packets/suback.ts';
import type { SubscribeInput, SubscriptionRequestInput } from '../../mqtt/packets/subscribe.ts';
import type { UnsubackPacket } from '../../mqtt/packets/unsuback.ts';
import type { UnsubscribeInput } from '../../mqtt/packets/unsubscribe.ts';
import { RefusedError } from '../client-errors.ts';
import { Deferred } from '../deferred.ts';
import type { SubscribeOptions, Subscription } from './subscription.ts';
import { WantedFilters } from './wanted-filters.ts';

/** What subscribing asks of the client around it. */
export interface SubscriptionsHost {
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
}

/** Filters in one packet when many are asked for again: some kilobytes. */
const FILTERS_AT_ONCE = 100;

export class Subscriptions {
  readonly wanted = new WantedFilters();
  readonly #host: SubscriptionsHost;
  #requests: Request[] = [];
  /** What is counted of subscriptions that are over. */
  readonly #ended = { dropped: 0 };
  /** What was subscribed anew after the session was lost: packet identifier to what it asked for. */
  readonly #repeated = new Map<number, readonly [string, Subscription][]>();

  constructor(host: SubscriptionsHost) {
    this.#host = host;
  }

  /** Waits for an answer of the server. */
  get isAsking(): boolean {
    return this.#repeated.size > 0 || this.#requests.some(({ packetIdentifier }) => packetIdentifier !== 0);
  }

  /** Messages that the subscriptions gave up because they had no room. */
  get dropped(): number {
    let { dropped } = this.#ended;
    for (const subscription of this.wanted.subscriptions) dropped += subscription.dropped;
    return dropped;
  }

  /** Resolves with the reason codes; rejects when all filters were refused, and then nothing is wanted. */
  async subscribe(subscription: Subscription): Promise<void> {
    this.wanted.add(subscription);
    const request = this.#request('subscribe', subscription.topicFilters, subscription);
    try {
      this.#send(request);
      this.#judge(subscription, await request.answer.promise);
    } catch (error) {
      this.wanted.remove(subscription);
      this.#end(subscription);
      throw error;
    }
  }

  /** Asks again with other options. What was before stays in force when the server refuses. */
  async update(subscription: Subscription, options: SubscribeOptions): Promise<void> {
    const former = subscription.options;
    subscription.options = options;
    const request = this.#request('subscribe', subscription.topicFilters, subscription);
    try {
      this.#send(request);
      this.#judge(subscription, await request.answer.promise);
    } catch (error) {
      subscription.options = former;
      throw error;
    }
  }

  async unsubscribe(subscription: Subscription): Promise<void> {
    const unwanted = this.wanted.remove(subscription);
    this.#end(subscription);
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

  /** The caller has lost patience with what is asked for this subscription. */
  abandon(subscription: Subscription, error: unknown): void {
    for (const request of this.#requests.filter((one) => one.subscription === subscription)) {
      this.#remove(request);
      request.answer.reject(error);
    }
  }

  /** CONNACK is here: what was not answered is asked again, and all of it when the session is gone. */
  connected(isSessionPresent: boolean): void {
    this.#repeated.clear();
    for (const request of this.#requests) request.packetIdentifier = 0;
    if (!isSessionPresent) this.#repeatAll();
    this.pump();
  }

  disconnected(): void {
    this.#repeated.clear();
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
    if (request !== undefined) {
      this.#remove(request);
      request.answer.resolve(reasonCodes);
      return;
    }
    const repeated = this.#repeated.get(packetIdentifier);
    this.#repeated.delete(packetIdentifier);
    repeated?.forEach(([topicFilter, subscription], index) => {
      const codes = [...subscription.reasonCodes];
      codes[subscription.topicFilters.indexOf(topicFilter)] = reasonCodes[index] ?? 0;
      subscription.reasonCodes = codes;
    });
  }

  close(error: Error): void {
    for (const request of this.#requests.splice(0)) request.answer.reject(error);
    for (const subscription of this.wanted.subscriptions) subscription.end();
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
    const request: Request = { type, topicFilters, subscription, answer: new Deferred(), packetIdentifier: 0 };
    request.answer.promise.catch(() => {}); // told by whoever awaits it
    this.#requests.push(request);
    return request;
  }

  #remove(request: Request): void {
    this.#requests = this.#requests.filter((one) => one !== request);
  }

  #send(request: Request): void {
    if (!this.#host.network.isConnected || this.#host.isHalted) return;
    try {
      request.packetIdentifier = this.#host.send(
        request.type === 'subscribe'
          ? subscribePacket(request.topicFilters, request.subscription)
          : { type: 'unsubscribe', topicFilters: request.topicFilters },
      );
    } catch (error) {
      this.#remove(request);
      throw error;
    }
  }

  /** In as few packets as it takes; those with User Properties of their own in packets of their own. */
  #repeatAll(): void {
    const open = new Set(
      this.#requests.filter(({ type }) => type === 'subscribe').map(({ subscription }) => subscription),
    );
    let batch: [string, Subscription][] = [];
    const sendBatch = (): void => {
      if (batch.length === 0) return;
      this.#repeat(batch);
      batch = [];
    };
    for (const subscription of this.wanted.subscriptions) {
      if (open.has(subscription)) continue; // it is asked for anyway
      const own = subscription.topicFilters.map((topicFilter): [string, Subscription] => [topicFilter, subscription]);
      const granted = own.filter((_, index) => (subscription.reasonCodes[index] ?? 0) < 0x80);
      if (subscription.options.userProperties !== undefined) this.#repeat(granted);
      else for (const one of granted) if (batch.push(one) === FILTERS_AT_ONCE) sendBatch();
    }
    sendBatch();
  }

  #repeat(batch: readonly [string, Subscription][]): void {
    const userProperties = batch[0]?.[1].options.userProperties;
    const packet: SubscribeInput = {
      type: 'subscribe',
      subscriptions: batch.map(([topicFilter, { options }]) => requestOf(topicFilter, options)),
      ...(userProperties === undefined ? {} : { properties: { userProperties } }),
    };
    try {
      this.#repeated.set(this.#host.send(packet), batch);
    } catch {
      if (batch.length === 1) {
        const [[, subscription]] = batch as [[string, Subscription]];
        subscription.reasonCodes = subscription.topicFilters.map(() => 0x80);
        return;
      }
      const half = batch.length >> 1; // larger than the server takes, or one of them is not to its liking
      this.#repeat(batch.slice(0, half));
      this.#repeat(batch.slice(half));
    }
  }
}

function subscribePacket(topicFilters: readonly string[], { options }: Subscription): SubscribeInput {
  const { userProperties } = options;
  return {
    type: 'subscribe',
    subscriptions: topicFilters.map((topicFilter) => requestOf(topicFilter, options)),
    ...(userProperties === undefined ? {} : { properties: { userProperties } }),
  };
}

function requestOf(topicFilter: string, options: SubscribeOptions): SubscriptionRequestInput {
  const { qos = 2, noLocal, retainAsPublished, retainHandling } = options;
  return { topicFilter, qos, noLocal, retainAsPublished, retainHandling };
}
