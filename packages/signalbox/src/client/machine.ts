// What ties the rooms of a client together: one network connection after another, what is published and what is received,
// what is kept, and who follows it. The program sees only Client.

import { UsageError } from '../mqtt/errors.ts';
import { ListeningSession } from '../mqtt/listening-session.ts';
import type { ConnackPacket } from '../mqtt/packets/connack.ts';
import type { Packet, PacketInput } from '../mqtt/packets/packet.ts';
import type { PublishInput } from '../mqtt/packets/publish.ts';
import type { PublishView } from '../mqtt/publish-view.ts';
import { ReasonCode } from '../mqtt/reason-codes.ts';
import { AcknowledgeWatch } from './acknowledge-watch.ts';
import { makeCore } from './client-core.ts';
import { ClientError } from './client-errors.ts';
import type { ClientOptions, Dial, OperationOptions } from './client-options.ts';
import { type ClientClock, SYSTEM_CLOCK } from './clock.ts';
import { Connecting, type ConnectingHost } from './connecting.ts';
import { Deferred } from './deferred.ts';
import { refusal } from './handshake.ts';
import type { Keeping } from './keeping.ts';
import { Lifecycle, type LifecycleHost, publicUrl } from './lifecycle.ts';
import { limited } from './limited.ts';
import { NetworkConnection, type NetworkOwner } from './network-connection.ts';
import type { Observation } from './observation/observation.ts';
import { problemReporter } from './observation/problems.ts';
import { openAll, openForOptions, openObservation, openPublishing } from './opening.ts';
import type { OperationChecks } from './operation-check.ts';
import { EarlyMessages } from './publishing/early-messages.ts';
import type { Publication } from './publishing/publication.ts';
import type { Publisher } from './publishing/publisher.ts';
import { Inbox } from './receiving/inbox.ts';
import { SubscriptionDesk } from './receiving/subscription-desk.ts';
import { Subscriptions } from './receiving/subscriptions.ts';
import type { Rooms } from './rooms.ts';
import type { ClientStatus } from './status.ts';
import { StatusBoard } from './status-board.ts';

/** What is not the same in Node and in a page. */
export interface Platform {
  readonly dial: Dial;
  readonly rooms: Rooms;
  /** Throws UsageError for options that are none. Not there in a page built for production. */
  readonly check: (options: ClientOptions) => void;
  /** The same for what its calls are given. */
  readonly checks: OperationChecks;
}

export class ClientMachine implements NetworkOwner, LifecycleHost, ConnectingHost {
  readonly options: ClientOptions;
  readonly dial: Dial;
  readonly clock: ClientClock;
  readonly onProblem: (problem: unknown) => void;
  readonly status: StatusBoard<ClientStatus>;
  readonly network: NetworkConnection;
  readonly connecting: Connecting;
  readonly lifecycle: Lifecycle;
  /** Messages that came before the publisher. */
  readonly early: EarlyMessages;
  readonly subscriptions: Subscriptions;
  readonly desk: SubscriptionDesk;
  readonly inbox: Inbox;
  readonly rooms: Rooms;
  readonly checks: OperationChecks;
  // What a page loads when it is asked for; in Node it is there from the beginning.
  publisher: Publisher | undefined;
  observation: Observation | undefined;
  /** With a session store only. */
  keeping: Keeping | undefined;
  readonly closed = new Deferred<Error | undefined>();
  isClosing = false;
  poisoned = 0;
  /** What was published is not waited for any longer. */
  cutFlush: () => void = () => {};
  onClosed: (error: Error) => void = () => {};
  hasOpenRequests: () => boolean = () => false;
  readonly #watch: AcknowledgeWatch;

  constructor(options: ClientOptions, servers: readonly string[], { dial, rooms, checks }: Platform) {
    this.options = options;
    this.rooms = rooms;
    this.checks = checks;
    this.dial = options.dial ?? dial;
    this.clock = options.clock ?? SYSTEM_CLOCK;
    this.onProblem = problemReporter(options.onProblem);
    const url = publicUrl(servers[0]!);
    this.status = new StatusBoard<ClientStatus>({ state: 'connecting', url, attempt: 0 }, (status) =>
      this.#onStatus(status),
    );
    const session = new ListeningSession<Publication>();
    this.network = new NetworkConnection((writer) => makeCore(this, session, writer), this, this.clock);
    this.connecting = new Connecting(this);
    this.lifecycle = new Lifecycle(this, servers);
    this.early = new EarlyMessages(this);
    this.subscriptions = new Subscriptions(this);
    this.desk = new SubscriptionDesk(this);
    this.inbox = new Inbox(this, this.subscriptions.wanted);
    this.#watch = new AcknowledgeWatch(this);
    if (rooms.areAtHand) openAll(this);
  }

  // What its rooms ask

  now(): number {
    return this.clock.now();
  }

  /** The promise; `giveUp`, which makes it reject, is called with the reason when the options say so first. */
  limited<T>(promise: Promise<T>, options: OperationOptions, giveUp: (reason: unknown) => void): Promise<T> {
    const tooLate = (message: string): Error => new ClientError('TIMEOUT', message);
    return limited(promise, options, { clock: this.clock, giveUp, tooLate });
  }

  /** The promise, or a rejection when the options say so first. */
  within<T>(promise: Promise<T>, options: OperationOptions): Promise<T> {
    const outer = new Deferred<T>();
    promise.then(outer.resolve, outer.reject);
    return this.limited(outer.promise, options, outer.reject);
  }

  /** Nothing may be sent at present, though there may be a connection. */
  get isHalted(): boolean {
    return this.isStandingStill || !this.connecting.isReady;
  }

  /** Nobody polls: nothing is to be read either. */
  get isStandingStill(): boolean {
    return this.observation?.activity.isHalted === true;
  }

  permission(): Promise<void> | undefined {
    return this.observation?.activity.permission();
  }

  get awaitsAnswer(): boolean {
    if (!this.connecting.isReady || (this.publisher?.unsettled ?? this.early.count) > 0) return true;
    return (
      this.subscriptions.isAsking || this.hasOpenRequests() || this.connecting.handshake?.proving?.isAsking === true
    );
  }

  /** Sends what the program wants to be sent. Throws UsageError, and what an interceptor throws. */
  send(packet: PacketInput): number {
    return this.network.send(this.intercepted(packet));
  }

  readonly intercepted = <P extends PacketInput>(packet: P): P =>
    this.observation?.interception.outgoing(packet) ?? packet;

  /** A PUBLISH is sent as the program gave it. */
  get leavesPublish(): boolean {
    return this.observation?.interception.leavesPublish !== false;
  }

  /** A PUBLISH as interceptors want it. Throws what they throw. */
  outgoing(packet: PublishInput): PublishInput {
    return this.observation?.interception.publish(packet, this.connecting.protocolVersion) ?? packet;
  }

  /** Resolves when everything published so far is settled, well or not. */
  settledAll(): Promise<void> {
    return (this.publisher ?? this.early).settledAll();
  }

  /** So many messages are unacknowledged for good that the server would send no more: it is to send them again. */
  onExhausted(): void {
    this.network.destroy(
      new ClientError('CONNECTION_LOST', 'half of what the server may send is unacknowledged for good'),
    );
  }

  // The life

  async openPublishing(): Promise<void> {
    await openPublishing(this);
  }

  async openObservation(): Promise<Observation> {
    await openObservation(this);
    return this.observation!;
  }

  open(): Promise<void> | undefined {
    return this.rooms.areAtHand ? undefined : openForOptions(this);
  }

  async prepare(): Promise<void> {
    const kept = this.keeping?.session;
    if (kept === undefined) return;
    const { waiting, inFlight, clientId } = await kept.open();
    if (clientId !== undefined && !this.options.clientId) this.connecting.clientId = clientId;
    if (this.connecting.clientId !== '') kept.keepClientId(this.connecting.clientId);
    this.publisher!.restore(waiting, inFlight);
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
    this.publisher?.connected();
    this.early.load();
    if (this.options.drive !== 'polled') this.#watch.start(); // else time goes by while nobody listens
  }

  async finish(error: Error | undefined): Promise<void> {
    this.isClosing = true;
    const reason = this.#endOf(error);
    const inFlight = this.network.core.session.outgoing.entries().map(({ stored }) => stored);
    this.publisher?.close(reason, inFlight);
    this.early.close(reason);
    this.subscriptions.close(reason);
    this.inbox.unclaimed?.close();
    this.onClosed(reason);
    await this.keeping?.session.close().catch(this.onProblem);
    this.status.set({ ...this.status.current, state: 'closed', error });
    this.observation?.activity.end();
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
    const packet = this.observation?.interception.incoming(received) ?? received;
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
    const interception = this.observation?.interception;
    if (interception?.leavesIncoming !== false) this.inbox.onPublish(view);
    else this.inbox.onPublish(view, interception.incoming(view.toPacket()));
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
    if (this.connecting.isReady && !this.subscriptions.isAsking) this.publisher?.disconnected(error);
    this.subscriptions.disconnected();
    this.connecting.onEnd(error);
  }

  #onStatus(status: ClientStatus): void {
    this.observation?.activity.tell({ kind: 'status', status });
    try {
      this.options.onStatus?.(status);
    } catch (error) {
      this.onProblem(error);
    }
  }
}
