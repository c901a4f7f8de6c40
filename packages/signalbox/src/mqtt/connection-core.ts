// What one Connection remembers, and the few steps every part of it shares: transmit, fail, close. Grouped by how long it
// is valid. The parts (connection-*.ts) work on this record; the owner sees only Connection.

import { GrowingBytes } from '../bytes/growing-bytes.ts';
import type { Writer } from '../bytes/writer.ts';
import { type AcknowledgementOrder, type AcknowledgementResponse, SUCCESS } from './acknowledgement-order.ts';
import type { ConnectionSink, DroppedReason } from './connection-events.ts';
import type { Half, Halves } from './connection-half.ts';
import type { Limits } from './connection-limits.ts';
import { DEFAULT_LIMITS } from './connection-limits.ts';
import type { ConnectionOptions } from './connection-options.ts';
import type { Cell, ConnectionState, Side } from './connection-states.ts';
import type { EnhancedAuthentication } from './enhanced-authentication.ts';
import { PacketError, UsageError } from './errors.ts';
import { Framer, LARGEST_PACKET_SIZE } from './framer.ts';
import { KeepAlive } from './keep-alive.ts';
import type { ListeningSession, SessionUser } from './listening-session.ts';
import type { OutboundTopicAliases } from './outbound-topic-aliases.ts';
import type { PublishView } from './publish-view.ts';
import { ReceiveMaximum } from './receive-maximum.ts';
import { SubscriptionRequests } from './subscription-requests.ts';
import type { InboundTopicAliases } from './topic-aliases.ts';
import { RecentTopicNames, type TopicNameTable } from './topic-names.ts';
import type { PacketIdentifierSize, ProtocolVersion, WireFormat } from './wire-format.ts';

/** A private buffer that grew beyond this is given back after use. */
const KEPT_WRITER_BYTES = 65_536;
export const NO_EXPIRY = 0xffff_ffff;

/** What CONNECT said that CONNACK must fit to. */
export interface Handshake {
  readonly cleanStart: boolean;
  readonly hasClientId: boolean;
  readonly keepAlive: number;
}

/** For who has brought no session. */
export type MakeSession<S> = (packetIdentifierSize: PacketIdentifierSize) => ListeningSession<S>;

/** What a connection is told that knows its halves. */
export type CoreOptions<S> = Omit<ConnectionOptions<S>, 'role'>;

export class ConnectionCore<S> implements SessionUser {
  readonly options: CoreOptions<S>;
  halves: Halves;
  readonly writer: GrowingBytes;
  readonly ownsWriter: boolean;
  readonly framer: Framer = new Framer();
  readonly keepAlive: KeepAlive = new KeepAlive();
  names: TopicNameTable | undefined;
  view: PublishView | undefined;

  // Valid for one call of the owner.
  sink: ConnectionSink<S> | undefined;
  now = 0;
  isReceiving = false;
  /** A whole packet arrived during this call. */
  isHeard = false;

  // Valid for the session.
  session: ListeningSession<S> | undefined;

  // Valid for the network connection: forgetNetwork() has their values at its beginning.
  state!: ConnectionState;
  /** What applies to packets that go out and come in: the same once it is known which side this is. */
  sending!: Half;
  receiving!: Half;
  format: WireFormat;
  /** What we announced, and what the peer did. */
  own!: Limits;
  peer!: Limits;
  /** Most unsettled PUBLISH packets at a time. */
  sendLimit!: number;
  /** Seconds; what is agreed at present. */
  sessionExpiryInterval!: number;
  connectDeadline!: number;
  /** When the next held PUBLISH may be sent again. */
  resendTime!: number;
  /** The handshake was completed. */
  wasConnected!: boolean;
  handshake: Handshake | undefined;
  authentication: EnhancedAuthentication | undefined;
  /** Packets a client sent before it had its CONNACK, one after another. */
  early: Writer | undefined;
  requests: SubscriptionRequests | undefined;
  inboundAliases: InboundTopicAliases | undefined;
  outboundAliases: OutboundTopicAliases | undefined;
  receiveMaximum: ReceiveMaximum | undefined;
  /** Received PUBLISH packets waiting for PUBACK, and for PUBREC. */
  pubacks: AcknowledgementOrder | undefined;
  pubrecs: AcknowledgementOrder | undefined;
  /** The first PUBREC can leave, and was not sent yet for want of a sink. */
  hasReadyPubrec!: boolean;
  readonly #makeSession: MakeSession<S>;

  constructor(options: CoreOptions<S>, halves: Halves, makeSession: MakeSession<S>) {
    if (options.maximumInFlight !== undefined && !(options.maximumInFlight >= 1)) {
      throw new UsageError('INVALID_ARGUMENT', 'maximumInFlight is 1 or more'); // [MQTT-4.9.0-1]
    }
    this.options = options;
    this.#makeSession = makeSession;
    this.halves = halves;
    this.ownsWriter = options.writer === undefined;
    this.writer = options.writer ?? new GrowingBytes();
    this.names = options.names;
    this.session = options.session;
    this.format = wireFormat(
      options.protocolVersion ?? 5,
      identifierSize(options, options.session),
      options.tolerances,
    );
    this.forgetNetwork();
  }

  /** Back to where a new network connection begins. */
  forgetNetwork(): void {
    this.framer.reset();
    this.framer.maximumPacketSize = this.#firstLimit();
    this.keepAlive.stop();
    this.state = 'idle';
    this.sending = this.halves.sender;
    this.receiving = this.halves.receiver;
    this.format = this.formatOf(this.options.protocolVersion ?? 5);
    this.own = DEFAULT_LIMITS;
    this.peer = DEFAULT_LIMITS;
    this.sendLimit = 0;
    this.sessionExpiryInterval = 0;
    this.connectDeadline = Infinity;
    this.resendTime = 0;
    this.wasConnected = false;
    this.handshake = undefined;
    this.authentication = undefined;
    this.early = undefined;
    this.requests = undefined;
    this.inboundAliases = undefined; // [MQTT-3.3.2-7]
    this.outboundAliases = undefined;
    this.receiveMaximum = undefined;
    this.pubacks = undefined;
    this.pubrecs = undefined;
    this.hasReadyPubrec = false;
  }

  /** From now on it is clear which side this is. */
  become(half: Half): void {
    this.sending = half;
    this.receiving = half;
    this.state = 'connecting';
  }

  /** Undefined as long as it can become either. */
  get side(): Side | undefined {
    return this.sending === this.receiving ? this.sending.side : undefined;
  }

  get isConnected(): boolean {
    return this.state === 'connected';
  }

  get isClosed(): boolean {
    return this.state === 'closed';
  }

  acceptedBefore(packetIdentifier: number, response: AcknowledgementResponse): void {
    const known = this.format.protocolVersion === 5 ? response : SUCCESS;
    if (this.pubrecs?.answer(packetIdentifier, known) === true) this.hasReadyPubrec = true;
  }

  /** The size limit before anything is announced. */
  #firstLimit(): number {
    const { maximumConnectSize, maximumPacketSize = LARGEST_PACKET_SIZE } = this.options;
    return this.halves.receiver.side === 'client' ? maximumPacketSize : (maximumConnectSize ?? maximumPacketSize);
  }

  requireSession(): ListeningSession<S> {
    this.session ??= this.#makeSession(this.format.packetIdentifierSize);
    return this.session;
  }

  requireNames(): TopicNameTable {
    this.names ??= new RecentTopicNames();
    return this.names;
  }

  requireRequests(): SubscriptionRequests {
    this.requests ??= new SubscriptionRequests();
    return this.requests;
  }

  requireReceiveMaximum(): ReceiveMaximum {
    const session = this.requireSession();
    this.receiveMaximum ??= new ReceiveMaximum(
      this.own.receiveMaximum + (this.options.receiveMaximumSlack ?? 0),
      session.hasReceived ? session.received.identifiers() : [],
    );
    return this.receiveMaximum;
  }

  /** A call of the owner begins; returns the sink of the call around it, to be put back by leave(). */
  enter(sink: ConnectionSink<S>, now: number): ConnectionSink<S> | undefined {
    const outer = this.sink;
    if (outer === undefined && this.ownsWriter) {
      if (this.writer.bytes.length > KEPT_WRITER_BYTES) this.writer.renew();
      else this.writer.reset();
    }
    this.sink = sink;
    this.now = now;
    return outer;
  }

  leave(outer: ConnectionSink<S> | undefined): void {
    this.sink = outer;
  }

  /** What the writer holds from `start` on is a packet to be sent. */
  transmit(start: number): void {
    this.keepAlive.lastSent = this.now;
    this.sink!.transmit(start, this.writer.length);
  }

  transmitBytes(...bytes: readonly number[]): void {
    const start = this.writer.reserve(bytes.length);
    this.writer.bytes.set(bytes, start);
    this.transmit(start);
  }

  reportDropped(stored: readonly S[], reason: DroppedReason): void {
    for (const message of stored) this.sink!.dropped?.(message, reason);
  }

  /** Nothing follows on this network connection. */
  close(error: PacketError | undefined): void {
    this.state = 'closed';
    this.connectDeadline = Infinity;
    this.keepAlive.stop();
    this.sink!.close(error);
  }

  /** The peer broke a rule: tells it why, as far as the version and the state allow, and closes. §4.13 */
  fail(error: PacketError): void {
    const { refuse } = this.receiving;
    if (this.state === 'connecting' && refuse !== undefined) refuse(this, error);
    else if (this.state !== 'idle' && this.format.protocolVersion === 5) {
      if (!this.explains(0xe0, [error.reasonCode], error)) this.transmitBytes(0xe0, 1, error.reasonCode); // [MQTT-4.13.1-1]
    }
    this.close(error); // [MQTT-4.13.2-1] [MQTT-4.8.0-1@3.1.1]
  }

  /** The peer was told in words what it did wrong. */
  explains(firstByte: number, head: readonly number[], error: PacketError): boolean {
    return this.options.explainsErrors === true && this.halves.explain?.(this, firstByte, head, error) === true;
  }

  /** The same format in another version. */
  formatOf(protocolVersion: ProtocolVersion): WireFormat {
    return wireFormat(protocolVersion, this.format.packetIdentifierSize, this.format.tolerances);
  }

  failProtocol(message: string, statement?: string): void {
    this.fail(new PacketError('PROTOCOL_ERROR', message, statement));
  }
}

/** The next state for a packet the owner wants to send. Throws UsageError. */
export function requireAllowed(cell: Cell | undefined, type: string): ConnectionState {
  if (typeof cell === 'string') return cell;
  if (typeof cell !== 'object') throw new UsageError('INVALID_ARGUMENT', `there is no packet type ${type}`);
  throw new UsageError('NOT_ALLOWED', `${type.toUpperCase()} must not be sent here: ${cell.message}`);
}

const FORMATS: WireFormat[] = [];

/** One shared object per combination. */
function wireFormat(
  protocolVersion: ProtocolVersion,
  packetIdentifierSize: PacketIdentifierSize,
  tolerances = 0,
): WireFormat {
  const at = tolerances * 64 + protocolVersion * 8 + packetIdentifierSize;
  FORMATS[at] ??= Object.freeze({ protocolVersion, packetIdentifierSize, tolerances });
  return FORMATS[at];
}

function identifierSize<S>(options: CoreOptions<S>, session: ListeningSession<S> | undefined): PacketIdentifierSize {
  const size = options.packetIdentifierSize ?? session?.packetIdentifierSize ?? 2;
  if (session !== undefined && session.packetIdentifierSize !== size) {
    throw new UsageError('INVALID_ARGUMENT', 'the session has Packet Identifiers of another size');
  }
  return size;
}
