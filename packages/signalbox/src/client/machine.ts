// What ties the rooms of a client together: one network connection after another, what is published and what is received,
// what is kept, and who follows it. The program sees only Client.

import type { GrowingBytes } from '../bytes/growing-bytes.ts';
import { ClientConnection } from '../mqtt/client-connection.ts';
import { UsageError } from '../mqtt/errors.ts';
import type { ConnackPacket } from '../mqtt/packets/connack.ts';
import type { ConnectInput } from '../mqtt/packets/connect.ts';
import type { Packet, PacketInput } from '../mqtt/packets/packet.ts';
import type { PublishView } from '../mqtt/publish-view.ts';
import { ReasonCode } from '../mqtt/reason-codes.ts';
import { Session } from '../mqtt/session.ts';
import { QOS_AS_REASON_CODE } from '../mqtt/tolerances.ts';
import { RecentTopicNames } from '../mqtt/topic-names.ts';
import { AcknowledgeWatch } from './acknowledge-watch.ts';
import type { ClientStatistics } from './client.ts';
import { ClientError } from './client-errors.ts';
import type { ClientOptions, Dial, OperationOptions } from './client-options.ts';
import { type ClientClock, SYSTEM_CLOCK } from './clock.ts';
import { Connecting, type ConnectingHost } from './connecting.ts';
import { Deferred } from './deferred.ts';
import { refusal } from './handshake.ts';
import type { Keeping } from './keeping.ts';
import { DEFAULT_CONNECT_TIMEOUT_MS, Lifecycle, type LifecycleHost, publicUrl } from './lifecycle.ts';
import { limited } from './limited.ts';
import { NetworkConnection, type NetworkOwner } from './network-connection.ts';
import { Activity } from './observation/activity.ts';
import { Interception } from './observation/interceptors.ts';
import { PacketRecorder } from './observation/packet-recorder.ts';
import { problemReporter } from './observation/problems.ts';
import type { Publication } from './publishing/publication.ts';
import { Publisher } from './publishing/publisher.ts';
import { Inbox } from './receiving/inbox.ts';
import { SubscriptionDesk } from './receiving/subscription-desk.ts';
import { Subscriptions } from './receiving/subscriptions.ts';
import { type ClientStatus, StatusBoard } from './status.ts';

/** Topics in use at a time, so that each is decoded and matched once. */
const KNOWN_TOPICS = 4_096;
const DEFAULT_IN_FLIGHT = 1_000;
const DEFAULT_LAST_PACKETS = 64;
/** Mosquitto 2.0 counts a QoS 2 message as done before it is: cutting it off for that would help nobody. */
const RECEIVE_MAXIMUM_SLACK = 1_000;

export class ClientMachine implements NetworkOwner, LifecycleHost, ConnectingHost {
  readonly options: ClientOptions;
  readonly dial: Dial;
  readonly clock: ClientClock;
  readonly onProblem: (problem: unknown) => void;
  readonly status: StatusBoard;
  readonly activity: Activity;
  readonly recorder: PacketRecorder;
  readonly interception: Interception;
  readonly network: NetworkConnection;
  readonly connecting: Connecting;
  readonly lifecycle: Lifecycle;
  readonly publisher: Publisher;
  readonly subscriptions: Subscriptions;
  readonly desk: SubscriptionDesk;
  readonly inbox: Inbox;
  /** With a session store only. */
  readonly keeping: Keeping | undefined;
  readonly closed = new Deferred<Error | undefined>();
  isClosing = false;
  /** What was published is not waited for any longer. */
  cutFlush: () => void = () => {};
  onClosed: (error: Error) => void = () => {};
  hasOpenRequests: () => boolean = () => false;
  readonly #watch: AcknowledgeWatch;

  constructor(options: ClientOptions, servers: readonly string[], dial: Dial) {
    this.options = options;
    this.dial = options.dial ?? dial;
    this.clock = options.clock ?? SYSTEM_CLOCK;
    this.onProblem = problemReporter(options.onProblem);
    this.status = new StatusBoard(publicUrl(servers[0]!), (status) => this.#onStatus(status));
    this.recorder = new PacketRecorder(this.clock, options.lastPackets ?? DEFAULT_LAST_PACKETS);
    this.interception = new Interception(options, this.onProblem);
    this.activity = new Activity(options.drive === 'polled', this, (isFollowed) => this.#follow(isFollowed));
    const session = new Session<Publication>();
    this.network = new NetworkConnection((writer) => this.#makeCore(session, writer), this, this);
    this.connecting = new Connecting(this);
    this.lifecycle = new Lifecycle(this, servers);
    this.keeping = options.sessionStore?.keep(session, this);
    this.publisher = new Publisher(this);
    this.subscriptions = new Subscriptions(this);
    this.desk = new SubscriptionDesk(this);
    this.inbox = new Inbox(this, this.subscriptions.wanted, options.unclaimed);
    this.#watch = new AcknowledgeWatch(this);
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

  // What its rooms ask

  now(): number {
    return this.clock.now();
  }

  /** The promise; `giveUp`, which makes it reject, is called with the reason when the options say so first. */
  limited<T>(promise: Promise<T>, options: OperationOptions, giveUp: (reason: unknown) => void): Promise<T> {
    return limited(promise, options, { clock: this.clock, giveUp });
  }

  /** The promise, or a rejection when the options say so first. */
  within<T>(promise: Promise<T>, options: OperationOptions): Promise<T> {
    const outer = new Deferred<T>();
    promise.then(outer.resolve, outer.reject);
    return this.limited(outer.promise, options, outer.reject);
  }

  tooMany(message: string): ClientError {
    return new ClientError('QUEUE_FULL', message);
  }

  /** Nothing may be sent at present, though there may be a connection. */
  get isHalted(): boolean {
    return this.activity.isHalted || !this.connecting.isReady;
  }

  /** Nobody polls: nothing is to be read either. */
  get isStandingStill(): boolean {
    return this.activity.isHalted;
  }

  get awaitsAnswer(): boolean {
    if (!this.connecting.isReady || this.publisher.unsettled > 0) return true;
    return (
      this.subscriptions.isAsking || this.hasOpenRequests() || this.connecting.handshake?.proving?.isAsking === true
    );
  }

  get unansweredSince(): number {
    const { outgoing } = this.network.core.session;
    const [first] = outgoing.count === 0 ? [] : outgoing.slots();
    const oldest = first === undefined ? undefined : outgoing.valueAt(first);
    return Math.min(oldest?.sentAt ?? Infinity, this.subscriptions.unansweredSince);
  }

  onOverdue(error: ClientError): void {
    this.network.destroy(error);
  }

  /** Sends what the program wants to be sent. Throws UsageError, and what an interceptor throws. */
  send(packet: PacketInput): number {
    return this.network.send(this.interception.outgoing(packet));
  }

  readonly intercepted = (connect: ConnectInput): ConnectInput => this.interception.outgoing(connect);

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

  // The life

  async prepare(): Promise<void> {
    const kept = this.keeping?.session;
    if (kept === undefined) return;
    const { waiting, inFlight, clientId } = await kept.open();
    if (clientId !== undefined && !this.options.clientId) this.connecting.clientId = clientId;
    if (this.connecting.clientId !== '') kept.keepClientId(this.connecting.clientId);
    this.publisher.restore(waiting, inFlight);
    this.keeping?.begin();
  }

  onAccepted({ sessionPresent, properties }: ConnackPacket): void {
    if (properties.assignedClientIdentifier !== undefined)
      this.keeping?.session.keepClientId(properties.assignedClientIdentifier);
    this.inbox.connected(sessionPresent);
    if (sessionPresent) return;
    this.subscriptions.repetition.sessionLost();
    this.keeping?.session.forgetAllReceived();
  }

  onReady(): void {
    this.keeping?.releaseAll();
    this.subscriptions.connected();
    this.publisher.connected();
    if (!this.activity.isPolled) this.#watch.start(); // else time goes by while nobody listens
  }

  async finish(error: Error | undefined): Promise<void> {
    this.isClosing = true;
    const reason = this.#endOf(error);
    const inFlight = this.network.core.session.outgoing.entries().map(({ stored }) => stored);
    this.publisher.close(reason, inFlight);
    this.subscriptions.close(reason);
    this.inbox.close();
    this.onClosed(reason);
    await this.keeping?.session.close().catch(this.onProblem);
    this.status.set({ ...this.status.current, state: 'closed', error });
    this.activity.end();
    this.closed.resolve(error);
  }

  /** What promises reject with, whatever it was that ended the client. */
  #endOf(error: Error | undefined): Error {
    if (error === undefined) return new ClientError('CLOSED', 'the client was closed');
    if (error instanceof ClientError || error instanceof UsageError) return error;
    return new ClientError(this.status.hasConnected ? 'CONNECTION_LOST' : 'CONNECT_FAILED', error.message, error);
  }

  // What the network tells

  onPacket(received: Packet): void {
    const packet = this.interception.incoming(received);
    switch (packet.type) {
      case 'connack':
        this.connecting.onConnack(packet);
        break;
      case 'suback':
      case 'unsuback':
        this.subscriptions.onAnswer(packet);
        break;
      case 'auth':
        this.connecting.handshake?.onAuth(packet);
        break;
      case 'disconnect':
        this.network.destroy(
          packet.reasonCode === ReasonCode.SessionTakenOver
            ? new ClientError('SESSION_TAKEN_OVER', `another client connected as '${this.connecting.clientId}'`)
            : refusal('staying connected', packet),
        );
        break;
      default: // acknowledgements and pings say what they have to say to the core
    }
  }

  onPublish(view: PublishView): void {
    if (this.interception.leavesIncoming) this.inbox.onPublish(view);
    else this.inbox.onPublish(view, this.interception.incoming(view.toPacket()));
  }

  onReleased(packetIdentifier: number): void {
    if (this.keeping === undefined) this.network.acknowledge(packetIdentifier, undefined);
    else this.keeping.completed(packetIdentifier);
  }

  /** The server has a QoS 2 message; without a store the core sends PUBREL by itself. */
  onHandedOver(publication: Publication, reasonCode: number): void {
    publication.reasonCode = reasonCode;
    publication.stage = 'handed-over';
    this.keeping?.handedOver(publication);
  }

  onEnd(error: Error | undefined): void {
    this.#watch.stop();
    this.subscriptions.disconnected();
    this.connecting.onEnd(error);
  }

  #makeCore(session: Session<Publication>, writer: GrowingBytes): ClientConnection<Publication> {
    const { options } = this;
    const { topicAliases = 'off' } = options;
    return new ClientConnection<Publication>({
      session,
      writer,
      names: new RecentTopicNames(KNOWN_TOPICS),
      automaticRelease: options.sessionStore === undefined,
      mapTopicAliases: topicAliases === 'map',
      replaceTopicAliases: topicAliases === 'replace',
      connectTimeoutMs: options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
      tolerances: QOS_AS_REASON_CODE,
      maximumInFlight: options.maximumInFlight ?? DEFAULT_IN_FLIGHT,
      maximumPacketSize: options.properties?.maximumPacketSize,
      resendIntervalMs: options.resendIntervalMs,
      receiveMaximumSlack: RECEIVE_MAXIMUM_SLACK,
      storedPublish: (publication) => {
        publication.sentAt = this.now();
        return publication.packetAgain(publication.sentAt);
      },
    });
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
