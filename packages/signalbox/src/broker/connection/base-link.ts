/**
 * What a link does whatever is spoken on it: the transport on one side, a session on the other, and the end of both. It must
 * not know what is said.
 */
import type { PacketError } from '../../mqtt/errors.ts';
import type { DisconnectProperties } from '../../mqtt/properties.ts';
import { ReasonCode } from '../../mqtt/reason-codes.ts';
import type { QoS } from '../../mqtt/wire-format.ts';
import type { FrameError } from '../../msip/errors.ts';
import type { Transport, TransportHandler } from '../../transport/transport.ts';
import type { AddressRecord } from '../admission/address-table.ts';
import type { Entrance } from '../entrance.ts';
import type { Exchange } from '../exchange.ts';
import type { ClientInfo, Maybe } from '../hooks.ts';
import type { ClientSession } from '../sessions/client-session.ts';
import type { Durability, StoredDelivery } from '../store/store.ts';
import type { TimedEntry } from '../timing-wheel.ts';
import { ClientOutput } from './client-output.ts';
import type { InOrder } from './in-order.ts';
import type { Link, SpokenVersion } from './link.ts';
import type { OutgoingAliases } from './outgoing-aliases.ts';

export abstract class BaseLink implements Link, TransportHandler, TimedEntry {
  readonly exchange: Exchange;
  readonly transport: Transport;
  readonly entrance: Entrance;
  readonly output: ClientOutput;
  /** What is known of the address it came from. */
  readonly address: AddressRecord | undefined;
  session: ClientSession | undefined = undefined;
  client: ClientInfo | undefined = undefined;
  owner: string | undefined = undefined;
  isClosed = false;
  /** When it was let in, in seconds since the broker began; 0: it was not, or the client has said goodbye since. */
  greetedSecond = 0;
  /** It was let in: who watches hears that it came, and will hear that it went. */
  isAnnounced = false;
  wheelTime = 0;
  wheelIndex = 0;
  /** What ends, or ended, the connection. */
  protected error: Error | undefined = undefined;

  abstract readonly protocolVersion: SpokenVersion;
  abstract readonly maximumPacketSize: number;
  abstract readonly aliases: OutgoingAliases | undefined;
  abstract readonly acknowledgesEvents: boolean;
  abstract readonly waitingAcknowledgements: number;
  abstract readonly keepAlive: number;
  abstract readonly vacancy: number;
  abstract readonly hasVacancy: boolean;
  abstract readonly deadline: number;
  /** Of what the client says. */
  protected abstract readonly order: InOrder;

  constructor(exchange: Exchange, transport: Transport, entrance: Entrance) {
    this.exchange = exchange;
    this.transport = transport;
    this.entrance = entrance;
    this.address = exchange.gate.enter(transport.remoteAddress);
    this.output = new ClientOutput(this);
  }

  abstract admit(qos: QoS, stored: StoredDelivery | undefined, offered: number): number;
  abstract releaseAcknowledgements(): void;
  abstract disconnect(reasonCode: number, properties?: DisconnectProperties): void;
  abstract onDeadline(now: number): void;
  protected abstract begin(now: number): void;
  protected abstract receive(bytes: Uint8Array, now: number): void;
  /** The last word of a broker that has failed this client. */
  protected abstract excuse(): void;
  /** The network is gone. */
  protected abstract onGone(): void;

  /** What is acknowledged on this connection lasts so long. */
  get durability(): Durability {
    return this.entrance.durability ?? this.exchange.durability;
  }

  start(): void {
    this.begin(this.exchange.now());
    this.transport.start(this);
    this.exchange.wheel.schedule(this);
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
      this.receive(bytes, now);
      this.releaseAcknowledgements();
    } catch (error) {
      this.fail(error, 'handling a packet'); // [MSIP-7-4]
    }
    if (intake.isWatching) intake.onRead(this, bytes.length, statistics.publishReceived - before);
    outbox.close();
  }

  onDrain(): void {
    this.output.onDrain();
    this.readOrPause();
    try {
      this.sendWaiting();
    } catch (error) {
      this.fail(error, 'sending what waited');
    }
  }

  onClose(error: Error | undefined): void {
    this.error ??= error;
    this.letGo();
    this.exchange.onTransportClosed(this);
  }

  /** What its connection wrote into the slab. */
  transmit(start: number, end: number): void {
    const { statistics, tracing } = this.exchange;
    statistics.otherPacketsSent++;
    if (tracing !== undefined) tracing.onSent(this, { start, end });
    this.exchange.outbox.append(this.output, start, end);
  }

  /** Its connection is over. What the client said before takes effect, and nothing is sent behind the last word. */
  close(error: PacketError | FrameError | undefined): void {
    if (error !== undefined) this.exchange.statistics.onFault(error.code);
    this.error ??= error;
    if (this.order.isWaiting) this.output.mute(); // [MQTT-3.14.4-1] [MSIP-3.10-1]
    this.order.do(() => this.finish()); // [MSIP-3.10-4]
  }

  // What the broker does with it

  /** A client that does not take its answers, or says too much, is not asked for more. */
  readOrPause(): void {
    const isHeld = this.order.isAsking || this.output.isOverfull || this.exchange.intake.holds(this);
    if (isHeld) this.transport.pause();
    else this.transport.resume();
  }

  /** It was not read by our own wish: before now it could not be heard. */
  onReadAgain(): void {
    this.order.listensSince = this.exchange.now();
    this.readOrPause();
  }

  /** Another connection of the same client wants its session, and has it when this answers. [MQTT-3.1.4-3] [MSIP-4-4] */
  takeOver(): Maybe<void> {
    this.disconnect(ReasonCode.SessionTakenOver);
    return this.order.finish();
  }

  /** The broker cannot keep what it would have to, which is reported once and not for each connection. */
  part(error: Error, reasonCode: number): void {
    this.error ??= error;
    this.disconnect(reasonCode);
  }

  /** Our own fault: this connection ends, the broker lives. */
  fail(error: unknown, doing: string): void {
    this.exchange.onError(error, doing);
    if (error instanceof Error) this.error ??= error;
    try {
      this.excuse();
    } catch {
      this.transport.destroy();
      this.letGo();
    }
  }

  /** The network takes more. */
  protected sendWaiting(): void {
    if (this.session !== undefined) this.exchange.dispatcher.pump(this.session);
  }

  /** Sends what is left, and lets the session go. */
  protected finish(): void {
    if (this.isClosed) return;
    this.output.end();
    this.letGo();
  }

  protected letGo(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.output.discard();
    this.exchange.intake.forget(this);
    this.exchange.wheel.cancel(this);
    this.onGone();
  }
}
