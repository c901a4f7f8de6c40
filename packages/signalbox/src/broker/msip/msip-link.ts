/**
 * One Network Connection of a client that speaks MSIP: the transport on one side, the MSIP connection in the middle, the
 * session on the other. What a message or a subscription leads to is decided elsewhere. docs/msip.md
 */

import type { DisconnectProperties } from '../../mqtt/properties.ts';
import { ReasonCode } from '../../mqtt/reason-codes.ts';
import type { QoS } from '../../mqtt/wire-format.ts';
import type { MsipSink } from '../../msip/connection-events.ts';
import type { FrameInput } from '../../msip/frame.ts';
import type { FrameView } from '../../msip/frame-view.ts';
import { MsipServerConnection } from '../../msip/server-connection.ts';
import type { Transport } from '../../transport/transport.ts';
import { BaseLink } from '../connection/base-link.ts';
import { sentenceFor } from '../connection/explanations.ts';
import type { InOrder } from '../connection/in-order.ts';
import { MSIP_VERSION } from '../connection/link.ts';
import type { Entrance } from '../entrance.ts';
import type { Exchange } from '../exchange.ts';
import type { StoredDelivery } from '../store/store.ts';
import { MsipAcknowledgements, type Request } from './msip-acknowledgements.ts';
import { MsipConversation } from './msip-conversation.ts';
import { UnacknowledgedEvents } from './unacknowledged-events.ts';

export class MsipLink extends BaseLink implements MsipSink {
  readonly connection: MsipServerConnection;
  readonly protocolVersion = MSIP_VERSION;
  readonly maximumPacketSize = Number.POSITIVE_INFINITY;
  readonly aliases = undefined;
  readonly keepAlive = 0;
  /** What was sent and has to be acknowledged. */
  readonly events: UnacknowledgedEvents;
  /** HELLO asked for an acknowledged session. */
  wantsAcknowledged = false;
  readonly #acknowledgements: MsipAcknowledgements;
  readonly #conversation: MsipConversation;

  constructor(exchange: Exchange, transport: Transport, entrance: Entrance) {
    super(exchange, transport, entrance);
    const { connectSize, connectTimeoutMs, msipIdleSeconds } = exchange.limits;
    this.connection = new MsipServerConnection({
      writer: exchange.outbox.writer,
      maximumPayloadLength: connectSize,
      helloTimeoutMs: connectTimeoutMs,
      idleTimeoutMs: msipIdleSeconds * 1000,
    });
    this.events = new UnacknowledgedEvents(this);
    this.#acknowledgements = new MsipAcknowledgements(this);
    this.#conversation = new MsipConversation(this);
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

  // What the MSIP connection makes of it

  frame(view: FrameView): void {
    const { tracing } = this.exchange;
    if (tracing !== undefined) tracing.onFrameReceived(this, view.toFrame());
    this.#conversation.onFrame(view);
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
    this.finish();
  }

  get deadline(): number {
    if (this.isClosed) return Number.POSITIVE_INFINITY;
    return Math.min(this.connection.deadline, this.client?.expiresAt ?? Number.POSITIVE_INFINITY);
  }

  /** A client that was not read by our own wish cannot be said to be silent. */
  onDeadline(now: number): void {
    const { isAsking, listensSince } = this.order;
    if ((this.client?.expiresAt ?? now + 1) <= now) this.disconnect(ReasonCode.MaximumConnectTime);
    // Before HELLO its time limit holds, and nothing else.
    const patience = this.connection.state === 'connected' ? this.exchange.limits.msipIdleSeconds * 1000 : 0;
    if (this.isClosed || isAsking || this.exchange.intake.holds(this) || now < listensSince + patience) return;
    this.order.run(() => this.connection.tick(now, this));
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

  protected override sendWaiting(): void {
    this.events.redeliver();
    super.sendWaiting();
  }

  protected excuse(): void {
    this.disconnect(ReasonCode.UnspecifiedError);
  }

  protected onGone(): void {
    this.connection.end(this.exchange.now());
    this.#conversation.onGone(this.error);
  }
}
