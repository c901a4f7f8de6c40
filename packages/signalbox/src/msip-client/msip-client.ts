// The MSIP client as a program holds it. The methods with the names of the reference clients answer the msg_id at once, as
// those do; the forms in …Async beside them give promises that settle, whatever happens. Decision 0049

import { Deferred } from '../client/deferred.ts';
import type { FrameInput } from '../msip/frame.ts';
import { Flags, MsgKind } from '../msip/header.ts';
import { judgeFrame } from '../msip/write-frame.ts';
import { MsipClientError } from './client-errors.ts';
import type { MsipClientEvents } from './client-events.ts';
import type { MsipClientOptions, MsipOperationOptions } from './client-options.ts';
import { drainClient, endClient, type MsipDisconnectOptions } from './closing.ts';
import { EventVoice } from './event-voice.ts';
import { limited } from './limited.ts';
import { ClientMachine } from './machine.ts';
import type { Platform } from './platform.ts';
import type { MsipPublishOptions, MsipPublishResult, Outgoing } from './publication.ts';
import { type MsipClientStatistics, statisticsOf } from './statistics.ts';
import type { MsipClientState, MsipClientStatus } from './status.ts';
import { subscribeTo, unsubscribeFrom } from './subscribing.ts';
import type { MsipMessageHandler, MsipSubscribeOptions, MsipSubscription } from './subscription.ts';

/** What can be published: bytes, or something that is sent as its text. */
export type MsipContent = Uint8Array | string | number | bigint | boolean;

/** What an MsipClient is on every platform. Its events are those of MsipClientEvents. */
export abstract class BaseMsipClient extends EventVoice implements AsyncDisposable {
  readonly #machine: ClientMachine;
  readonly #checks: Platform['checks'];

  constructor(options: MsipClientOptions, platform: Platform) {
    super();
    this.#checks = platform.checks;
    this.#machine = new ClientMachine(options, platform, this.voice(platform.dress));
  }

  /** As the server knows the client: given, or assigned. */
  get clientId(): string {
    return this.#machine.greeting.clientId;
  }

  get state(): MsipClientState {
    return this.#machine.status.current.state;
  }

  /** HELLO was accepted, and the connection stands. */
  isConnected(): boolean {
    return this.state === 'connected' && this.#machine.network.isConnected;
  }

  /** The session that stands is an acknowledged one: the server has granted it. */
  get isAcknowledged(): boolean {
    return this.isConnected() && this.#machine.greeting.isAcknowledged;
  }

  /** Resolves once the client is closed: with the reason, or with undefined when it was asked to. Never rejects. */
  get closed(): Promise<Error | undefined> {
    return this.#machine.closed.promise;
  }

  get statistics(): MsipClientStatistics {
    return statisticsOf(this.#machine);
  }

  /** The present status and every change of it; ends when the client is closed. Who is slow gets the latest 64. */
  status(): AsyncIterableIterator<MsipClientStatus> {
    return this.#machine.status.follow();
  }

  /**
   * Resolves when the server has accepted HELLO; at once when it has already. Rejects with what became of the attempt
   * (TransportError, MsipRefusedError, MsipClientError, FrameError); with `autoReconnect` further ones follow all the same
   * until disconnect(). An abort and `timeoutMs` close the client.
   */
  async connect(options: MsipOperationOptions = {}): Promise<void> {
    const machine = this.#machine;
    for (const signal of [options.signal, machine.options.signal]) signal?.throwIfAborted();
    const { disconnects } = machine;
    if (machine.lifecycle !== undefined && machine.isClosing) await machine.closed.promise;
    if (disconnects !== machine.disconnects) throw new MsipClientError('CLOSED', 'disconnect() was called meanwhile');
    if (machine.lifecycle === undefined) machine.begin();
    if (this.isConnected()) return;
    const lifecycle = machine.lifecycle!;
    machine.awaited++;
    const outcome = new Deferred<void>();
    lifecycle.outcome.then(outcome.resolve, outcome.reject);
    lifecycle.hurry();
    const giveUp = (reason: unknown): void => {
      outcome.reject(reason);
      void this.disconnect({ flush: false });
    };
    await limited(outcome.promise, this.#limits(options), { clock: machine.clock, giveUp });
  }

  /** Sends what was published, takes leave of the server and ends everything. Never rejects. connect() begins anew. */
  disconnect(options: MsipDisconnectOptions = {}): Promise<void> {
    return endClient(this.#machine, options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.disconnect();
  }

  /**
   * Subscribes, now and after each reconnection; messages go to the events `message` and `event`. Answers the msg_id; the
   * event `ack` has it, or `error` an MsipRefusedError with it. Throws MsipUsageError, MsipClientError `NOT_CONNECTED`.
   */
  subscribe(topicFilter: string, requireAck = true): bigint {
    const { filters, desk } = this.#live();
    judgeFrame({ type: 'subscribe', topic: topicFilter });
    filters.add(topicFilter, undefined);
    this.#machine.inbox.offer();
    return desk.tell('subscribe', topicFilter, requireAck ? Flags.AckRequired : Flags.None);
  }

  /** Ends what subscribe() and subscribeAsync() began for this filter. Answers the msg_id. Throws as subscribe(). */
  unsubscribe(topicFilter: string, requireAck = true): bigint {
    const { filters, desk } = this.#live();
    judgeFrame({ type: 'unsubscribe', topic: topicFilter });
    for (const subscription of filters.drop(topicFilter)) if (filters.isBereft(subscription)) subscription.end();
    return desk.tell('unsubscribe', topicFilter, requireAck ? Flags.AckRequired : Flags.None);
  }

  /**
   * Publishes; `flags` are bits of `Flags`, with COMPRESSED the message is compressed by gzip. Without a connection it waits
   * in the queue. Answers the msg_id. Throws MsipUsageError, MsipClientError `NOT_CONNECTED`, `QUEUE_FULL`.
   */
  publish(topic: string, message: MsipContent, flags: number = Flags.None): bigint {
    const { publisher } = this.#live();
    const outgoing = this.#outgoing(topic, message, { flags: flags & ~Flags.Compressed, msgKind: MsgKind.Event });
    const compress = (flags & Flags.Compressed) === 0 ? undefined : 'gzip';
    const onFailure = (error: unknown): void => this.reportUnlessClosed(error);
    publisher.publish(outgoing, { compress, repeats: false, onFailure });
    this.#machine.readOrPause();
    return outgoing.msgId;
  }

  /** Sends PING; the event `pong` has the answer. Answers the msg_id. Throws MsipClientError `NOT_CONNECTED`. */
  ping(): bigint {
    const { network } = this.#connected();
    const msgId = network.core.takeMsgId();
    network.send({ type: 'ping', msgId });
    return msgId;
  }

  /**
   * Sends a frame as it is: bytes, or its parts, whose msg_id it answers (one is chosen where none is given). Throws
   * MsipUsageError, MsipClientError `NOT_CONNECTED`.
   */
  sendRawFrame(frame: Uint8Array): undefined;
  sendRawFrame(frame: FrameInput): bigint;
  sendRawFrame(frame: Uint8Array | FrameInput): bigint | undefined {
    const { network } = this.#connected();
    if (frame instanceof Uint8Array) {
      network.sendRaw(frame);
      return undefined;
    }
    const msgId = frame.msgId ?? network.core.takeMsgId();
    network.send({ ...frame, msgId });
    return msgId;
  }

  /**
   * Subscribes to one or more filters. Messages go to the handler, or without one to whoever iterates the subscription.
   * Resolves when the server has answered, over as many connections as it takes. Rejects with MsipRefusedError when it
   * refused all of them, with MsipClientError or MsipUsageError.
   */
  subscribeAsync(topicFilters: string | readonly string[], options?: MsipSubscribeOptions): Promise<MsipSubscription>;
  subscribeAsync(
    topicFilters: string | readonly string[],
    handler: MsipMessageHandler,
    options?: MsipSubscribeOptions,
  ): Promise<MsipSubscription>;
  async subscribeAsync(
    topicFilters: string | readonly string[],
    handlerOrOptions: MsipMessageHandler | MsipSubscribeOptions = {},
    further: MsipSubscribeOptions = {},
  ): Promise<MsipSubscription> {
    const isHandler = typeof handlerOrOptions === 'function';
    const options = isHandler ? further : handlerOrOptions;
    this.#checks?.subscribe(options);
    const wish = { ...options, ...this.#limits(options) };
    return subscribeTo(this.#live(), [topicFilters].flat(), {
      options: wish,
      handler: isHandler ? handlerOrOptions : undefined,
    });
  }

  /** Ends every subscription to these filters, here and at the server. Resolves when the server has answered. */
  async unsubscribeAsync(topicFilters: string | readonly string[], options: MsipOperationOptions = {}): Promise<void> {
    await unsubscribeFrom(this.#live(), [topicFilters].flat(), this.#limits(options));
  }

  /**
   * Publishes a message and resolves with the server's ACK. Rejects with MsipRefusedError, with MsipClientError (`REFUSED`,
   * `CONNECTION_LOST`, `NOT_ACKNOWLEDGED`, `QUEUE_FULL`, `CLOSED` …), or with MsipUsageError. The bytes are copied.
   */
  publishAsync(topic: string, message: MsipContent = '', options: MsipPublishOptions = {}): Promise<MsipPublishResult> {
    try {
      return this.#publish(topic, message, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #publish(topic: string, message: MsipContent, options: MsipPublishOptions): Promise<MsipPublishResult> {
    this.#checks?.publish(options);
    const { publisher, clock } = this.#live();
    options.signal?.throwIfAborted();
    const { acknowledge = true, urgent = false, msgKind = MsgKind.Event, compress, repeat = false } = options;
    const flags = (acknowledge ? Flags.AckRequired : Flags.None) | (urgent ? Flags.Urgent : Flags.None);
    const outgoing = this.#outgoing(topic, message, { flags, msgKind });
    const publication = publisher.publish(outgoing, { compress, repeats: repeat });
    this.#machine.readOrPause();
    const giveUp = (reason: unknown): void => publisher.abandon(publication, reason);
    return limited(publication.result, this.#limits(options), { clock, giveUp });
  }

  /** Resolves with the time the server took for PONG, in ms. Rejects with MsipClientError. */
  async pingAsync(options: MsipOperationOptions = {}): Promise<number> {
    const { network, requests, clock } = this.#connected();
    options.signal?.throwIfAborted();
    const msgId = network.core.takeMsgId();
    const answer = new Deferred<number>();
    const since = clock.now();
    const { reject } = answer;
    requests.add(msgId, {
      what: 'ping',
      onAnswer: () => answer.resolve(clock.now() - since),
      onRefused: reject,
      onLost: reject,
    });
    network.send({ type: 'ping', msgId });
    this.#machine.readOrPause();
    const giveUp = (reason: unknown): void => {
      requests.forget(msgId);
      reject(reason);
    };
    return limited(answer.promise, this.#limits(options), { clock, giveUp });
  }

  /** Resolves when a message that is published now need not wait for others: what to await in a loop that publishes. */
  async ready(options: MsipOperationOptions = {}): Promise<void> {
    const { publisher, clock } = this.#live();
    const room = new Deferred<void>();
    publisher.room().then(room.resolve, room.reject);
    await limited(room.promise, this.#limits(options), { clock, giveUp: room.reject });
  }

  /** Resolves when everything published so far is sent and, where that is awaited, settled, well or not. */
  async flush(options: MsipOperationOptions = {}): Promise<void> {
    const { publisher, clock } = this.#machine;
    const settled = new Deferred<void>();
    void publisher.settledAll().then(settled.resolve);
    await limited(settled.promise, this.#limits(options), { clock, giveUp: settled.reject });
  }

  /**
   * Ends in good order: unsubscribes, lets handlers finish with what was received, sends what was published, and disconnects.
   * Rejects with `TIMEOUT` when that takes longer than `timeoutMs` (default 30,000); then the client is closed all the same.
   */
  async drain({ timeoutMs = 30_000, signal }: MsipOperationOptions = {}): Promise<void> {
    await drainClient(this.#live(), { timeoutMs, signal });
  }

  protected override onListened(name: keyof MsipClientEvents): void {
    if (name === 'message' || name === 'event') this.#machine.clock.soon(() => this.#machine.inbox.offer());
  }

  #limits({
    signal,
    timeoutMs = this.#machine.options.operationTimeoutMs,
  }: MsipOperationOptions): MsipOperationOptions {
    return { signal, timeoutMs };
  }

  #outgoing(topic: string, message: MsipContent, head: { flags: number; msgKind: number }): Outgoing {
    const content = message instanceof Uint8Array ? message : String(message);
    return { type: 'publish', topic, message: content, ...head, msgId: this.#machine.network.core.takeMsgId() };
  }

  #live(): ClientMachine {
    if (this.#machine.isLive) return this.#machine;
    throw new MsipClientError('NOT_CONNECTED', 'connect() comes first');
  }

  #connected(): ClientMachine {
    if (this.isConnected()) return this.#machine;
    throw new MsipClientError('NOT_CONNECTED', 'there is no connection');
  }
}
