// Everything an MSIP client consists of, tied together: what the network brings goes where it belongs, and what the client
// learns is told to its voice. One machine has one life after another: from connect() to disconnect().

import { copyOf } from '../bytes/copy.ts';
import type { ClientClock } from '../client/clock.ts';
import { SYSTEM_CLOCK } from '../client/clock.ts';
import { Deferred } from '../client/deferred.ts';
import { StatusBoard } from '../client/status-board.ts';
import type { FrameView } from '../msip/frame-view.ts';
import { FrameType } from '../msip/header.ts';
import type { Transport } from '../transport/transport.ts';
import { addressOf } from './address.ts';
import { MsipClientError, MsipRefusedError } from './client-errors.ts';
import type { MsipClientEvents } from './client-events.ts';
import type { Dial, MsipClientOptions, MsipConnectSettings } from './client-options.ts';
import { endClient } from './closing.ts';
import { Filters } from './filters.ts';
import { Greeting } from './greeting.ts';
import { Inbox } from './inbox.ts';
import { type Ended, Lifecycle, type LifecycleHost } from './lifecycle.ts';
import type { MsipMessage } from './message.ts';
import { NetworkConnection, type NetworkOwner } from './network-connection.ts';
import { listenForNetwork } from './online.ts';
import type { Platform } from './platform.ts';
import { Publisher } from './publisher.ts';
import { Requests } from './requests.ts';
import type { MsipClientStatus } from './status.ts';
import type { MsipSubscription } from './subscription.ts';
import { SubscriptionDesk } from './subscription-desk.ts';

/** How the machine makes itself heard. */
export interface Voice {
  say<N extends keyof MsipClientEvents>(name: N, ...args: MsipClientEvents[N]): void;
  listens(name: keyof MsipClientEvents): boolean;
  tell(message: MsipMessage): boolean | Promise<boolean>;
  /** 'network': what is told elsewhere too, and is not worth a line where nobody listens. */
  report(error: Error, about?: 'network'): void;
}

/** Twice what our broker passes on. */
const DEFAULT_PAYLOAD = 16 * 1024 * 1024;

export class ClientMachine implements NetworkOwner, LifecycleHost {
  readonly options: MsipClientOptions;
  readonly clock: ClientClock;
  readonly dial: Dial;
  readonly status: StatusBoard<MsipClientStatus>;
  readonly network: NetworkConnection;
  readonly requests: Requests;
  readonly filters = new Filters();
  readonly publisher: Publisher;
  readonly desk: SubscriptionDesk;
  readonly inbox: Inbox;
  readonly greeting: Greeting;
  lifecycle: Lifecycle | undefined;
  closed = new Deferred<Error | undefined>();
  isClosing = false;
  /** Counts the calls of disconnect(): a connect() before one of them is void. */
  disconnects = 0;
  /** Somebody awaits connect(): what becomes of the attempt is told there. */
  awaited = 0;
  readonly #voice: Voice;
  #ended = new Deferred<Ended>();
  /** Subscriptions whose buffer has no room. */
  readonly #full = new Set<MsipSubscription>();
  #isReady = false;
  /** A life has ended, and no other one begun. */
  #isOver = false;
  /** The last frame was an ERROR about nothing in particular; with CLOSE behind it, the server sends the client away. */
  #lastError: string | undefined;
  #isSentAway = false;
  #isSaidGoodbye = false;
  #stopListening: (() => void) | undefined;

  constructor(options: MsipClientOptions, platform: Platform, voice: Voice) {
    this.options = options;
    this.clock = options.clock ?? SYSTEM_CLOCK;
    this.dial = options.dial ?? platform.dial;
    this.#voice = voice;
    this.status = new StatusBoard<MsipClientStatus>({ state: 'idle', url: addressOf(options).url, attempt: 0 });
    const { pingInterval = 0, pongTimeoutMs = pingInterval, connectTimeoutMs = 30_000 } = options;
    const { maximumPayloadLength = DEFAULT_PAYLOAD } = options;
    const core = {
      maximumPayloadLength,
      pingIntervalMs: pingInterval,
      pongTimeoutMs,
      helloTimeoutMs: connectTimeoutMs,
    };
    this.network = new NetworkConnection(core, this, this.clock);
    this.requests = new Requests(this.clock, options.acknowledgeTimeoutMs);
    this.publisher = new Publisher(options, this.network, { requests: this.requests, platform });
    const { network, requests, filters } = this;
    const report = (error: Error): void => voice.report(error);
    this.desk = new SubscriptionDesk({ network, requests, filters, report });
    this.greeting = new Greeting(options, network);
    const onPressure = (): void => this.readOrPause();
    this.inbox = new Inbox({
      options,
      network,
      filters,
      platform,
      report,
      onPressure,
      tell: (message) => voice.tell(message),
      get isListenedTo() {
        return voice.listens('message') || voice.listens('event');
      },
    });
  }

  /** The buffer of a subscription is full, or has room again. */
  onPressure(subscription: MsipSubscription): void {
    if (subscription.isFull) this.#full.add(subscription);
    else this.#full.delete(subscription);
    this.readOrPause();
  }

  report(error: unknown): void {
    this.#voice.report(error instanceof Error ? error : new Error(String(error)));
  }

  get isLive(): boolean {
    return this.lifecycle !== undefined && !this.isClosing;
  }

  begin(): void {
    if (this.#isOver) this.closed = new Deferred();
    this.#isOver = false;
    this.isClosing = false;
    this.greeting.forget();
    this.lifecycle = new Lifecycle(this);
    const { signal } = this.options;
    const onAbort = (): void => void endClient(this, { flush: false });
    const ignoreNetwork = listenForNetwork(() => this.lifecycle?.hurry());
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#stopListening = () => {
      ignoreNetwork();
      signal?.removeEventListener('abort', onAbort);
    };
    void this.lifecycle.run();
  }

  /** While an answer is waited for, reading goes on: the handler that fills a buffer may be the one that waits. */
  readOrPause(): void {
    const { inbox, requests, publisher, network } = this;
    const isWaitedFor = requests.size > 0 || publisher.queue.size > 0;
    const isFull = !isWaitedFor && this.#full.size > 0;
    if (inbox.isBusy || isFull) network.pause();
    else network.resume();
  }

  // What the life of the client moves

  greet(transport: Transport, settings: MsipConnectSettings): Promise<void> {
    this.#ended = new Deferred();
    this.#lastError = undefined;
    this.#isSentAway = false;
    this.#isSaidGoodbye = false;
    return this.greeting.greet(transport, settings, this.#ended.promise);
  }

  adapts(): boolean {
    return this.greeting.takeCut();
  }

  ended(): Promise<Ended> {
    return this.#ended.promise;
  }

  onReconnecting(attempt: number, delayMs: number, error: Error): void {
    this.#voice.say('reconnecting', attempt, delayMs, error);
  }

  onFailedAttempt(error: Error): void {
    if (this.awaited === 0) this.#voice.report(error, 'network');
    this.awaited = 0;
  }

  finish(error: Error | undefined): void {
    const reason = new MsipClientError('CLOSED', error === undefined ? 'the client was closed' : error.message, error);
    this.#stopListening?.();
    this.isClosing = true;
    this.lifecycle = undefined;
    this.desk.close(reason);
    this.publisher.close(reason);
    const subscriptions = this.filters.subscriptions;
    this.filters.clear();
    for (const subscription of subscriptions) subscription.end();
    this.inbox.close();
    if (error instanceof MsipClientError && error.code === 'GAVE_UP') this.#voice.report(error);
    this.status.set({ state: 'closed', url: this.status.current.url, attempt: 0, error });
    this.#isOver = true;
    this.closed.resolve(error);
  }

  // What the network brings

  onFrame(view: FrameView): void {
    if (this.#voice.listens('frame')) this.#tellFrame(view);
    const { greeting } = this;
    const lastError = this.#lastError;
    this.#lastError = undefined;
    switch (view.frameType) {
      case FrameType.Ack:
        if (greeting.isAnswer(view)) {
          if (greeting.onAccepted(view)) this.#onReady();
          return;
        }
        this.#onAnswer('ack', view);
        return;
      case FrameType.Event:
        this.inbox.onEvent(view);
        return;
      case FrameType.Pong:
        this.#onAnswer('pong', view);
        return;
      case FrameType.Error:
        this.#onError(view);
        return;
      case FrameType.Close:
        this.#onClose(lastError);
    }
  }

  onWritable(): void {
    this.publisher.pump();
  }

  onTurn(): void {
    this.readOrPause();
  }

  onEnd(error: Error | undefined): void {
    const isEndedByServer = this.#isSaidGoodbye || this.#lastError !== undefined;
    const reason = error ?? this.#reasonOfServer();
    const wasReady = this.#isReady;
    this.#isReady = false;
    this.greeting.onEnd(reason);
    const isWanted = this.lifecycle?.isStopped !== false;
    this.requests.loseAll(isWanted ? 'CLOSED' : 'CONNECTION_LOST', isWanted ? undefined : reason);
    this.publisher.onConnectionLost(isEndedByServer);
    this.inbox.onLost();
    if (wasReady && !this.isClosing) {
      const { url } = this.status.current;
      this.status.set({ state: 'connecting', url, attempt: 1, error: reason });
    }
    this.#ended.resolve({ error: reason, isSentAway: this.#isSentAway });
    if (wasReady) this.#voice.say('disconnect', isWanted ? undefined : reason);
  }

  #onAnswer(name: 'ack' | 'pong', { msgId }: FrameView): void {
    this.requests.answer(msgId);
    this.#voice.say(name, msgId);
  }

  #reasonOfServer(): MsipClientError | undefined {
    if (this.#lastError === undefined) return undefined;
    return new MsipClientError('CLOSED_BY_SERVER', `the server closed the connection: ${this.#lastError}`);
  }

  /** Within the core's handling of the frame: what is subscribed to comes before anything the program does now. */
  #onReady(): void {
    this.#isReady = true;
    this.awaited = 0;
    const { url, attempt } = this.status.current;
    this.desk.restore();
    this.publisher.pump();
    const { isAcknowledged } = this.greeting;
    this.status.set({ state: 'connected', url, attempt, isAcknowledged });
    this.#voice.say('connect');
  }

  #onError(view: FrameView): void {
    const { msgId, text } = view;
    if (this.greeting.isAsking) {
      this.greeting.onError(view);
      return;
    }
    if (this.requests.refuse(msgId, text)) return;
    this.#lastError = text;
    const error =
      msgId === 0n
        ? new MsipClientError('SERVER_ERROR', `the server says: ${text}`)
        : new MsipRefusedError('a request', msgId, text);
    this.#voice.report(error);
  }

  #onClose(lastError: string | undefined): void {
    const text = lastError === undefined ? 'the server took leave' : `the server took leave: ${lastError}`;
    this.#isSaidGoodbye = true;
    this.#isSentAway = lastError !== undefined;
    this.network.blame(new MsipClientError('CLOSED_BY_SERVER', text));
  }

  #tellFrame(view: FrameView): void {
    const { flags, frameType, msgKind, msgId, payloadLength } = view;
    const header = { version: 1, flags, frameType, msgKind, payloadLength, msgId };
    this.#voice.say('frame', header, copyOf(view.buffer, view.payloadStart, view.payloadEnd));
  }
}
