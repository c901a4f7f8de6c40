/**
 * What all connections of one broker share: who subscribed, what is retained, which sessions there are, what is kept,
 * counted and limited. The parts know each other through it. It must not know listeners or transports.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { Session } from '../mqtt/session.ts';
import { NO_TOPIC, TopicNames } from '../mqtt/topic-names.ts';
import type { QoS } from '../mqtt/wire-format.ts';
import type { DeliveryQueueLimits } from '../routing/delivery-queue.ts';
import { QueueBudget } from '../routing/queue-budget.ts';
import { RetainedMessages } from '../routing/retained-messages.ts';
import { Subscriptions } from '../routing/subscriptions.ts';
import { Gate } from './admission/gate.ts';
import { Warden } from './admission/warden.ts';
import type { Clock } from './clock.ts';
import type { Link } from './connection/link.ts';
import { Addressing } from './delivery/addressing.ts';
import { DelayedMessages } from './delivery/delayed-messages.ts';
import { Dispatcher } from './delivery/dispatcher.ts';
import { ExpiredRetained } from './delivery/expired-retained.ts';
import { type KeptMessage, MessageNumbers } from './delivery/kept-message.ts';
import { Outbox } from './delivery/outbox.ts';
import { Publication } from './delivery/publication.ts';
import { Publishing } from './delivery/publishing.ts';
import { StandingRights } from './delivery/standing-rights.ts';
import type { Extras } from './extras.ts';
import { withTimeout } from './hook-timeout.ts';
import type { BrokerHooks } from './hooks.ts';
import { Intake, type PublishRatePolicy } from './intake.ts';
import type { BrokerLimits } from './limits.ts';
import { HelloNumbers } from './msip/hello-numbers.ts';
import { EventListeners } from './observation/events.ts';
import type { LossReason } from './observation/loss-reasons.ts';
import { Statistics } from './observation/statistics.ts';
import type { Tracing } from './observation/tracing.ts';
import type { Redirection } from './redirection.ts';
import { Census } from './sessions/census.ts';
import { ClientSession, type SessionWatcher } from './sessions/client-session.ts';
import { RetainedLookUps } from './sessions/retained-look-ups.ts';
import { Sessions } from './sessions/sessions.ts';
import { Subscribing } from './sessions/subscribing.ts';
import { Commits } from './store/commits.ts';
import type { Durability, Store, StoredDelivery } from './store/store.ts';
import { TimingWheel } from './timing-wheel.ts';

/** Set in numbers that are assigned: what people choose themselves is smaller. */
const HIGHEST_BIT = 1n << 63n;

export interface ExchangeOptions {
  readonly limits: BrokerLimits;
  readonly hooks: BrokerHooks;
  readonly store: Store;
  readonly durability: Durability;
  readonly queuePolicy: 'drop-newest' | 'drop-oldest' | 'disconnect';
  readonly publishRatePolicy: PublishRatePolicy;
  readonly clock: Clock;
  readonly isTrusted: ((address: string) => boolean) | undefined;
  readonly redirection: Redirection | undefined;
  readonly extras: Extras;
}

export class Exchange implements SessionWatcher {
  readonly limits: BrokerLimits;
  readonly hooks: BrokerHooks;
  readonly store: Store;
  /** What is acknowledged lasts so long, where a listener has no setting of its own. */
  readonly durability: Durability;
  readonly queuePolicy: ExchangeOptions['queuePolicy'];
  readonly publishRatePolicy: PublishRatePolicy;
  readonly clock: Clock;
  readonly events = new EventListeners();
  readonly statistics: Statistics;
  readonly names: TopicNames;
  readonly numbers = new MessageNumbers();
  readonly outbox: Outbox;
  readonly wheel: TimingWheel;
  readonly warden: Warden;
  readonly commits: Commits;
  readonly subscriptions: Subscriptions<ClientSession>;
  readonly retained: RetainedMessages<KeptMessage>;
  readonly gate: Gate;
  readonly intake: Intake;
  /** Bytes of all queues, and of what is in flight and kept. */
  readonly queueBudget: QueueBudget;
  readonly #queueLimits: DeliveryQueueLimits;
  readonly sessions: Sessions;
  readonly helloNumbers = new HelloNumbers();
  readonly dispatcher: Dispatcher;
  readonly publishing: Publishing;
  /** What a received PUBLISH is loaded into when nobody has to be asked about it. */
  readonly incoming: Publication;
  readonly census: Census;
  /** Where whoever connects is sent instead; undefined while clients are welcome here. */
  redirection: Redirection | undefined;
  /** While somebody watches packets; undefined otherwise. */
  tracing: Tracing | undefined = undefined;
  /** Every Network Connection, from accept to close. */
  readonly links = new Set<Link>();
  readonly subscribing: Subscribing;
  readonly lookUps: RetainedLookUps;
  readonly delayed: DelayedMessages;
  readonly addressing: Addressing;
  readonly standingRights = new StandingRights(this);
  readonly expiredRetained = new ExpiredRetained(this);
  readonly extras: Extras;
  /** What `now` answered last: for the hot path, where all messages of one chunk of bytes may have the same time. */
  lastNow = 0;
  #onEmpty: (() => void) | undefined = undefined;

  constructor(options: ExchangeOptions) {
    this.limits = options.limits;
    this.hooks = withTimeout(options.hooks, options.limits.hookTimeoutMs);
    this.store = options.store;
    this.durability = options.durability;
    this.queuePolicy = options.queuePolicy;
    this.publishRatePolicy = options.publishRatePolicy;
    this.clock = options.clock;
    this.outbox = new Outbox(() => options.clock.now());
    const { queuedMessages, queuedBytes, queuedBytesInAll, topicNames } = options.limits;
    this.names = new TopicNames({ limit: topicNames });
    this.queueBudget = new QueueBudget(queuedBytesInAll);
    this.#queueLimits = {
      count: queuedMessages,
      bytes: queuedBytes,
      policy: options.queuePolicy,
      budget: this.queueBudget,
    };
    const now = this.now();
    this.statistics = new Statistics(now);
    this.wheel = new TimingWheel(now);
    this.commits = new Commits(options.store, (error, doing) => this.onError(error, doing));
    const { extras } = options;
    this.subscriptions = new Subscriptions<ClientSession>({
      readiness: { isReady: (session) => session.link?.output.isBlocked === false && !session.hasWaiting },
      strategyOf: extras.strategyOf,
      random: Math.random,
      loadOf: (session) => session.mqtt.outgoing.count + (session.queue?.length ?? 0),
    });
    this.retained = new RetainedMessages({
      count: options.limits.retainedMessages,
      bytes: options.limits.retainedBytes,
      perPublisher: options.limits.retainedPerClient,
    });
    this.gate = new Gate(this);
    const { limits, wheel, events, statistics } = this;
    const { addresses } = this.gate;
    this.warden = new Warden({ limits, wheel, events, statistics, addresses, isTrusted: options.isTrusted });
    this.intake = new Intake(this);
    this.sessions = new Sessions(this);
    this.dispatcher = new Dispatcher(this);
    this.publishing = new Publishing(this);
    this.incoming = this.createPublication();
    this.subscribing = new Subscribing(this);
    this.census = new Census(this);
    this.redirection = options.redirection;
    this.lookUps = new RetainedLookUps(this);
    this.delayed = new DelayedMessages(this);
    this.addressing = new Addressing(this);
    this.extras = extras;
  }

  /** Milliseconds since 1970 that never go back. */
  now(): number {
    this.lastNow = this.clock.now();
    return this.lastNow;
  }

  /** How long the broker runs, in whole seconds from 1. */
  secondsUp(): number {
    return 1 + Math.floor((this.lastNow - this.statistics.startedAt) / 1000);
  }

  createPublication(): Publication {
    return new Publication(NO_TOPIC, this.numbers);
  }

  createSession(clientId: string, mqtt = new Session<StoredDelivery>()): ClientSession {
    return new ClientSession(clientId, mqtt, this.#queueLimits, this);
  }

  /** The last thing heard of a connection. */
  onTransportClosed(link: Link): void {
    this.links.delete(link);
    if (link.address !== undefined) this.gate.leave(link.address);
    if (this.links.size === 0) this.#onEmpty?.();
  }

  /** Resolves when no connection is left. */
  empty(): Promise<void> {
    if (this.links.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  /** A client identifier for a client that brought none. */
  assignClientId(): string {
    return `auto-${randomUUID()}`;
  }

  /** The same for one that speaks MSIP: a number of 64 bits that no session has, 2^63 or more. */
  assignClientNumber(): bigint {
    for (;;) {
      const number = randomBytes(8).readBigUInt64BE() | HIGHEST_BIT;
      if (this.sessions.get(String(number)) === undefined) return number;
    }
  }

  keepDelivery(session: ClientSession, delivery: StoredDelivery): void {
    this.commits.write({ type: 'delivery', clientId: session.clientId, delivery });
  }

  /** A message that was kept for a session will not reach it. */
  onMessageDropped(session: ClientSession, message: KeptMessage, qos: QoS, reason: LossReason): void {
    // With QoS 0 it is not in the store, but another copy of it may be.
    if (qos > 0 && session.isPersistent) {
      this.commits.write({ type: 'delivered', clientId: session.clientId, messageId: message.id });
    }
    this.onSessionDropped(session, message.topic.name, reason);
  }

  /** A message did not reach this session. */
  onSessionDropped(session: ClientSession, topicName: string, reason: LossReason): void {
    session.countDrop(reason);
    this.#onDropped(session.clientId, topicName, reason);
  }

  /** A message was not accepted from this client, or a shared group had nobody to give it to (empty `clientId`). */
  onDropped(clientId: string, topicName: string, reason: LossReason): void {
    if (clientId !== '') this.sessions.get(clientId)?.countDrop(reason);
    this.#onDropped(clientId, topicName, reason);
  }

  #onDropped(clientId: string, topicName: string, reason: LossReason): void {
    this.statistics.onDropped(reason);
    if (this.events.isHeard('dropped')) this.events.emit('dropped', { clientId, topicName, reason });
  }

  /** Our fault or the operator's: reported, never swallowed; a broker nobody listens to says it on stderr. */
  onError(error: unknown, doing: string): void {
    if (this.events.isHeard('error')) this.events.emit('error', { error, while: doing });
    else process.emitWarning(`signalbox broker, ${doing}: ${String(error)}`);
  }
}
