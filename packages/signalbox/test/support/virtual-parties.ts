// A client and a server over a virtual link, each with an owner that behaves: it accepts messages after a while, keeps
// what has no room in a backlog, acknowledges what it accepted also when the network is gone, and writes down everything
// that happens. The server makes a new Connection for each network connection, as brokers do; the client reuses its one.

import { Connection } from '../../src/mqtt/connection.ts';
import type { ConnectionSink } from '../../src/mqtt/connection-events.ts';
import type { ConnectionOptions } from '../../src/mqtt/connection-options.ts';
import type { PacketError } from '../../src/mqtt/errors.ts';
import type { ConnectPacket } from '../../src/mqtt/packets/connect.ts';
import { type Packet, writePacketTo } from '../../src/mqtt/packets/packet.ts';
import type { PublishInput, PublishPacket } from '../../src/mqtt/packets/publish.ts';
import { Session } from '../../src/mqtt/session.ts';
import type { ProtocolVersion, QoS } from '../../src/mqtt/wire-format.ts';
import { type VirtualClock, VirtualLink, type VirtualLinkEnd, type VirtualLinkOptions } from './virtual-link.ts';

export interface PartyOptions {
  readonly protocolVersion: ProtocolVersion;
  /** What this party announces; 5.0 only. */
  readonly receiveMaximum: number;
  /** How long the owner takes to accept the next message. 0: at once. */
  readonly acceptMs: () => number;
  /** The server writes its PUBLISH packets itself, in the hot lane. */
  readonly admits: boolean;
  readonly connection?: Partial<ConnectionOptions<PublishInput>>;
}

abstract class Party {
  connection!: Connection;
  session = new Session();
  /** The connection which has the session now, or had it last. */
  protected serving: Connection | undefined;
  /** Counts the sessions, so that an owner does not acknowledge into another one. */
  sessions = 0;
  /** Payloads in the order they were handed over, by QoS. */
  readonly delivered: [string[], string[], string[]] = [[], [], []];
  /** The same of QoS 1 and 2 together. */
  readonly deliveredInOrder: string[] = [];
  readonly dropped: string[] = [];
  readonly settledPayloads: string[] = [];
  readonly errors: PacketError[] = [];
  readonly backlog: PublishInput[] = [];
  protected end: VirtualLinkEnd | undefined;
  protected link: VirtualLink | undefined;
  readonly clock: VirtualClock;
  readonly options: PartyOptions;

  constructor(clock: VirtualClock, options: PartyOptions) {
    this.clock = clock;
    this.options = options;
  }

  // What the connection says

  protected transmit(start: number, end: number): void {
    this.end?.send(this.connection.writer.bytes.subarray(start, end));
  }

  protected receive(packet: Packet): void {
    if (packet.type === 'publish') this.#onPublish(packet);
    else if (packet.type === 'pubrel') this.#accept(packet.packetIdentifier, 'network connection');
    else this.onPacket(packet);
  }

  protected onSettled(stored: PublishInput | undefined): void {
    this.settledPayloads.push(String(stored?.payload));
    this.pump();
  }

  protected onDropped(stored: PublishInput): void {
    this.dropped.push(String(stored.payload));
  }

  protected onClose(error: PacketError | undefined): void {
    if (error !== undefined) this.errors.push(error);
    this.link?.cut();
  }

  // What the owner does

  publish(payload: string, qos: QoS): void {
    this.backlog.push({ type: 'publish', topicName: `t/${payload.length}`, payload, qos });
    this.pump();
  }

  pump(): void {
    for (let next = this.backlog[0]; next !== undefined && this.canSend(next); next = this.backlog[0]) {
      this.backlog.shift();
      if (this.options.admits && next.qos !== 0 && this.connection.state === 'connected') this.#admit(next);
      else this.connection.send(next, this.clock.now, this.sink);
    }
  }

  get sink(): ConnectionSink<PublishInput> {
    return {
      transmit: (start, end) => this.transmit(start, end),
      packet: (packet) => this.receive(packet),
      settled: (_packetIdentifier, _reasonCode, stored) => this.onSettled(stored),
      dropped: (stored) => this.onDropped(stored),
      close: (error) => this.onClose(error),
    };
  }

  protected use(link: VirtualLink, end: VirtualLinkEnd): void {
    this.link = link;
    this.end = end;
    const { connection } = this;
    end.onBytes = (bytes) => connection.receive(bytes, this.clock.now, this.sink);
    end.onCut = () => {
      this.end = undefined;
      connection.end(this.clock.now, this.sink);
    };
  }

  protected canSend(publish: PublishInput): boolean {
    if (this.connection.state !== 'connected') return false;
    return publish.qos === 0 || this.connection.vacancy > 0;
  }

  protected onPacket(_packet: Packet): void {}

  #admit(publish: PublishInput): void {
    const { connection } = this;
    const packetIdentifier = connection.admit(publish.qos ?? 0, publish, 0);
    if (packetIdentifier === 0) throw new Error('no vacancy');
    const format = {
      protocolVersion: connection.protocolVersion,
      packetIdentifierSize: connection.packetIdentifierSize,
    };
    const start = connection.writer.length;
    writePacketTo(connection.writer, { ...publish, packetIdentifier }, format);
    this.transmit(start, connection.writer.length);
  }

  #onPublish({ payload, qos, packetIdentifier }: PublishPacket): void {
    const text = String.fromCharCode(...payload);
    this.delivered[qos].push(text);
    if (qos > 0) this.deliveredInOrder.push(text);
    if (qos > 0) this.#accept(packetIdentifier, qos === 1 ? 'network connection' : 'session');
  }

  /** QoS 2 messages are acknowledged as long as their session lasts, everything else as long as the connection does. */
  #accept(packetIdentifier: number, during: 'session' | 'network connection'): void {
    const { link, sessions } = this;
    const delay = this.options.acceptMs();
    const accept = (): void => {
      const isSame = during === 'session' ? sessions === this.sessions : link === this.link && link?.isCut === false;
      if (!isSame) return;
      this.serving!.acknowledge(packetIdentifier, this.clock.now, this.sink);
    };
    if (delay === 0) accept();
    else this.clock.schedule(this.clock.now + delay, accept);
  }
}

export class ClientParty extends Party {
  /** CONNACK has arrived. */
  onConnected: () => void = () => {};

  constructor(clock: VirtualClock, options: PartyOptions) {
    super(clock, options);
    const { protocolVersion } = options;
    this.connection = new Connection({
      role: 'client',
      protocolVersion,
      session: this.session,
      offlinePublish: true,
      ...options.connection,
    });
    this.serving = this.connection;
  }

  connect(link: VirtualLink): void {
    this.use(link, link.client);
    const { receiveMaximum, protocolVersion } = this.options;
    const properties =
      protocolVersion === 5 ? { receiveMaximum, sessionExpiryInterval: 1000, topicAliasMaximum: 3 } : {};
    this.connection.send({ type: 'connect', clientId: 'c', cleanStart: false, properties }, this.clock.now, this.sink);
  }

  /** QoS 1 and 2 are queued in the session while there is no connection. */
  protected override canSend(publish: PublishInput): boolean {
    if (this.connection.state === 'connected') return super.canSend(publish);
    return publish.qos !== 0;
  }

  protected override onPacket(packet: Packet): void {
    if (packet.type !== 'connack') return;
    if (!packet.sessionPresent) this.sessions++;
    this.onConnected();
    this.clock.schedule(this.clock.now, () => this.pump());
  }
}

export class ServerParty extends Party {
  /**
   * A CONNECT finds no session until the client has been told so. If that news were lost, the client would take the next
   * session for the one it knows, and nothing in MQTT could keep it from sending a message twice.
   */
  losesSession = true;

  accept(link: VirtualLink): void {
    this.connection = new Connection({ role: 'server', ...this.options.connection });
    this.use(link, link.server);
  }

  protected override onPacket(packet: Packet): void {
    if (packet.type === 'connect') this.#onConnect(packet);
  }

  #onConnect(packet: ConnectPacket): void {
    const sessionPresent = !this.losesSession;
    if (!sessionPresent) {
      for (const { stored } of this.session.outgoing.entries()) if (stored !== undefined) this.onDropped(stored);
      this.session = new Session();
      this.sessions++;
    }
    const { receiveMaximum } = this.options;
    const properties = packet.protocolVersion === 5 ? { receiveMaximum, topicAliasMaximum: 3 } : {};
    this.connection.attach(this.session);
    this.serving = this.connection;
    this.connection.send({ type: 'connack', sessionPresent, properties }, this.clock.now, this.sink);
    this.pump();
  }

  /** The server holds nothing for a client it does not know. */
  protected override canSend(publish: PublishInput): boolean {
    return this.connection !== undefined && super.canSend(publish);
  }
}

/** Both parties on a new link. */
export function join(client: ClientParty, server: ServerParty, options: VirtualLinkOptions = {}): VirtualLink {
  const link = new VirtualLink(client.clock, options);
  client.onConnected = () => {
    server.losesSession = false;
  };
  server.accept(link);
  client.connect(link);
  return link;
}
