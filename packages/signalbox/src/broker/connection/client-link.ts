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
import type { Transport } from '../../transport/transport.ts';
import type { Authenticating } from '../admission/authenticating.ts';
import type { Entrance } from '../entrance.ts';
import type { Exchange } from '../exchange.ts';
import { LOSSES } from '../observation/loss-reasons.ts';
import type { StoredDelivery } from '../store/store.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { BaseLink } from './base-link.ts';
import { Conversation } from './conversation.ts';
import { explained } from './explanations.ts';
import type { InOrder } from './in-order.ts';
import { createConnection } from './link-connection.ts';
import { deadlineOf, onDue } from './link-deadlines.ts';
import type { OutgoingAliases } from './outgoing-aliases.ts';

/** Told as packets while somebody watches. */
const ACKNOWLEDGEMENTS: ReadonlySet<Packet['type']> = new Set(['puback', 'pubrec', 'pubrel', 'pubcomp']);

export class ClientLink extends BaseLink implements ConnectionSink<StoredDelivery> {
  readonly connection: Connection<StoredDelivery>;
  protocolVersion: ProtocolVersion = 4;
  /** Another broker, which says so by bit 0x80 of its protocol version (3.1 and 3.1.1). */
  isBridge = false;
  /** What the client takes, in bytes. */
  maximumPacketSize = Number.POSITIVE_INFINITY;
  aliases: OutgoingAliases | undefined = undefined;
  readonly acknowledgesEvents = false;
  /** Exists when CONNECT named an Authentication Method. */
  authentication: Authenticating | undefined = undefined;
  readonly #acknowledgements: Acknowledgements;
  readonly #conversation: Conversation;

  constructor(exchange: Exchange, transport: Transport, entrance: Entrance) {
    super(exchange, transport, entrance);
    this.connection = createConnection(this);
    this.#acknowledgements = new Acknowledgements(this);
    this.#conversation = new Conversation(this);
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
    this.session!.addInFlight(stored.message.size);
    this.output.saveStage(stored, 'sent', packetIdentifier);
    return packetIdentifier;
  }

  // What the MQTT Connection makes of it

  publish(view: PublishView): void {
    const { statistics, tracing } = this.exchange;
    statistics.publishReceived++;
    statistics.publishBytesReceived += view.payloadEnd - view.payloadStart;
    if (tracing !== undefined) tracing.onReceived(this, view.toPacket());
    this.#conversation.onPublish(view);
  }

  /** Who watches wants to see acknowledgements as well. */
  get everyPacket(): boolean {
    return this.exchange.tracing !== undefined;
  }

  packet(packet: Packet): void {
    const { statistics, tracing } = this.exchange;
    if (tracing !== undefined) tracing.onReceived(this, packet);
    if (ACKNOWLEDGEMENTS.has(packet.type)) return; // one of settled, handedOver and released deals with it
    statistics.otherPacketsReceived++;
    this.#conversation.onPacket(packet);
  }

  settled(_packetIdentifier: number, reasonCode: number, stored: StoredDelivery | undefined): void {
    this.exchange.statistics.otherPacketsReceived++;
    const session = this.session;
    if (session === undefined) return;
    if (stored !== undefined) {
      const { clientId } = session;
      session.addInFlight(-stored.message.size);
      if (session.isStored) this.exchange.commits.write({ type: 'delivered', clientId, messageId: stored.message.id });
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
    this.session.addInFlight(-stored.message.size);
    this.session.onDropped(stored.message, stored.qos, LOSSES[reason]);
  }

  // What the broker does with it

  /**
   * Acknowledges a received message once everything kept for it is committed. When the connection is gone by then, the
   * session still learns that the message was accepted, or was not.
   */
  acknowledge(packetIdentifier: number, reasonCode: number): void {
    this.#acknowledgements.add(packetIdentifier, reasonCode);
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
      this.error ??= new PacketError('PACKET_TOO_LARGE', `${packet.type.toUpperCase()}: ${error.message}`);
      this.disconnect(ReasonCode.PacketTooLarge); // smaller than any CONNACK: who got that can get this
    }
  }

  /** Ends the connection with a reason the client is told where its version allows. */
  disconnect(reasonCode: number, properties: DisconnectProperties = NO_PROPERTIES): void {
    if (this.isClosed) return;
    if (this.protocolVersion === 5 && this.connection.state === 'connected') {
      this.send({ type: 'disconnect', reasonCode, properties });
    }
    this.finish();
  }

  get deadline(): number {
    return deadlineOf(this);
  }

  onDeadline(now: number): void {
    onDue(this, this.#conversation.order, now);
  }

  protected get order(): InOrder {
    return this.#conversation.order;
  }

  protected begin(now: number): void {
    this.connection.begin(now);
  }

  protected receive(bytes: Uint8Array, now: number): void {
    this.connection.receive(bytes, now, this);
  }

  protected excuse(): void {
    if (this.connection.state === 'connecting') {
      const reasonCode = this.protocolVersion === 5 ? ReasonCode.UnspecifiedError : ConnectReturnCode.ServerUnavailable;
      this.send({ type: 'connack', reasonCode });
    }
    this.disconnect(ReasonCode.UnspecifiedError); // [MQTT-4.8.0-2@3.1.1]
  }

  protected onGone(): void {
    this.connection.end(this.exchange.now());
    this.#conversation.onGone(this.error);
  }
}
