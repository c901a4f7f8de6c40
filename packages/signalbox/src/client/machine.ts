// What ties the rooms of a client together: one network connection after another, what is published and what is received,
// what is kept, and who follows it. The program sees only Client.

import type { Writer } from '../bytes/writer.ts';
import { ClientConnection } from '../mqtt/client-connection.ts';
import type { DroppedReason } from '../mqtt/connection-events.ts';
import type { ConnackPacket } from '../mqtt/packets/connack.ts';
import type { Packet, PacketInput } from '../mqtt/packets/packet.ts';
import type { PublishInput, PublishPacket } from '../mqtt/packets/publish.ts';
import type { UserProperty } from '../mqtt/properties.ts';
import type { PublishView } from '../mqtt/publish-view.ts';
import { ReasonCode } from '../mqtt/reason-codes.ts';
import { Session } from '../mqtt/session.ts';
import { TopicNames } from '../mqtt/topic-names.ts';
import type { Transport } from '../transport/transport.ts';
import type { ClientStatistics } from './client.ts';
import { ClientError } from './client-errors.ts';
import type { ClientOptions, ConnectSettings, Dial } from './client-options.ts';
import { type ClientClock, SYSTEM_CLOCK } from './clock.ts';
import { Deferred } from './deferred.ts';
import { connectPacket, Handshake, isKept, refusal } from './handshake.ts';
import { Keeping } from './keeping.ts';
import { KeptSession } from './kept-session.ts';
import { Lifecycle, type LifecycleHost, publicUrl } from './lifecycle.ts';
import { NetworkConnection, type NetworkOwner } from './network-connection.ts';
import { Activity } from './observation/activity.ts';
import { PacketRecorder } from './observation/packet-recorder.ts';
import { problemReporter } from './observation/problems.ts';
import type { Publication } from './publishing/publication.ts';
import { Publisher } from './publishing/publisher.ts';
import { Inbox } from './receiving/inbox.ts';
import { SubscriptionDesk } from './receiving/subscription-desk.ts';
import { Subscriptions } from './receiving/subscriptions.ts';
import type { ServerAddress } from './server-address.ts';
import { type ClientStatus, StatusBoard } from './status.ts';

/** Topics in use at a time, so that each is decoded and matched once. */
const KNOWN_TOPICS = 4_096;
const DEFAULT_IN_FLIGHT = 1_000;
const DEFAULT_LAST_PACKETS = 64;
const DEFAULT_ACKNOWLEDGE_TIMEOUT_MS = 60_000;
const DEFAULT_CONNECT_TIMEOUT_MS = 30_000;

export class ClientMachine implements NetworkOwner, LifecycleHost {
  readonly options: ClientOptions;
  readonly dial: Dial;
  readonly clock: ClientClock;
  readonly status: StatusBoard;
  readonly network: NetworkConnection;
  readonly publisher: Publisher;
  readonly subscriptions: Subscriptions;
  readonly inbox: Inbox;
  readonly activity: Activity;
  readonly recorder: PacketRecorder;
  readonly lifecycle: Lifecycle;
  readonly onProblem: (problem: unknown) => void;
  readonly closed = new Deferred<Error | undefined>();
  readonly keeping: Keeping | undefined;
  readonly desk: SubscriptionDesk;
  clientId: string;
  connack: ConnackPacket | undefined;
  handshake: Handshake | undefined;
  isClosing = false;
  onClosed: (error: Error) => void = () => {};
  /** The server has proved what it has to. */
  #isReady = false;
  /** A session of ours may be there: CONNECT is not to end it. */
  #resumes: boolean;
  #protocolVersion: 4 | 5;
  #stopWatch: (() => void) | undefined;
  #ended = new Deferred<Error | undefined>();

  constructor(options: ClientOptions, servers: readonly string[], dial: Dial) {
    this.options = options;
    this.dial = options.dial ?? dial;
    this.clock = options.clock ?? SYSTEM_CLOCK;
    this.onProblem = problemReporter(options.onProblem);
    this.status = new StatusBoard(publicUrl(servers[0]!), (status) => this.#onStatus(status));
    this.clientId = options.clientId ?? randomClientId();
    this.#resumes = isKept(options) && options.cleanStart !== true;
    this.#protocolVersion = options.protocolVersion ?? 5;
    this.recorder = new PacketRecorder(this.clock, options.lastPackets ?? DEFAULT_LAST_PACKETS);
    const session = new Session<Publication>();
    this.network = new NetworkConnection((writer) => this.#makeCore(session, writer), this, this);
    this.activity = new Activity(options.drive === 'polled', this, (isFollowed) => this.#follow(isFollowed));
    this.subscriptions = new Subscriptions(this);
    this.inbox = new Inbox(this, this.subscriptions.wanted, options.unclaimed);
    this.desk = new SubscriptionDesk(this);
    const { sessionStore } = options;
    const keeping =
      sessionStore === undefined ? undefined : new Keeping(new KeptSession(sessionStore, session, this), this);
    this.keeping = keeping;
    this.keep = keeping === undefined ? undefined : (publication) => keeping.publication(publication);
    this.keepReceived = keeping === undefined ? undefined : (identifier, then) => keeping.received(identifier, then);
    this.publisher = new Publisher(this);
    this.lifecycle = new Lifecycle(this, servers);
  }

  get isHalted(): boolean {
    return this.activity.isHalted || !this.#isReady;
  }

  get awaitsAnswer(): boolean {
    return this.subscriptions.isAsking || this.network.core.session.outgoing.count > 0;
  }

  /** Nothing looks at packets before they are sent: the short way will do. */
  get isPlain(): boolean {
    const { interceptors, traceContext, operationTimeoutMs } = this.options;
    return interceptors?.outgoing === undefined && traceContext === undefined && operationTimeoutMs === undefined;
  }

  get statistics(): ClientStatistics {
    const { queue } = this.publisher;
    return {
      queuedMessages: queue.size,
      queuedBytes: queue.bytes,
      inFlight: this.network.core.session.outgoing.count,
      droppedOutgoing: queue.dropped,
      droppedIncoming: this.subscriptions.dropped,
      droppedUnclaimed: this.inbox.unclaimedDropped,
    };
  }

  now(): number {
    return this.clock.now();
  }

  /** Sends what the program wants to be sent, through its interceptor. Throws UsageError, and what the interceptor throws. */
  send(packet: PacketInput): number {
    return this.network.send(this.intercepted(packet));
  }

  /** With the trace context of whoever publishes. */
  traced(packet: PublishInput): PublishInput {
    const traceparent = this.options.traceContext?.();
    if (traceparent === undefined) return packet;
    const { properties } = packet;
    const userProperties: UserProperty[] = [...(properties?.userProperties ?? []), ['traceparent', traceparent]];
    return { ...packet, properties: { ...properties, userProperties } };
  }

  intercepted<P extends PacketInput>(packet: P): P {
    const outgoing = this.options.interceptors?.outgoing;
    return outgoing === undefined ? packet : ((outgoing(packet) as P | undefined) ?? packet);
  }

  // What its rooms ask

  readonly keep: ((publication: Publication) => void) | undefined;
  readonly keepReceived: ((packetIdentifier: number, then: () => void) => void) | undefined;

  forget(publication: Publication): void {
    this.keeping?.session.forget(publication);
  }

  /** So many messages are unacknowledged for good that the server would send no more: it is to send them again. */
  onExhausted(): void {
    this.network.destroy(
      new ClientError('CONNECTION_LOST', 'half of what the server may send is unacknowledged for good'),
    );
  }

  /** Somebody polls: what waited goes on. */
  onRelease(): void {
    this.network.wake();
    this.inbox.balance();
    this.subscriptions.pump();
    this.publisher.pump();
  }

  onHalt(): void {
    this.inbox.balance();
  }

  /** Whether nothing is to be read because nobody polls. */
  get isStandingStill(): boolean {
    return this.activity.isHalted;
  }

  /** Gives everything up at once. */
  destroy(reason: Error): void {
    this.lifecycle.stop(reason);
    this.activity.release();
    this.network.destroy(reason);
  }

  // The life

  async prepare(): Promise<void> {
    const kept = this.keeping?.session;
    if (kept === undefined) return;
    const { waiting, inFlight, clientId } = await kept.open();
    if (clientId !== undefined && this.options.clientId === undefined) this.clientId = clientId;
    kept.keepClientId(this.clientId);
    this.publisher.restore(waiting, inFlight);
  }

  permission(): Promise<void> | undefined {
    return this.activity.permission();
  }

  async shakeHands(transport: Transport, settings: ConnectSettings, address: ServerAddress): Promise<ConnackPacket> {
    const options = { ...this.options, ...address.options };
    this.#ended = new Deferred();
    this.#isReady = false;
    this.handshake = new Handshake(this.network, settings.authentication ?? options.authentication);
    this.network.open(transport);
    const facts = { clientId: this.clientId, protocolVersion: this.#protocolVersion, resumes: this.#resumes };
    try {
      const packet = connectPacket(options, settings, facts);
      const connack = await this.handshake.connect(this.intercepted(packet));
      this.#onReady(connack);
      return connack;
    } catch (error) {
      this.network.destroy(error as Error);
      await this.#ended.promise;
      throw error;
    }
  }

  /** A server that knows only 3.1.1 says so. */
  adapts(error: Error): boolean {
    if (this.options.protocolVersion !== undefined || this.#protocolVersion === 4) return false;
    const { reasonCode, code } = error as Error & { reasonCode?: number; code?: string };
    const isTooNew = reasonCode === ReasonCode.UnsupportedProtocolVersion || (code === 'REFUSED' && reasonCode === 1);
    if (isTooNew) this.#protocolVersion = 4;
    return isTooNew;
  }

  ended(): Promise<Error | undefined> {
    return this.#ended.promise;
  }

  /** The platform says that there is a network again: no time is to be lost. */
  listenForNetwork(): () => void {
    const platform = globalThis as Partial<EventSource>;
    const hurry = (): void => this.lifecycle.hurry();
    platform.addEventListener?.('online', hurry);
    return () => platform.removeEventListener?.('online', hurry);
  }

  finish(error: Error | undefined): void {
    this.isClosing = true;
    const reason = error ?? new ClientError('CLOSED', 'the client was closed');
    const inFlight = this.network.core.session.outgoing.entries().map(({ stored }) => stored);
    this.publisher.close(reason, inFlight);
    this.subscriptions.close(reason);
    this.onClosed(reason);
    const done = (): void => {
      this.status.set({ ...this.status.current, state: 'closed', error });
      this.activity.end();
      this.closed.resolve(error);
    };
    if (this.keeping === undefined) done();
    else
      this.keeping.session.close().then(done, (problem: Error) => {
        this.onProblem(problem);
        done();
      });
  }

  // What the network tells

  onPacket(received: Packet): void {
    const packet = this.#intercept(received);
    switch (packet.type) {
      case 'connack':
        this.#onConnack(packet);
        break;
      case 'suback':
      case 'unsuback':
        this.subscriptions.onAnswer(packet);
        break;
      case 'auth':
        this.handshake?.onAuth(packet);
        break;
      case 'disconnect':
        this.network.destroy(
          packet.reasonCode === ReasonCode.SessionTakenOver
            ? new ClientError('SESSION_TAKEN_OVER', `another client connected as '${this.clientId}'`)
            : refusal('staying connected', packet),
        );
        break;
      default: // acknowledgements and pings say what they have to say to the core
    }
  }

  onPublish(view: PublishView): void {
    if (this.options.interceptors?.incoming === undefined) this.inbox.onPublish(view);
    else this.inbox.onPublish(view, this.#intercept(view.toPacket()) as PublishPacket);
  }

  onReleased(packetIdentifier: number): void {
    if (this.keeping === undefined) this.network.acknowledge(packetIdentifier, undefined);
    else this.keeping.completed(packetIdentifier);
  }

  onSettled(publication: Publication, reasonCode: number): void {
    this.publisher.onSettled(publication, reasonCode);
  }

  /** The server has a QoS 2 message; without a store the core sends PUBREL by itself. */
  onHandedOver(publication: Publication): void {
    publication.stage = 'handed-over';
    this.keeping?.handedOver(publication);
  }

  onDropped(publication: Publication, reason: DroppedReason): void {
    this.publisher.onDropped(publication, reason);
  }

  onWritable(): void {
    this.publisher.pump();
  }

  onChunk(): void {
    this.inbox.balance();
  }

  onEnd(error: Error | undefined): void {
    this.connack = undefined;
    this.#isReady = false;
    this.#stopWatch?.();
    this.subscriptions.disconnected();
    this.handshake?.fail(error ?? new ClientError('CONNECTION_LOST', 'the server closed the connection'));
    this.#ended.resolve(error);
  }

  #makeCore(session: Session<Publication>, writer: Writer): ClientConnection<Publication> {
    const { options } = this;
    return new ClientConnection<Publication>({
      session,
      writer,
      names: new TopicNames({ limit: KNOWN_TOPICS }),
      automaticRelease: options.sessionStore === undefined,
      mapTopicAliases: (options.topicAliases ?? 'map') === 'map',
      replaceTopicAliases: options.topicAliases === 'replace',
      connectTimeoutMs: options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
      maximumInFlight: options.maximumInFlight ?? DEFAULT_IN_FLIGHT,
      maximumPacketSize: options.properties?.maximumPacketSize,
      resendIntervalMs: options.resendIntervalMs,
      storedPublish: (publication) => {
        publication.sentAt = this.now();
        return publication.packetAt(publication.sentAt);
      },
    });
  }

  /** Within the core's handling of CONNACK: nothing is sent from here. */
  #onConnack(connack: ConnackPacket): void {
    if (connack.reasonCode === 0) {
      this.connack = connack;
      this.#resumes = true;
      const { assignedClientIdentifier } = connack.properties;
      if (assignedClientIdentifier !== undefined) this.clientId = assignedClientIdentifier;
      this.inbox.connected(connack.sessionPresent);
      if (!connack.sessionPresent) this.keeping?.session.forgetAllReceived();
    }
    this.handshake?.onConnack(connack);
  }

  #onReady(connack: ConnackPacket): void {
    this.#isReady = true;
    this.keeping?.releaseAll();
    this.subscriptions.connected(connack.sessionPresent);
    this.publisher.connected();
    this.#watch();
  }

  /** Looks for messages the server never acknowledges, though it is alive. */
  #watch(): void {
    const timeoutMs = this.options.acknowledgeTimeoutMs ?? DEFAULT_ACKNOWLEDGE_TIMEOUT_MS;
    this.#stopWatch = this.clock.after(timeoutMs / 2, () => {
      const { outgoing } = this.network.core.session;
      const [first = -1] = outgoing.slots();
      const oldest = first < 0 ? undefined : outgoing.valueAt(first);
      if (oldest === undefined || this.now() - oldest.sentAt < timeoutMs) this.#watch();
      else
        this.network.destroy(
          new ClientError('ACKNOWLEDGE_TIMEOUT', `a message was not acknowledged for ${timeoutMs} ms`),
        );
    });
  }

  #intercept<P extends Packet>(packet: P): P {
    const incoming = this.options.interceptors?.incoming;
    if (incoming === undefined) return packet;
    try {
      return (incoming(packet) as P | undefined) ?? packet;
    } catch (error) {
      this.onProblem(error);
      return packet;
    }
  }

  #follow(isFollowed: boolean): void {
    this.recorder.onActivity = isFollowed
      ? (activity) => this.activity.tell({ kind: 'packet', ...activity })
      : undefined;
  }

  #onStatus(status: ClientStatus): void {
    this.activity.tell({ kind: 'status', status });
    try {
      this.options.onStatus?.(status);
    } catch (error) {
      this.onProblem(error);
    }
  }
}

/** A browser's window. */
interface EventSource {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

function randomClientId(): string {
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  const random = Array.from({ length: 14 }, () => letters[Math.floor(Math.random() * letters.length)]);
  return `signalbox${random.join('')}`; // 23 characters, as every server of 3.1.1 takes them
}
