// An MQTT client for tests of the broker: the pure core over a transport, with promises. It checks nothing by itself; it
// acknowledges what it gets unless told otherwise.

import { Connection } from '../../src/mqtt/connection.ts';
import type { ConnectionEvent } from '../../src/mqtt/connection-events.ts';
import type { ConnectionOptions } from '../../src/mqtt/connection-options.ts';
import type { ConnackPacket } from '../../src/mqtt/packets/connack.ts';
import type { ConnectInput } from '../../src/mqtt/packets/connect.ts';
import type { Packet, PacketInput } from '../../src/mqtt/packets/packet.ts';
import type { PublishInput, PublishPacket } from '../../src/mqtt/packets/publish.ts';
import type { SubackPacket } from '../../src/mqtt/packets/suback.ts';
import { Session } from '../../src/mqtt/session.ts';
import type { ProtocolVersion, QoS } from '../../src/mqtt/wire-format.ts';
import type { Transport, TransportHandler } from '../../src/transport/transport.ts';

type Waiter = {
  readonly accepts: (packet: Packet) => boolean;
  readonly resolve: (packet: Packet) => void;
  readonly reject: (error: Error) => void;
};

export interface TestClientOptions {
  readonly protocolVersion?: ProtocolVersion;
  readonly connect?: Partial<ConnectInput>;
  readonly session?: Session;
  /** Leave what is received unacknowledged. */
  readonly silent?: boolean;
  readonly connection?: Partial<ConnectionOptions<PublishInput>>;
}

export class TestClient implements TransportHandler {
  readonly transport: Transport;
  readonly connection: Connection;
  readonly session: Session;
  /** Every packet that nobody waited for yet. */
  readonly inbox: Packet[] = [];
  /** Settles when the network connection is gone. */
  readonly closed: Promise<void>;
  connack!: ConnackPacket;
  readonly #waiters: Waiter[] = [];
  readonly #settlements = new Map<number, (reasonCode: number) => void>();
  #onClosed!: () => void;
  #isClosed = false;

  constructor(transport: Transport, options: TestClientOptions = {}) {
    this.transport = transport;
    this.session = options.session ?? new Session();
    this.connection = new Connection({
      role: 'client',
      protocolVersion: options.protocolVersion ?? 5,
      session: this.session,
      automaticAcknowledge: options.silent !== true,
      ...options.connection,
    });
    this.closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
    transport.start(this);
  }

  /** Connects, and waits for the CONNACK, whatever it says. */
  static async connect(transport: Transport, options: TestClientOptions = {}): Promise<TestClient> {
    const client = new TestClient(transport, options);
    client.send({ type: 'connect', clientId: '', ...options.connect });
    client.connack = (await client.next('connack')) as ConnackPacket;
    return client;
  }

  send(packet: PacketInput): void {
    this.#execute(this.connection.send(packet, performance.now()));
  }

  /** Publishes; with QoS 1 and 2 resolves with the reason code that settled it. */
  publish(topicName: string, payload: string | Uint8Array = '', input: Partial<PublishInput> = {}): Promise<number> {
    const events = this.connection.send({ type: 'publish', topicName, payload, ...input }, performance.now());
    const settled =
      (input.qos ?? 0) === 0
        ? Promise.resolve(0)
        : new Promise<number>((resolve) => this.#settlements.set(this.session.identifiers.last, resolve));
    this.#execute(events);
    return settled;
  }

  async subscribe(
    topicFilter: string,
    qos: QoS = 0,
    options: object = {},
    properties: object = {},
  ): Promise<SubackPacket> {
    const subscription = {
      topicFilter,
      qos,
      noLocal: false,
      retainAsPublished: false,
      retainHandling: 0 as const,
      ...options,
    };
    this.send({ type: 'subscribe', subscriptions: [subscription], properties });
    return (await this.next('suback')) as SubackPacket;
  }

  /** The next packet of this type; others stay in the inbox. Rejects when the connection ends first. */
  next<T extends Packet['type']>(type: T): Promise<Extract<Packet, { type: T }>> {
    const accepts = (packet: Packet) => packet.type === type;
    const at = this.inbox.findIndex(accepts);
    if (at >= 0) return Promise.resolve(this.inbox.splice(at, 1)[0] as Extract<Packet, { type: T }>);
    if (this.#isClosed) return Promise.reject(new Error(`closed before a ${type}`));
    return new Promise((resolve, reject) => {
      this.#waiters.push({ accepts, resolve: resolve as (packet: Packet) => void, reject });
    });
  }

  /** The next message, its payload as text. */
  async message(): Promise<PublishPacket & { readonly text: string }> {
    const packet = await this.next('publish');
    return { ...packet, text: new TextDecoder().decode(packet.payload) };
  }

  /** Messages that came until now: everything the broker sent before its answer to a ping. */
  async messages(): Promise<string[]> {
    // Twice: at the first answer, what somebody else has sent may still be on its way through the broker.
    for (let pings = 0; pings < 2; pings++) {
      this.send({ type: 'pingreq' });
      await this.next('pingresp');
      await new Promise((resolve) => setImmediate(resolve)); // a network that is asked all the time never drains
    }
    const texts = this.inbox.filter((packet) => packet.type === 'publish');
    for (const packet of texts) this.inbox.splice(this.inbox.indexOf(packet), 1);
    return texts.map((packet) => `${packet.topicName}=${new TextDecoder().decode(packet.payload)}`);
  }

  async disconnect(reasonCode = 0, properties: object = {}): Promise<void> {
    this.send({ type: 'disconnect', reasonCode, properties });
    await this.closed;
  }

  /** Cuts the connection without a word. */
  async destroy(): Promise<void> {
    this.transport.destroy();
    await this.closed;
  }

  onBytes(bytes: Uint8Array): void {
    this.#execute(this.connection.receive(bytes, performance.now()));
  }

  onDrain(): void {}

  onClose(): void {
    this.#isClosed = true;
    this.connection.end(performance.now());
    for (const waiter of this.#waiters.splice(0)) waiter.reject(new Error('the connection was closed'));
    this.#onClosed();
  }

  #execute(events: readonly ConnectionEvent<PublishInput>[]): void {
    for (const event of events) {
      if (event.type === 'transmit') this.transport.write(event.bytes);
      else if (event.type === 'packet') this.#onPacket(event.packet);
      else if (event.type === 'settled') this.#onSettled(event.packetIdentifier, event.reasonCode);
      else if (event.type === 'close') this.transport.end();
    }
  }

  #onSettled(packetIdentifier: number, reasonCode: number): void {
    this.#settlements.get(packetIdentifier)?.(reasonCode);
    this.#settlements.delete(packetIdentifier);
  }

  #onPacket(packet: Packet): void {
    const kept = packet.type === 'publish' ? { ...packet, payload: Uint8Array.from(packet.payload) } : packet;
    const at = this.#waiters.findIndex((waiter) => waiter.accepts(kept));
    if (at >= 0) this.#waiters.splice(at, 1)[0]!.resolve(kept);
    else this.inbox.push(kept);
  }
}
