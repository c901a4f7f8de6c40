// A client of a broker over virtual links: the pure core with its session, which it resumes on each link, a backlog for
// what has no vacancy, and a record of everything that happens. It wants its subscriptions until the broker has them.

import { Connection } from '../../src/mqtt/connection.ts';
import type { ConnectionSink } from '../../src/mqtt/connection-events.ts';
import type { PacketError } from '../../src/mqtt/errors.ts';
import type { ConnackPacket } from '../../src/mqtt/packets/connack.ts';
import type { WillInput } from '../../src/mqtt/packets/connect.ts';
import type { Packet, PacketInput } from '../../src/mqtt/packets/packet.ts';
import type { PublishInput, PublishPacket } from '../../src/mqtt/packets/publish.ts';
import { Session } from '../../src/mqtt/session.ts';
import type { QoS } from '../../src/mqtt/wire-format.ts';
import { SubscriptionHistories } from './subscription-histories.ts';
import type { SubscriptionHistory } from './subscription-history.ts';
import type { VirtualTransport } from './virtual-transport.ts';

export interface VirtualClientOptions {
  readonly clientId: string;
  readonly protocolVersion: 4 | 5;
  /** Whether its session outlives its connections. */
  readonly isPersistent: boolean;
  /** QoS of its subscriptions. Default 2. */
  readonly qos?: QoS;
  /** Of 5.0. Default 20. */
  readonly receiveMaximum?: number;
  readonly topicAliasMaximum?: number;
  /** Of the next connection. Default: it has none. */
  readonly will?: () => WillInput;
  /** Rises whenever it is asked: the order of things, for the history of subscriptions. */
  readonly order: () => number;
}

/** A message as it was published, and what became of it at its publisher. */
export interface Published {
  readonly publisher: VirtualClient;
  readonly payload: string;
  readonly topicName: string;
  readonly qos: QoS;
  readonly calledAt: number;
  settledAt: number;
  /** −1: not settled. */
  reasonCode: number;
  isGivenUp: boolean;
}

export interface Received {
  readonly payload: string;
  readonly topicName: string;
  readonly qos: QoS;
  readonly duplicate: boolean;
}

interface Request {
  readonly type: 'subscribe' | 'unsubscribe';
  readonly topicFilter: string;
}

export class VirtualClient implements ConnectionSink<PublishInput> {
  readonly options: VirtualClientOptions;
  readonly qos: QoS;
  readonly session = new Session();
  readonly connection: Connection;
  readonly published: Published[] = [];
  readonly received: Received[] = [];
  readonly histories = new SubscriptionHistories();
  readonly errors: PacketError[] = [];
  /** Reason codes of DISCONNECT from the broker. */
  readonly disconnects: number[] = [];
  readonly connacks: ConnackPacket[] = [];
  /** How often a session was gone which the broker had promised to keep. */
  lostSessions = 0;
  /** Since when the broker has kept the same session for it; Infinity: it may have none now. */
  sessionSince = Infinity;
  readonly #backlog: PublishInput[] = [];
  readonly #requests = new Map<number, Request>();
  readonly #byPayload = new Map<string, Published>();
  #transport: VirtualTransport | undefined = undefined;
  #hasSession = false;
  #isStartingClean = false;
  /** Whether the session is to outlive the present connection. */
  #isKept = false;

  constructor(options: VirtualClientOptions) {
    this.options = options;
    this.qos = options.qos ?? 2;
    const { protocolVersion } = options;
    this.connection = new Connection({
      role: 'client',
      protocolVersion,
      session: this.session,
      automaticAcknowledge: true,
    });
  }

  get clientId(): string {
    return this.options.clientId;
  }

  get isConnected(): boolean {
    return this.connection.state === 'connected';
  }

  get hasLink(): boolean {
    return this.#transport !== undefined;
  }

  /** What is on its way or waits. */
  get isIdle(): boolean {
    return this.#backlog.length === 0 && this.session.identifiers.count === 0 && !this.session.hasReceived;
  }

  connect(transport: VirtualTransport, start: 'clean' | 'resume'): void {
    const { clientId, protocolVersion, isPersistent, receiveMaximum = 20, topicAliasMaximum = 0 } = this.options;
    this.#transport = transport;
    transport.start({
      onBytes: (bytes) => {
        if (this.#transport === transport) this.connection.receive(bytes, 0, this);
      },
      onDrain: () => {},
      onClose: () => this.#onClose(transport),
    });
    const sessionExpiryInterval = isPersistent ? 3600 : 0;
    // Until its CONNACK is here a clean start has to be asked for again: the client has forgotten, the broker perhaps not.
    this.#isStartingClean ||= start === 'clean' || !isPersistent;
    const isClean = this.#isStartingClean;
    this.#isKept = isPersistent && !(isClean && protocolVersion === 4); // Clean Session of 3.1.1 ends with the connection
    if (isClean) this.#onSessionInDoubt();
    this.connection.send(
      {
        type: 'connect',
        clientId,
        cleanStart: isClean,
        will: this.options.will?.(),
        properties: protocolVersion === 5 ? { sessionExpiryInterval, receiveMaximum, topicAliasMaximum } : {},
      },
      0,
      this,
    );
  }

  /** For the client the connection is gone, whatever the broker still believes. */
  abandon(): void {
    if (this.#transport !== undefined) this.#onClose(this.#transport);
  }

  disconnect(): void {
    if (this.isConnected) this.connection.send({ type: 'disconnect' }, 0, this);
  }

  /** Publishes now or when there is room. Not called `publish`: the connection would take that for its hot lane. */
  send(
    topicName: string,
    payload: string,
    qos: QoS,
    more: Pick<PublishInput, 'properties' | 'retain'> = {},
  ): Published {
    const calledAt = this.options.order();
    const published: Published = {
      publisher: this,
      payload,
      topicName,
      qos,
      calledAt,
      settledAt: Infinity,
      reasonCode: -1,
      isGivenUp: false,
    };
    this.published.push(published);
    this.#byPayload.set(payload, published);
    this.#backlog.push({ type: 'publish', topicName, payload, qos, ...more });
    this.#pump();
    return published;
  }

  subscribe(topicFilter: string): void {
    this.history(topicFilter).isWanted = true;
    this.#request({ type: 'subscribe', topicFilter });
  }

  unsubscribe(topicFilter: string): void {
    this.history(topicFilter).isWanted = false;
    this.#request({ type: 'unsubscribe', topicFilter });
  }

  history(topicFilter: string): SubscriptionHistory {
    return this.histories.of(topicFilter);
  }

  /** Whether one of its subscriptions, shared ones or others, had to match the message. */
  mustMatch({ topicName, calledAt, settledAt }: Published, kind: 'own' | 'shared'): boolean {
    return this.histories.matching(topicName, kind).some((history) => history.isSure(calledAt, settledAt));
  }

  mayMatch({ topicName, calledAt, settledAt }: Published, kind: 'own' | 'shared'): boolean {
    return this.histories.matching(topicName, kind).some((history) => history.isPossible(calledAt, settledAt));
  }

  // What the connection says

  transmit(start: number, end: number): void {
    this.#transport?.write(this.connection.writer.bytes.subarray(start, end));
  }

  packet(packet: Packet): void {
    if (packet.type === 'publish') this.#onPublish(packet);
    else if (packet.type === 'connack') this.#onConnack(packet);
    else if (packet.type === 'suback' || packet.type === 'unsuback') this.#onAnswer(packet.packetIdentifier);
    else if (packet.type === 'disconnect') this.disconnects.push(packet.reasonCode);
  }

  settled(_packetIdentifier: number, reasonCode: number, stored: PublishInput | undefined): void {
    const published = this.#byPayload.get(String(stored?.payload))!;
    published.settledAt = this.options.order();
    published.reasonCode = reasonCode;
    this.#pump();
  }

  dropped(stored: PublishInput): void {
    this.#byPayload.get(String(stored.payload))!.isGivenUp = true;
  }

  close(error: PacketError | undefined): void {
    if (error !== undefined) this.errors.push(error);
    this.#transport?.end();
  }

  #onClose(transport: VirtualTransport): void {
    if (this.#transport !== transport) return;
    this.#transport = undefined;
    this.#requests.clear();
    if (!this.#isKept) this.#onSessionInDoubt();
    this.connection.end(0, this);
  }

  #onSessionInDoubt(): void {
    this.#hasSession = false;
    this.sessionSince = Infinity;
    for (const [, history] of this.histories) history.onDoubt(this.options.order());
  }

  #onConnack(connack: ConnackPacket): void {
    this.connacks.push(connack);
    if (connack.reasonCode !== 0) return;
    this.#isStartingClean = false;
    if (!connack.sessionPresent) {
      if (this.#hasSession) this.lostSessions++;
      for (const [, history] of this.histories) history.onGone(this.options.order());
    }
    this.#hasSession = this.#isKept;
    if (this.sessionSince === Infinity) this.sessionSince = this.options.order();
    // In a call of its own, as owners do: nothing is sent from within the handling of CONNACK.
    const transport = this.#transport!;
    transport.link.clock.schedule(transport.link.clock.now, () => {
      if (this.#transport === transport) this.#goOn();
    });
  }

  #goOn(): void {
    for (const [topicFilter, history] of this.histories) {
      if (!history.isAsWanted) this.#request({ type: history.isWanted ? 'subscribe' : 'unsubscribe', topicFilter });
    }
    this.#pump();
  }

  #onPublish({ topicName, payload, qos, duplicate }: PublishPacket): void {
    this.received.push({ topicName, payload: String.fromCharCode(...payload), qos, duplicate });
  }

  #request(request: Request): void {
    const { type, topicFilter } = request;
    const history = this.history(topicFilter);
    if (type === 'unsubscribe') history.onUnsubscribe(this.options.order());
    if (!this.isConnected) return;
    if (type === 'subscribe') history.onSubscribe(this.options.order());
    const packet: PacketInput =
      type === 'subscribe'
        ? { type, subscriptions: [{ topicFilter, qos: this.qos }] }
        : { type, topicFilters: [topicFilter] };
    this.#requests.set(this.connection.send(packet, 0, this), request);
  }

  #onAnswer(packetIdentifier: number): void {
    const { type, topicFilter } = this.#requests.get(packetIdentifier)!;
    this.#requests.delete(packetIdentifier);
    for (const { topicFilter: other } of this.#requests.values()) if (other === topicFilter) return; // the last one tells
    const history = this.history(topicFilter);
    if (type === 'subscribe') history.onSuback(this.options.order());
    else history.onUnsuback(this.options.order());
  }

  #pump(): void {
    const { connection } = this;
    for (let next = this.#backlog[0]; next !== undefined && this.isConnected; next = this.#backlog[0]) {
      if (next.qos !== 0 && connection.vacancy === 0) return;
      this.#backlog.shift();
      connection.send(next, 0, this);
    }
  }
}
