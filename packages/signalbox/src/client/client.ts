// The MQTT client as a program holds it. Every promise settles: with a result, or with a typed error; what no promise can
// tell goes to `onProblem`.

import { UsageError } from '../mqtt/errors.ts';
import type { ConnackPacket } from '../mqtt/packets/connack.ts';
import type { PublishInput } from '../mqtt/packets/publish.ts';
import type { ProtocolVersion } from '../mqtt/wire-format.ts';
import { ClientError } from './client-errors.ts';
import type { OperationOptions } from './client-options.ts';
import { type CloseOptions, endClient } from './closing.ts';
import type { ClientMachine } from './machine.ts';
import type { ClientEvent } from './observation/activity.ts';
import type { PacketRecord } from './observation/packet-recorder.ts';
import type { OutgoingMessage, PublishOptions, PublishResult } from './publishing/publication.ts';
import type { PublishStreamResult } from './publishing/publish-stream.ts';
import type { Publisher } from './publishing/publisher.ts';
import type { Message } from './receiving/message.ts';
import { type MessageHandler, type SubscribeOptions, Subscription } from './receiving/subscription.ts';
import type { ReplyHandler } from './reply.ts';
import type { RequestOptions, Requests } from './requests.ts';
import { loaded } from './rooms.ts';
import { type ClientStatistics, statisticsOf } from './statistics.ts';
import type { ClientState, ClientStatus } from './status.ts';

export class Client implements AsyncDisposable {
  readonly #machine: ClientMachine;
  #requests: Requests | undefined;

  /** Made by `connect`. */
  constructor(machine: ClientMachine) {
    this.#machine = machine;
  }

  /** As the server knows it: given, made up, or assigned. */
  get clientId(): string {
    return this.#machine.connecting.clientId;
  }

  /** The version that is spoken, or is about to be tried. */
  get protocolVersion(): ProtocolVersion {
    return this.#machine.network.core.protocolVersion;
  }

  get state(): ClientState {
    return this.#machine.status.current.state;
  }

  get isConnected(): boolean {
    return this.state === 'connected';
  }

  /** What the server said when it accepted the present connection, its limits among it. */
  get connack(): ConnackPacket | undefined {
    return this.#machine.connecting.connack;
  }

  /** Resolves once the client is closed: with the reason, or with undefined when it was asked to. Never rejects. */
  get closed(): Promise<Error | undefined> {
    return this.#machine.closed.promise;
  }

  get statistics(): ClientStatistics {
    return statisticsOf(this.#machine);
  }

  /** The present status and every change of it; ends when the client is closed. Who is slow gets the latest 64. */
  status(): AsyncIterableIterator<ClientStatus> {
    return this.#machine.status.follow();
  }

  /**
   * Every packet and every change of status, in order. With `drive: 'polled'` the client moves only while the next event is
   * awaited: nothing is read, sent or pinged between two of them. In a page it begins when what it takes is loaded: with `drive`
   * or `lastPackets` in the options that is before the first connection, else now.
   */
  events(): AsyncIterableIterator<ClientEvent> {
    return this.#machine.observation?.activity.follow() ?? this.#followLater();
  }

  /** The last packets sent and received, for a look at what went wrong. In a page: with the option `lastPackets`. */
  lastPackets(): PacketRecord[] {
    return this.#machine.observation?.recorder.last() ?? [];
  }

  /**
   * Publishes a message. QoS 0: resolves when it is written. QoS 1 and 2: when the server has acknowledged it (PUBACK,
   * PUBCOMP), over as many connections as it takes. Rejects with UsageError, RefusedError or ClientError. The bytes are
   * copied: you may change your buffer as soon as this returns.
   */
  publish(
    topicName: string,
    payload?: Uint8Array | string,
    options?: PublishOptions & OperationOptions,
  ): Promise<PublishResult> {
    const machine = this.#machine;
    if (machine.isClosing) return Promise.reject(closedError());
    const problem = machine.checks.publish(topicName, options);
    if (problem !== undefined) return Promise.reject(problem);
    const packet: PublishInput = {
      type: 'publish',
      topicName,
      payload,
      qos: options?.qos,
      retain: options?.retain,
      properties: options?.properties,
    };
    const timeoutMs = options?.timeoutMs ?? machine.options.operationTimeoutMs;
    const limits = { signal: options?.signal, timeoutMs };
    const { publisher } = machine;
    if (publisher === undefined) return machine.early.publish(packet, limits);
    if (timeoutMs === undefined && options?.signal === undefined && machine.leavesPublish)
      return publisher.publish(packet);
    return this.#publishWithCare(publisher, packet, limits);
  }

  /**
   * Publishes what the source yields, as fast as the server takes it and no faster. Resolves when everything is settled.
   * Rejects with what the source throws, or with the first failure unless `onFailure` is given.
   */
  async publishStream(
    source: AsyncIterable<OutgoingMessage> | Iterable<OutgoingMessage>,
    options: OperationOptions & { readonly onFailure?: (error: unknown, message: OutgoingMessage) => void } = {},
  ): Promise<PublishStreamResult> {
    const { publishAll } = await loaded(import('./publishing/publish-stream.ts'));
    return publishAll(this, source, options);
  }

  /** Resolves when a message that is published now need not wait for others: what to await in a loop that publishes. */
  ready(): Promise<void> {
    const { isClosing, publisher, early } = this.#machine;
    return isClosing ? Promise.reject(closedError()) : (publisher ?? early).room();
  }

  /**
   * Subscribes to one or more Topic Filters. Messages go to the handler, or without one to whoever iterates the subscription.
   * Resolves when the server has answered; rejects with RefusedError when it refused all of them (`reasonCodes` of the
   * subscription tells each). Without a connection it waits for one.
   */
  subscribe(topicFilters: string | readonly string[], options?: SubscribeOptions): Promise<Subscription>;
  subscribe(
    topicFilters: string | readonly string[],
    handler: MessageHandler,
    options?: SubscribeOptions,
  ): Promise<Subscription>;
  subscribe(
    topicFilters: string | readonly string[],
    handlerOrOptions: MessageHandler | SubscribeOptions = {},
    furtherOptions: SubscribeOptions = {},
  ): Promise<Subscription> {
    const isHandler = typeof handlerOrOptions === 'function';
    const options = isHandler ? furtherOptions : handlerOrOptions;
    const problem = this.#machine.checks.subscribe(options);
    if (problem !== undefined) return Promise.reject(problem);
    return this.#subscribe(topicFilters, isHandler ? handlerOrOptions : undefined, options);
  }

  /**
   * Ends every subscription that has one of these Topic Filters. For a filter without one the server is asked nevertheless:
   * an earlier life of the program may have subscribed to it in the same session.
   */
  async unsubscribe(topicFilters: string | readonly string[], options?: OperationOptions): Promise<void> {
    const machine = this.#machine;
    const { wanted } = machine.subscriptions;
    if (machine.isClosing) throw closedError();
    const filters = [...new Set([topicFilters].flat())];
    const concerned = [...wanted.subscriptions].filter((subscription) =>
      subscription.topicFilters.some((topicFilter) => filters.includes(topicFilter)),
    );
    const unknown = filters.filter((topicFilter) => wanted.get(topicFilter) === undefined);
    const ended = concerned.map((subscription) => subscription.unsubscribe(options));
    if (unknown.length > 0) ended.push(machine.desk.forget(this.#makeSubscription(unknown, {}, undefined), options));
    await Promise.all(ended);
  }

  /** Publishes a request and resolves with the first response to it. 5.0 only. §4.10 */
  async request(topicName: string, payload?: Uint8Array | string, options: RequestOptions = {}): Promise<Message> {
    const problem = this.#machine.checks.publish(topicName, options);
    if (problem !== undefined) throw problem;
    const { Requests } = await loaded(import('./requests.ts'));
    this.#requests ??= new Requests(this, this.#machine);
    return this.#requests.request(topicName, payload, options);
  }

  /** Answers requests: what the handler returns is published to the Response Topic, with the request's QoS. 5.0 only. */
  async reply(
    topicFilters: string | readonly string[],
    handler: ReplyHandler,
    options: SubscribeOptions = {},
  ): Promise<Subscription> {
    const problem = this.#machine.checks.reply(handler);
    if (problem !== undefined) throw problem;
    const { replyTo } = await loaded(import('./reply.ts'));
    return this.subscribe(topicFilters, replyTo(this, handler), options);
  }

  /** Proves anew who the client is, on the connection that stands: a token that is about to expire. §4.12.1 */
  async authenticate(options: OperationOptions = {}): Promise<void> {
    const machine = this.#machine;
    const proving = machine.connecting.handshake?.proving;
    if (machine.options.authentication === undefined)
      throw new UsageError('NOT_ALLOWED', 'there is no `authentication` in the options');
    if (proving === undefined || !machine.network.isConnected)
      throw new ClientError('CONNECTION_LOST', 'there is no connection');
    await machine.limited(proving.again(), options, (reason) => proving.abandon(reason));
  }

  /** Ends the wait for the next attempt: try now. */
  reconnect(): void {
    this.#machine.lifecycle.hurry();
  }

  /** Resolves when everything published so far is settled, well or not. */
  flush(options: OperationOptions = {}): Promise<void> {
    return this.#machine.within(this.#machine.settledAll(), options);
  }

  /**
   * Ends in good order: unsubscribes, lets handlers finish with what was received, sends what was published, and closes.
   * Rejects with `TIMEOUT` when that takes longer than `timeoutMs` (default 30,000); then the client is closed all the same.
   */
  async drain({ timeoutMs = 30_000, signal }: OperationOptions = {}): Promise<void> {
    const all = [...this.#machine.subscriptions.wanted.subscriptions];
    const drained = Promise.all(all.map((subscription) => subscription.unsubscribe()))
      .then(() => Promise.all(all.map((subscription) => subscription.idle())))
      .then(() => this.flush());
    try {
      await this.#machine.within(drained, { timeoutMs, signal });
    } finally {
      await this.close({ flush: false });
    }
  }

  /** Sends what was published, takes leave of the server and ends everything. Never rejects; the second call waits for the first, or hurries it with `flush: false`. */
  close(options: CloseOptions = {}): Promise<void> {
    return endClient(this.#machine, options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #subscribe(
    topicFilters: string | readonly string[],
    handler: MessageHandler | undefined,
    options: SubscribeOptions,
  ): Promise<Subscription> {
    const machine = this.#machine;
    if (machine.isClosing) throw closedError();
    const subscription = this.#makeSubscription([...new Set([topicFilters].flat())], options, handler);
    await machine.desk.subscribe(subscription, options);
    return subscription;
  }

  #makeSubscription(
    topicFilters: readonly string[],
    options: SubscribeOptions,
    handler: MessageHandler | undefined,
  ): Subscription {
    const { desk, options: own } = this.#machine;
    return new Subscription(topicFilters, options, handler, { host: desk, mode: own.acknowledge ?? 'handled' });
  }

  /** In a page that has yet to load what it takes. */
  #followLater(): AsyncIterableIterator<ClientEvent> {
    const machine = this.#machine;
    const events = machine.openObservation().then(({ activity }) => activity.follow());
    events.catch(() => {}); // told by the first next()
    return (async function* () {
      try {
        yield* await events;
      } catch (error) {
        if (!machine.isClosing) throw error;
      }
    })();
  }

  async #publishWithCare(publisher: Publisher, packet: PublishInput, limits: OperationOptions): Promise<PublishResult> {
    const machine = this.#machine;
    limits.signal?.throwIfAborted();
    const publication = publisher.accept(machine.outgoing(packet));
    return machine.limited(publication.result, limits, (reason) => publisher.abandon(publication, reason));
  }
}

function closedError(): ClientError {
  return new ClientError('CLOSED', 'the client is closed');
}
