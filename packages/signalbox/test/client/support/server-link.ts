// One network connection as a scripted server sees it: the pure core in the role of the server, a record of what the client
// sent, and everything a test wants to do to the client.

import { Connection } from '../../../src/mqtt/connection.ts';
import type { ConnectionSink } from '../../../src/mqtt/connection-events.ts';
import type { PacketError } from '../../../src/mqtt/errors.ts';
import type { ConnectPacket } from '../../../src/mqtt/packets/connect.ts';
import type { Packet, PacketInput, PacketType } from '../../../src/mqtt/packets/packet.ts';
import type { PublishInput, PublishPacket } from '../../../src/mqtt/packets/publish.ts';
import type { DisconnectProperties } from '../../../src/mqtt/properties.ts';
import { Received } from '../../../src/mqtt/received-identifiers.ts';
import { FirstBytes } from './first-bytes.ts';
import { LinkTransport } from './link-transport.ts';
import type { ServerScript } from './server-script.ts';
import type { Stage } from './stage.ts';

export class ServerLink implements ConnectionSink<PublishInput> {
  readonly url: string;
  readonly transport: LinkTransport;
  readonly core: Connection;
  /** Every packet of the client but pings and duplicates of QoS 2, in order. */
  readonly packets: Packet[] = [];
  readonly pings: number[] = [];
  /** The first byte of every packet of the client. */
  readonly firstBytes = new FirstBytes();
  /** Why the core of the server was not pleased with the client. */
  error: PacketError | undefined;
  /** Identifiers of messages of the server that are settled. */
  readonly settledIdentifiers: number[] = [];
  readonly settledCodes: number[] = [];
  isGone = false;
  /** The server has decided to end it: it reads no more. */
  isEnding = false;
  readonly #stage: Stage;
  #outgoing: Uint8Array[] = [];
  #heldBack: (() => void)[] = [];

  constructor(stage: Stage, url: string) {
    const { clock, script } = stage;
    this.#stage = stage;
    this.url = url;
    this.transport = new LinkTransport(
      clock,
      (bytes) => this.#receive(bytes),
      () => this.#ended(),
    );
    this.core = new Connection({ role: 'server', protocolVersion: script.onlyVersion, automaticPingResponse: false });
  }

  get script(): ServerScript {
    return this.#stage.script;
  }

  get connect(): ConnectPacket {
    return this.of('connect')[0]!;
  }

  of<T extends PacketType>(type: T): Extract<Packet, { type: T }>[] {
    return this.packets.filter((packet): packet is Extract<Packet, { type: T }> => packet.type === type);
  }

  /** Payloads of the messages that came, as text. */
  get messages(): string[] {
    return this.of('publish').map(textOf);
  }

  get topicFilters(): string[][] {
    return this.of('subscribe').map(({ subscriptions }) => subscriptions.map(({ topicFilter }) => topicFilter));
  }

  send(packet: PacketInput): number {
    return this.core.send(packet, this.#stage.clock.now(), this);
  }

  /** A message to the client. Not called `publish`: the core would take that for its hot lane. */
  post(topicName: string, payload: string, more: Partial<PublishInput> = {}): number {
    return this.send({ type: 'publish', topicName, payload, ...more });
  }

  raw(bytes: Uint8Array): void {
    this.transport.deliver(bytes);
  }

  disconnect(reasonCode: number, properties: Partial<DisconnectProperties> = {}): void {
    this.send({ type: 'disconnect', reasonCode, properties });
  }

  cut(): void {
    this.transport.fail(new Error('the network failed'));
  }

  /** How many answers are held back. */
  get heldBack(): number {
    return this.#heldBack.length;
  }

  /** Gives the first answers that were held back. */
  answer(count = Infinity): void {
    for (const give of this.#heldBack.splice(0, count)) give();
  }

  // What the core says

  transmit(start: number, end: number): void {
    if (this.#outgoing.length === 0) this.#stage.clock.soon(() => this.#flush());
    this.#outgoing.push(this.core.writer.bytes.slice(start, end));
  }

  packet(packet: Packet): void {
    const own = packet.type === 'publish' ? { ...packet, payload: new Uint8Array(packet.payload) } : packet;
    if (own.type === 'pingreq') {
      this.pings.push(this.#stage.clock.now());
      if (!this.script.holds.has('pingresp')) this.send({ type: 'pingresp' });
      return;
    }
    this.packets.push(own);
    if (own.type === 'connect') this.#onConnect(own);
    else this.#onRequest(own);
  }

  settled(packetIdentifier: number, reasonCode: number): void {
    this.settledIdentifiers.push(packetIdentifier);
    this.settledCodes.push(reasonCode);
  }

  close(error: PacketError | undefined): void {
    this.error ??= error;
    this.#stage.clock.soon(() => this.transport.closeByPeer()); // after what was transmitted
  }

  #onConnect(connect: ConnectPacket): void {
    const connack = this.script.connack(connect, this);
    if (connack === undefined) return;
    const isPresent = this.#stage.takeSession(connect, this.core, connack.reasonCode ?? 0);
    this.send({ type: 'connack', sessionPresent: isPresent, ...connack });
    for (const packetIdentifier of this.#undecided())
      this.#soonOrHeld('pubrec', () => this.#acknowledge(packetIdentifier, 0));
  }

  /** Messages of QoS 2 that came on an earlier connection, and were not answered there. */
  #undecided(): number[] {
    const { received } = this.core.session;
    return received.identifiers().filter((identifier) => received.stageOf(identifier) === Received.Delivered);
  }

  #onRequest(packet: Packet): void {
    const { script } = this;
    switch (packet.type) {
      case 'publish':
        if (packet.qos > 0)
          this.#soonOrHeld(packet.qos === 1 ? 'puback' : 'pubrec', () =>
            this.#acknowledge(packet.packetIdentifier, script.reasonCodeOf(packet)),
          );
        script.onPublish(packet, this);
        break;
      case 'pubrel':
        this.#soonOrHeld('pubcomp', () => this.#acknowledge(packet.packetIdentifier, 0));
        break;
      case 'subscribe':
        this.#soonOrHeld('suback', () => {
          const reasonCodes = packet.subscriptions.map(({ topicFilter, qos }) => script.grant(topicFilter, qos));
          this.send({ type: 'suback', packetIdentifier: packet.packetIdentifier, reasonCodes });
        });
        break;
      case 'unsubscribe':
        this.#soonOrHeld('unsuback', () => {
          const { packetIdentifier, topicFilters } = packet;
          const reasonCodes = this.core.protocolVersion === 5 ? topicFilters.map(() => 0) : [];
          this.send({ type: 'unsuback', packetIdentifier, reasonCodes });
        });
        break;
      default:
        script.onPacket(packet, this);
    }
  }

  #soonOrHeld(type: PacketType, give: () => void): void {
    if (this.script.holds.has(type)) this.#heldBack.push(give);
    else give();
  }

  #acknowledge(packetIdentifier: number, reasonCode: number): void {
    if (this.isGone) return;
    this.core.acknowledge(packetIdentifier, this.#stage.clock.now(), this, { reasonCode });
  }

  #receive(bytes: Uint8Array): void {
    if (this.isGone || this.isEnding) return;
    this.firstBytes.push(bytes);
    this.core.receive(bytes, this.#stage.clock.now(), this);
  }

  #flush(): void {
    const all = this.#outgoing.splice(0);
    const bytes = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of all) {
      bytes.set(part, at);
      at += part.length;
    }
    const { pieceSize } = this.script;
    for (let start = 0; start < bytes.length; start += pieceSize)
      this.transport.deliver(bytes.slice(start, start + pieceSize));
  }

  #ended(): void {
    if (this.isGone) return;
    this.isGone = true;
    this.core.end(this.#stage.clock.now(), this);
  }
}

export function textOf(packet: PublishPacket): string {
  return new TextDecoder().decode(packet.payload);
}
