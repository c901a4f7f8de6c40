/**
 * One Network Connection of a client that speaks MSIP: the transport on one side, the MSIP connection in the middle, the
 * session on the other. What a message or a subscription leads to is decided elsewhere. docs/msip.md
 */

import type { DisconnectProperties } from '../../mqtt/properties.ts';
import { ReasonCode } from '../../mqtt/reason-codes.ts';
import type { QoS } from '../../mqtt/wire-format.ts';
import type { MsipSink } from '../../msip/connection-events.ts';
import type { FrameError } from '../../msip/errors.ts';
import type { FrameInput } from '../../msip/frame.ts';
import type { FrameView } from '../../msip/frame-view.ts';
import { MsipServerConnection } from '../../msip/server-connection.ts';
import type { Transport, TransportHandler } from '../../transport/transport.ts';
import type { AddressRecord } from '../admission/address-table.ts';
import { ClientOutput } from '../connection/client-output.ts';
import { sentenceFor } from '../connection/explanations.ts';
import { type Link, MSIP_VERSION } from '../connection/link.ts';
import type { Entrance } from '../entrance.ts';
import type { Exchange } from '../exchange.ts';
import type { ClientInfo, Maybe } from '../hooks.ts';
import type { ClientSession } from '../sessions/client-session.ts';
import type { Durability, StoredDelivery } from '../store/store.ts';
import type { TimedEntry } from '../timing-wheel.ts';
import { MsipAcknowledgements, type Request } from './msip-acknowledgements.ts';
import { MsipConversation } from './msip-conversation.ts';
import { UnacknowledgedEvents } from './unacknowledged-events.ts';

export class MsipLink implements Link, TransportHandler, MsipSink, TimedEntry {
  readonly exchange: Exchange;
  readonly transport: Transport;
  readonly entrance: Entrance;
  readonly connection: MsipServerConnection;
  readonly output: ClientOutput;
  readonly address: AddressRecord | undefined;
  readonly protocolVersion = MSIP_VERSION;
  readonly maximumPacketSize = Number.POSITIVE_INFINITY;
  readonly aliases = undefined;
  readonly keepAlive = 0;
  /** What was sent and has to be acknowledged. */
  readonly events: UnacknowledgedEvents;
  session: ClientSession | undefined = undefined;
  client: ClientInfo | undefined = undefined;
  isClosed = false;
  /** HELLO asked for an acknowledged session. */
  wantsAcknowledged = false;
  greetedSecond = 0;
  /** Who watches hears that it came, and will hear that it went. */
  isAnnounced = false;
  wheelTime = 0;
  wheelIndex = 0;
  readonly #acknowledgements: MsipAcknowledgements;
  readonly #conversation: MsipConversation;
  #error: Error | undefined = undefined;

  constructor(exchange: Exchange, transport: Transport, entrance: Entrance) {
    const { connectSize, connectTimeoutMs, msipIdleSeconds } = exchange.limits;
    this.exchange = exchange;
    this.transport = transport;
    this.entrance = entrance;
    this.address = exchange.gate.enter(transport.remoteAddress);
    this.connection = new MsipServerConnection({
      writer: exchange.outbox.writer,
      maximumPayloadLength: connectSize,
      helloTimeoutMs: connectTimeoutMs,
      idleTimeoutMs: msipIdleSeconds * 1000,
    });
    this.output = new ClientOutput(this);
    this.events = new UnacknowledgedEvents(this);
    this.#acknowledgements = new MsipAcknowledgements(this);
    this.#conversation = new MsipConversation(this);
  }

  get durability(): Durability {
    return this.entrance.durability ?? this.exchange.durability;
  }

  /** Only what lasts can be sent again. */
  get acknowledgesEvents(): boolean {
    return this.wantsAcknowledged && this.session?.isPersistent === true;
  }

  get vacancy(): number {
    return this.events.vacancy;
  }

  get hasVacancy(): boolean {
    return this.events.vacancy > 0;
  }

  admit(qos: QoS, stored: StoredDelivery | undefined, offered: number): number {
    return this.events.admit(qos, stored, offered);
  }

  start(): void {
    this.connection.begin(this.exchange.now());
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
      this.connection.receive(bytes, now, this);
      this.#acknowledgements.release();
    } catch (error) {
      this.fail(error, 'handling a frame'); // [MSIP-7-4]
    }
    if (intake.isWatching) intake.onRead(this, bytes.length, statistics.publishReceived - before);
    outbox.close();
  }

  onDrain(): void {
    this.output.onDrain();
    this.readOrPause();
    try {
      this.events.redeliver();
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

  // What the MSIP connection makes of it

  transmit(start: number, end: number): void {
    const { statistics, tracing } = this.exchange;
    statistics.otherPacketsSent++;
    if (tracing !== undefined) tracing.onSent(this, { start, end });
    this.exchange.outbox.append(this.output, start, end);
  }

  frame(view: FrameView): void {
    const { tracing } = this.exchange;
    if (tracing !== undefined) tracing.onFrameReceived(this, view.toFrame());
    this.#conversation.onFrame(view);
  }

  close(error: FrameError | undefined): void {
    if (error !== undefined) this.exchange.statistics.onFault(error.code);
    this.#error ??= error;
    this.#conversation.order.do(() => this.#end()); // [MSIP-3.10-4]
  }

  // What the broker does with it

  /** ACK once everything kept for it is committed. */
  acknowledge(request: Request): void {
    this.#acknowledgements.add(request);
  }

  releaseAcknowledgements(): void {
    this.#acknowledgements.release();
  }

  get waitingAcknowledgements(): number {
    return this.#acknowledgements.waiting;
  }

  readOrPause(): void {
    const isHeld = this.#conversation.order.isAsking || this.output.isOverfull || this.exchange.intake.holds(this);
    if (isHeld) this.transport.pause();
    else this.transport.resume();
  }

  onReadAgain(): void {
    this.#conversation.order.listensSince = this.exchange.now();
    this.readOrPause();
  }

  /** Nothing follows a CLOSE. */
  send(frame: FrameInput): void {
    if (this.isClosed || this.connection.state === 'closed') return;
    this.connection.send(frame, this.exchange.now(), this);
  }

  /** A request is refused: the connection stays. [MSIP-7-3] */
  refuse(msgId: bigint, text: string): void {
    this.send({ type: 'error', msgId, text });
  }

  /** ERROR says why, CLOSE ends it. [MSIP-3.10-3] */
  disconnect(reasonCode: number, properties?: DisconnectProperties): void {
    const where = properties?.serverReference === undefined ? '' : `: ${properties.serverReference}`;
    this.leave(0n, `${sentenceFor('disconnect', reasonCode)}${where}`);
  }

  leave(msgId: bigint, text: string): void {
    if (this.isClosed) return;
    this.send({ type: 'error', msgId, text });
    this.send({ type: 'close', msgId });
    this.#end();
  }

  takeOver(): Maybe<void> {
    this.disconnect(ReasonCode.SessionTakenOver);
    return this.#conversation.order.finish();
  }

  part(error: Error, reasonCode: number): void {
    this.#error ??= error;
    this.disconnect(reasonCode);
  }

  fail(error: unknown, doing: string): void {
    this.exchange.onError(error, doing);
    if (error instanceof Error) this.#error ??= error;
    try {
      this.disconnect(ReasonCode.UnspecifiedError);
    } catch {
      this.transport.destroy();
      this.#onGone();
    }
  }

  get deadline(): number {
    if (this.isClosed) return Number.POSITIVE_INFINITY;
    return Math.min(this.connection.deadline, this.client?.expiresAt ?? Number.POSITIVE_INFINITY);
  }

  /** A client that was not read by our own wish cannot be said to be silent. */
  onDeadline(now: number): void {
    const { isAsking, listensSince } = this.#conversation.order;
    if ((this.client?.expiresAt ?? now + 1) <= now) this.disconnect(ReasonCode.MaximumConnectTime);
    const patience = this.exchange.limits.msipIdleSeconds * 1000;
    if (this.isClosed || isAsking || this.exchange.intake.holds(this) || now < listensSince + patience) return;
    this.#conversation.order.run(() => this.connection.tick(now, this));
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
