// A client as the standard wants it, over real sockets: it keeps its session through every loss of the connection, comes
// back, and sends again what was not acknowledged. It writes down what it saw; what that means is the judge's business.

import { connect, type Socket } from 'node:net';
import { Connection } from '../../src/mqtt/connection.ts';
import type { ConnectionSink } from '../../src/mqtt/connection-events.ts';
import type { PacketError } from '../../src/mqtt/errors.ts';
import type { ConnackPacket } from '../../src/mqtt/packets/connack.ts';
import type { Packet, PacketInput } from '../../src/mqtt/packets/packet.ts';
import type { PublishPacket } from '../../src/mqtt/packets/publish.ts';
import { ReasonCode } from '../../src/mqtt/reason-codes.ts';
import { Session } from '../../src/mqtt/session.ts';
import type { QoS } from '../../src/mqtt/wire-format.ts';
import type { SubscriptionHistory } from '../support/subscription-history.ts';
import type { Journal, Message } from './journal.ts';
import { Wishes } from './wishes.ts';

export interface DurableClientOptions {
  readonly clientId: string;
  readonly protocolVersion: 4 | 5;
  /** QoS of its subscriptions. */
  readonly qos: QoS;
  /** How many messages it leaves unacknowledged for a moment; 1: none. */
  readonly receiveMaximum: number;
  /** Of its will; undefined: it has none. */
  readonly willQoS?: QoS;
  /** Seconds; 5.0 only. */
  readonly willDelayInterval?: number;
  /** Its session ends with each connection. */
  readonly isPassing?: boolean;
}

export interface ConnectionSpan {
  /** When CONNECT was sent. */
  readonly begunAt: number;
  readonly begunMs: number;
  endedAt: number;
}

export interface World {
  readonly journal: Journal;
  /** Where the broker is, or will be again. */
  readonly port: number;
  /** Whether clients may connect now. */
  readonly isOpen: boolean;
  /** Since when the broker has been there, in the journal's ms; Infinity: it is not. */
  readonly listeningSince: number;
  /** Called when a packet came that the plan may wait for. */
  onProgress(what: 'connect' | 'connack' | 'acknowledged' | 'received'): void;
}

/** Between attempts to connect. */
const RETRY_MS = 8;

/** The broker looks at its clock about once a second. */
const WILL_MARGIN_MS = 1500;

export class DurableClient implements ConnectionSink<Message> {
  readonly options: DurableClientOptions;
  readonly session = new Session<Message>();
  readonly connection: Connection<Message>;
  /** How often each message came, in the order of the first time. */
  readonly received = new Map<string, number>();
  /** Every connection it had, oldest first. */
  readonly connections: ConnectionSpan[] = [];
  /** Which of them brought a message first. */
  readonly broughtBy = new Map<string, number>();
  readonly wishes: Wishes;
  /** Since when the broker has kept the same session for it; Infinity: it may have none. */
  sessionSince = Infinity;
  isAway = true;
  readonly #world: World;
  readonly #backlog: Message[] = [];
  readonly #unacknowledged: number[] = [];
  #socket: Socket | undefined = undefined;
  #hasSession = false;
  #isStartingClean = false;
  #isLeaving = false;
  #wills = 0;
  #will: Message | undefined = undefined;
  #delayedWill: Message | undefined = undefined;
  #willLeftMs = 0;

  constructor(options: DurableClientOptions, world: World) {
    this.options = options;
    this.#world = world;
    this.wishes = new Wishes(world.journal.order, options.qos);
    this.connection = new Connection<Message>({
      role: 'client',
      protocolVersion: options.protocolVersion,
      session: this.session,
      storedPublish: (message) => message.publish,
    });
  }

  get clientId(): string {
    return this.options.clientId;
  }

  get isConnected(): boolean {
    return this.connection.state === 'connected';
  }

  /** Nothing is on its way, and the broker does what it wants. */
  get isIdle(): boolean {
    const isQuiet = this.#backlog.length === 0 && this.session.identifiers.count === 0 && !this.session.hasReceived;
    return isQuiet && this.isConnected && this.wishes.areFulfilled;
  }

  /** Messages given to it that are not settled. */
  get load(): number {
    return this.#backlog.length + this.session.outgoing.count;
  }

  /** From now on it connects whenever it can. */
  come(start: 'resume' | 'clean' = 'resume'): void {
    this.isAway = false;
    if (start === 'clean') this.#isStartingClean = true;
    if (this.#socket === undefined) this.#connect();
  }

  /** Says goodbye, its will is not wanted then, and stays away until it is told to come. */
  leave(): void {
    this.isAway = true;
    if (!this.isConnected) return;
    this.#isLeaving = true;
    this.connection.send({ type: 'disconnect' }, performance.now(), this);
  }

  /** Loses its connection without a word; comes back unless it is to stay away. */
  cut(next: 'return' | 'stay-away' = 'return'): void {
    if (next === 'stay-away') this.isAway = true;
    this.#socket?.destroy();
  }

  publishMessage(message: Message): void {
    this.#backlog.push(message);
    this.#pump();
  }

  subscribeTo(topicFilter: string): void {
    this.#request(this.wishes.want(topicFilter));
  }

  unsubscribeFrom(topicFilter: string): void {
    this.#request(this.wishes.refuse(topicFilter));
  }

  get histories(): ReadonlyMap<string, SubscriptionHistory> {
    return this.wishes.histories;
  }

  // What the connection says

  transmit(start: number, end: number): void {
    this.#socket?.write(Uint8Array.from(this.connection.writer.bytes.subarray(start, end)));
  }

  packet(packet: Packet): void {
    if (packet.type === 'publish') this.#onPublish(packet);
    else if (packet.type === 'connack') this.#onConnack(packet);
    else if (packet.type === 'suback' || packet.type === 'unsuback') this.#onAnswer(packet);
    else if (packet.type === 'pubrel') this.connection.acknowledge(packet.packetIdentifier, performance.now(), this);
    else if (packet.type === 'disconnect') {
      this.#world.journal.note(this.clientId, `DISCONNECT 0x${packet.reasonCode.toString(16)} from the broker`);
    }
  }

  settled(_packetIdentifier: number, reasonCode: number, message: Message | undefined): void {
    if (message === undefined) return;
    const { journal } = this.#world;
    message.reasonCode = reasonCode;
    if (reasonCode < 0x80 || reasonCode === ReasonCode.PacketIdentifierNotFound) journal.onAcknowledged(message);
    else journal.note(this.clientId, `${message.id} refused with 0x${reasonCode.toString(16)}`);
    message.settledAt = journal.order();
    this.#world.onProgress('acknowledged');
    this.#pump();
  }

  handedOver(_packetIdentifier: number, message: Message | undefined): void {
    if (message === undefined) return;
    this.#world.journal.onAcknowledged(message);
    this.#world.onProgress('acknowledged');
  }

  dropped(message: Message): void {
    message.isGivenUp = true;
  }

  close(error: PacketError | undefined): void {
    if (error === undefined) {
      this.#socket?.end();
      return;
    }
    this.#world.journal.surprise(this.clientId, `the broker broke the protocol: ${error.message}`);
    this.#socket?.destroy();
  }

  #connect(): void {
    if (!this.#world.isOpen) {
      setTimeout(() => this.#tryAgain(), RETRY_MS);
      return;
    }
    const socket = connect({ host: '127.0.0.1', port: this.#world.port, noDelay: true });
    this.#socket = socket;
    socket.on('connect', () => this.#onConnect());
    socket.on('data', (bytes) => {
      if (this.#socket === socket) this.connection.receive(bytes, performance.now(), this);
    });
    socket.on('error', () => {}); // what follows is a close
    socket.on('close', () => this.#onClose(socket));
  }

  #tryAgain(): void {
    if (!this.isAway && this.#socket === undefined) this.#connect();
  }

  #onConnect(): void {
    const { clientId, protocolVersion, receiveMaximum, isPassing = false } = this.options;
    const { journal } = this.#world;
    this.connections.push({ begunAt: journal.order(), begunMs: journal.ms, endedAt: Infinity });
    this.#onBack();
    const cleanStart = this.#isStartingClean;
    if (cleanStart) {
      this.#hasSession = false;
      this.sessionSince = Infinity;
      this.wishes.onDoubt();
    }
    this.connection.send(
      {
        type: 'connect',
        clientId,
        cleanStart: cleanStart || isPassing,
        will: this.#nextWill(),
        properties: protocolVersion === 5 ? { sessionExpiryInterval: isPassing ? 0 : 36_000, receiveMaximum } : {},
      },
      performance.now(),
      this,
    );
    this.#world.onProgress('connect');
  }

  #nextWill(): NonNullable<Parameters<typeof this.connection.send>[0] & { type: 'connect' }>['will'] {
    const { clientId, willQoS, willDelayInterval } = this.options;
    if (willQoS === undefined) return undefined;
    this.#wills++;
    const id = `will-${clientId}-${this.#wills}`;
    const topicName = `w/${clientId}`;
    const payload = `${id}|`;
    const publish = { type: 'publish', topicName, payload, qos: willQoS } as const;
    this.#will = this.#world.journal.create({ id, publisher: clientId, isWill: true, expiry: 0, publish });
    return {
      topicName,
      payload,
      qos: willQoS,
      properties: willDelayInterval === undefined ? {} : { willDelayInterval },
    };
  }

  #onClose(socket: Socket): void {
    if (this.#socket !== socket) return;
    const { journal } = this.#world;
    this.#socket = undefined;
    const connection = this.connections.at(-1);
    if (connection !== undefined) connection.endedAt = journal.order();
    this.#onWillLeft();
    this.#isLeaving = false;
    // What was taken is this client's, and is acknowledged for the session's sake although nobody hears it.
    this.#acknowledgeAll();
    this.wishes.onConnectionLost();
    if (this.connection.state !== 'idle') this.connection.end(performance.now(), this);
    if (!this.isAway) setTimeout(() => this.#tryAgain(), RETRY_MS);
  }

  #onWillLeft(): void {
    const will = this.#will;
    if (will === undefined) return;
    if (this.#isLeaving)
      will.isGivenUp = true; // it may come, and need not
    else if (this.options.willDelayInterval !== undefined) this.#delayedWill = will;
    this.#willLeftMs = this.#world.journal.ms;
    will.settledAt = this.#world.journal.order();
    this.#will = undefined;
  }

  /** A will with a delay need not come when the client is back in time; the broker was there all the while, or starts anew. */
  #onBack(): void {
    const will = this.#delayedWill;
    this.#delayedWill = undefined;
    const since = Math.max(this.#willLeftMs, this.#world.listeningSince);
    const isInTime = this.#world.journal.ms - since < (this.options.willDelayInterval ?? 0) * 1000 + WILL_MARGIN_MS;
    if (will !== undefined && isInTime) will.isGivenUp = true;
  }

  #onConnack(connack: ConnackPacket): void {
    const { journal } = this.#world;
    this.#world.onProgress('connack');
    journal.note(
      this.clientId,
      `CONNACK 0x${connack.reasonCode.toString(16)}, session present: ${connack.sessionPresent}`,
    );
    if (connack.reasonCode !== 0) return;
    if (this.#will !== undefined) journal.onAcknowledged(this.#will);
    if (connack.sessionPresent && this.#isStartingClean)
      journal.surprise(this.clientId, 'a clean start found a session');
    if (!connack.sessionPresent) {
      if (this.#hasSession) journal.surprise(this.clientId, 'its session is lost');
      this.wishes.onSessionGone();
      this.sessionSince = Infinity;
    }
    this.#isStartingClean = false;
    this.#hasSession = this.options.isPassing !== true;
    if (this.sessionSince === Infinity) this.sessionSince = journal.order();
    setImmediate(() => {
      if (!this.isConnected) return;
      for (const request of this.wishes.unfulfilled()) this.#request(request);
      this.#pump();
    });
  }

  #onPublish({ payload, packetIdentifier, qos, retain }: PublishPacket): void {
    const text = Buffer.from(payload).toString('latin1');
    const id = text.slice(0, text.indexOf('|'));
    const { journal } = this.#world;
    if (id !== '' && !retain) {
      const times = this.received.get(id) ?? 0;
      this.received.set(id, times + 1);
      if (times === 0) this.broughtBy.set(id, this.connections.length - 1);
      journal.received++;
    }
    if (qos === 0) return;
    this.#unacknowledged.push(packetIdentifier);
    if (this.#unacknowledged.length === 1) setImmediate(() => this.#acknowledgeAll());
    if (this.#unacknowledged.length >= this.options.receiveMaximum) this.#acknowledgeAll();
    this.#world.onProgress('received');
  }

  #acknowledgeAll(): void {
    for (const packetIdentifier of this.#unacknowledged.splice(0)) {
      this.connection.acknowledge(packetIdentifier, performance.now(), this);
    }
  }

  #onAnswer(packet: Packet & { type: 'suback' | 'unsuback' }): void {
    const refused = this.wishes.onAnswer(packet);
    if (refused !== undefined) this.#world.journal.note(this.clientId, refused);
  }

  #request(request: PacketInput): void {
    if (!this.isConnected) return;
    this.wishes.onRequested(request, this.connection.send(request, performance.now(), this));
  }

  #pump(): void {
    while (this.isConnected && this.#backlog.length > 0 && this.connection.vacancy > 0) {
      const message = this.#backlog.shift()!;
      this.connection.send(message.publish, performance.now(), this, message);
    }
  }
}
