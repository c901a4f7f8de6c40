/**
 * One Network Connection of a client at the broker: the transport on one side, the MQTT Connection in the middle, the
 * session on the other. What a message or a subscription leads to is decided elsewhere, and so is how the network takes
 * what is sent.
 */
import type { Connection } from '../../mqtt/connection.ts';
import type { ConnectionSink, DroppedReason } from '../../mqtt/connection-events.ts';
import { PacketError, UsageError } from '../../mqtt/errors.ts';
import type { Packet, PacketInput } from '../../mqtt/packets/packet.ts';
import { type DisconnectProperties, NO_PROPERTIES } from '../../mqtt/properties.ts';
import type { PublishView } from '../../mqtt/publish-view.ts';
import { ConnectReturnCode, ReasonCode } from '../../mqtt/reason-codes.ts';
import type { ProtocolVersion, QoS } from '../../mqtt/wire-format.ts';
import type { Transport, TransportHandler } from '../../transport/transport.ts';
import type { AddressRecord } from '../admission/address-table.ts';
import type { Authenticating } from '../admission/authenticating.ts';
import type { Entrance } from '../entrance.ts';
import type { Exchange } from '../exchange.ts';
import type { ClientInfo, Maybe } from '../hooks.ts';
import { LOSSES } from '../observation/loss-reasons.ts';
import type { ClientSession } from '../sessions/client-session.ts';
import type { Durability, StoredDelivery } from '../store/store.ts';
import type { TimedEntry } from '../timing-wheel.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { ClientOutput } from './client-output.ts';
import { Conversation } from './conversation.ts';
import { explained } from './explanations.ts';
import type { Link } from './link.ts';
import { createConnection } from './link-connection.ts';
import { deadlineOf, onDue } from './link-deadlines.ts';
import type { OutgoingAliases } from './outgoing-aliases.ts';

export class ClientLink implements Link, TransportHandler, ConnectionSink<StoredDelivery>, TimedEntry {
  readonly exchange: Exchange;
  readonly transport: Transport;
  readonly entrance: Entrance;
  readonly connection: Connection<StoredDelivery>;
  readonly output: ClientOutput;
  /** What is known of the address it came from. */
  readonly address: AddressRecord | undefined;
  session: ClientSession | undefined = undefined;
  client: ClientInfo | undefined = undefined;
  protocolVersion: ProtocolVersion = 4;
  /** Another broker, which says so by bit 0x80 of its protocol version (3.1 and 3.1.1). */
  isBridge = false;
  /** What the client takes, in bytes. */
  maximumPacketSize = Number.POSITIVE_INFINITY;
  aliases: OutgoingAliases | undefined = undefined;
  readonly acknowledgesEvents = false;
  isClosed = false;
  /** Exists when CONNECT named an Authentication Method. */
  authentication: Authenticating | undefined = undefined;
  /** When CONNACK was sent, in seconds since the broker began; 0: it was not, or the client has said goodbye since. */
  greetedSecond = 0;
  /** Its CONNACK said yes: who watches hears that it came, and will hear that it went. */
  isAnnounced = false;
  wheelTime = 0;
  wheelIndex = 0;
  readonly #acknowledgements: Acknowledgements;
  readonly #conversation: Conversation;
  #error: PacketError | Error | undefined = undefined;

  constructor(exchange: Exchange, transport: Transport, entrance: Entrance) {
    this.exchange = exchange;
    this.transport = transport;
    this.entrance = entrance;
    this.address = exchange.gate.enter(transport.remoteAddress);
    this.connection = createConnection(this);
    this.output = new ClientOutput(this);
    this.#acknowledgements = new Acknowledgements(this);
    this.#conversation = new Conversation(this);
  }

  /** What is acknowledged on this connection lasts so long. */
  get durability(): Durability {
    return this.entrance.durability ?? this.exchange.durability;
  }

  start(): void {
    this.connection.begin(this.exchange.now());
    this.transport.start(this);
    this.exchange.wheel.schedule(this);
  }

  get keepAlive(): number {
    return this.connection.keepAlive;
  }

  get vacancy(): number {
    return this.connection.vacancy;
  }

  /** Whether the client may be sent another message of QoS 1 or 2 now. */
  get hasVacancy(): boolean {
    const bytes = this.session?.inFlightBytes ?? 0;
    return this.connection.vacancy > 0 && bytes < this.exchange.limits.queuedBytes;
  }

  /** Takes a message of QoS 1 or 2 into flight; answers its packet identifier, 0 when there is no vacancy. */
  admit(qos: QoS, stored: StoredDelivery | undefined, offered: number): number {
    const packetIdentifier = this.connection.admit(qos, stored, offered);
    if (stored === undefined || packetIdentifier === 0) return packetIdentifier;
    this.session!.inFlightBytes += stored.message.size;
    this.output.saveStage(stored, 'sent', packetIdentifier);
    return packetIdentifier;
  }

  // What the network brings

  onBytes(bytes: Uint8Array): void {
    if (this.isClosed) return;
    const { statistics, intake, outbox } = this.exchange;
    statistics.bytesReceived += bytes.length;
    const before = statistics.publishReceived;
    const now = this.exchange.now();
    outbox.open(now);
    try {
      this.connection.receive(bytes, now, this);
      this.#acknowledgements.release();
    } catch (error) {
      this.fail(error, 'handling a packet');
    }
    if (intake.isWatching) intake.onRead(this, bytes.length, statistics.publishReceived - before);
    outbox.close();
  }

  onDrain(): void {
    this.output.onDrain();
    this.readOrPause();
    try {
      if (this.session !== undefined) this.exchange.dispatcher.pump(this.session);
    } catch (error) {
      this.fail(error, 'sending what waited');
    }
  }

  onClose(error: Error | undefined): void {
    this.#error ??= error;
    this.#onGone();
    this.exchange.onTransportClosed(this);
  }

  // What the MQTT Connection makes of it

  transmit(start: number, end: number): void {
    const { statistics, tracing } = this.exchange;
    statistics.otherPacketsSent++;
    if (tracing !== undefined) tracing.onSent(this, { start, end });
    this.exchange.outbox.append(this.output, start, end);
  }

  publish(view: PublishView): void {
    const { statistics, tracing } = this.exchange;
    statistics.publishReceived++;
    if (tracing !== undefined) tracing.onReceived(this, view.toPacket());
    this.#conversation.onPublish(view);
  }

  packet(packet: Packet): void {
    const { statistics, tracing } = this.exchange;
    statistics.otherPacketsReceived++;
    if (tracing !== undefined) tracing.onReceived(this, packet);
    this.#conversation.onPacket(packet);
  }

  settled(_packetIdentifier: number, reasonCode: number, stored: StoredDelivery | undefined): void {
    this.exchange.statistics.otherPacketsReceived++;
    const session = this.session;
    if (session === undefined) return;
    if (stored !== undefined) {
      const { clientId } = session;
      session.inFlightBytes -= stored.message.size;
      this.exchange.commits.write({ type: 'delivered', clientId, messageId: stored.message.id });
    }
    // A client that has completed a QoS 2 message does not know its identifier when PUBREL comes once more (PUBCOMP only).
    const isRefused = reasonCode >= 0x80 && reasonCode !== ReasonCode.PacketIdentifierNotFound;
    if (isRefused) this.exchange.onSessionDropped(session, stored?.message.topic.name ?? '', 'refused'); // [MQTT-4.8.2-6]
    if (session.hasWaiting) this.exchange.dispatcher.pump(session);
  }

  released(packetIdentifier: number): void {
    this.exchange.statistics.otherPacketsReceived++;
    const session = this.session;
    if (session?.isPersistent === true) {
      this.exchange.commits.write({ type: 'released', clientId: session.clientId, packetIdentifier });
    }
    this.acknowledge(packetIdentifier, ReasonCode.Success);
  }

  handedOver(packetIdentifier: number, stored: StoredDelivery | undefined): void {
    this.exchange.statistics.otherPacketsReceived++;
    if (stored !== undefined) this.output.saveStage(stored, 'received', packetIdentifier); // [MQTT-4.3.3-4]
  }

  dropped(stored: StoredDelivery, reason: DroppedReason): void {
    if (this.session === undefined) return;
    this.session.inFlightBytes -= stored.message.size;
    this.session.onDropped(stored.message, stored.qos, LOSSES[reason]);
  }

  close(error: PacketError | undefined): void {
    if (error !== undefined) this.exchange.statistics.onFault(error.code);
    this.#error ??= error;
    this.#conversation.onClose(() => this.#end());
  }

  // What the broker does with it

  /**
   * Acknowledges a received message once everything kept for it is committed. When the connection is gone by then, the
   * session still learns that the message was accepted, or was not.
   */
  acknowledge(packetIdentifier: number, reasonCode: number): void {
    this.#acknowledgements.add(packetIdentifier, reasonCode);
  }

  /** A client that does not take its answers, or says too much, is not asked for more. */
  readOrPause(): void {
    const isHeld = this.#conversation.order.isAsking || this.output.isOverfull || this.exchange.intake.holds(this);
    if (isHeld) this.transport.pause();
    else this.transport.resume();
  }

  /** It was not read by our own wish: before now it could not be heard. */
  onReadAgain(): void {
    this.#conversation.order.listensSince = this.exchange.now();
    this.readOrPause();
  }

  /** How many messages are acknowledged as soon as the store has them. */
  get waitingAcknowledgements(): number {
    return this.#acknowledgements.waiting;
  }

  releaseAcknowledgements(): void {
    this.#acknowledgements.release();
  }

  /** Nothing follows a DISCONNECT, also not the answer to what was said before it. */
  send(packet: PacketInput): void {
    if (this.isClosed || this.connection.state === 'closed') return;
    try {
      const told = this.protocolVersion === 5 ? explained(packet) : packet;
      this.connection.send(told, this.exchange.now(), this);
    } catch (error) {
      if (!(error instanceof UsageError) || error.code !== 'PACKET_TOO_LARGE') throw error;
      this.#error ??= new PacketError('PACKET_TOO_LARGE', `${packet.type.toUpperCase()}: ${error.message}`);
      this.disconnect(ReasonCode.PacketTooLarge); // smaller than any CONNACK: who got that can get this
    }
  }

  /** Ends the connection with a reason the client is told where its version allows. */
  disconnect(reasonCode: number, properties: DisconnectProperties = NO_PROPERTIES): void {
    if (this.isClosed) return;
    if (this.protocolVersion === 5 && this.connection.state === 'connected') {
      this.send({ type: 'disconnect', reasonCode, properties });
    }
    this.#end();
  }

  /** Another connection of the same client wants its session, and has it when this answers. [MQTT-3.1.4-3] */
  takeOver(): Maybe<void> {
    this.disconnect(ReasonCode.SessionTakenOver);
    return this.#conversation.order.finish();
  }

  /** The broker cannot keep what it would have to, which is reported once and not for each connection. */
  part(error: Error, reasonCode: number): void {
    this.#error ??= error;
    this.disconnect(reasonCode);
  }

  /** Our own fault: this connection ends, the broker lives. */
  fail(error: unknown, doing: string): void {
    this.exchange.onError(error, doing);
    if (error instanceof Error) this.#error ??= error;
    try {
      if (this.connection.state === 'connecting') {
        const reasonCode =
          this.protocolVersion === 5 ? ReasonCode.UnspecifiedError : ConnectReturnCode.ServerUnavailable;
        this.send({ type: 'connack', reasonCode });
      }
      this.disconnect(ReasonCode.UnspecifiedError); // [MQTT-4.8.0-2@3.1.1]
    } catch {
      this.transport.destroy();
      this.#onGone();
    }
  }

  get deadline(): number {
    return deadlineOf(this);
  }

  onDeadline(now: number): void {
    onDue(this, this.#conversation.order, now);
  }

  /** Sends what is left, and lets the session go. */
  #end(): void {
    if (this.isClosed) return;
    this.output.end();
    this.#onGone();
  }

  #onGone(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.output.discard();
    this.exchange.intake.forget(this);
    this.exchange.wheel.cancel(this);
    this.connection.end(this.exchange.now());
    this.#conversation.onGone(this.#error);
  }
}
