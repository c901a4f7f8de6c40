// The client's side of an MSIP connection: HELLO with its time limit, PING at an interval, a peer that does not answer.
// §3.1, §3.8, §3.9

import { MsipConnection, type MsipConnectionOptions } from './connection.ts';
import type { MsipSink } from './connection-events.ts';
import { CLIENT_FRAMES, SERVER_FRAMES } from './connection-states.ts';
import { FrameError } from './errors.ts';
import type { FrameInput } from './frame.ts';
import { FrameType, type MsgIdHalves, MsgKind } from './header.ts';

export interface MsipClientConnectionOptions extends MsipConnectionOptions {
  /** How long HELLO may stay without an answer, in ms. Default 10,000; 0: for ever. */
  readonly helloTimeoutMs?: number;
  /** How often PING is sent while connected, in ms. Default 0: never. */
  readonly pingIntervalMs?: number;
  /** How long the peer may be silent after a PING, in ms. Default: the interval; 0: for ever. */
  readonly pongTimeoutMs?: number;
}

export class MsipClientConnection extends MsipConnection {
  protected readonly incoming = SERVER_FRAMES;
  protected readonly outgoing = CLIENT_FRAMES;
  readonly #helloTimeout: number;
  readonly #pingInterval: number;
  readonly #pongTimeout: number;
  #greetedAt = 0;
  #pingedAt = 0;
  /** When the first PING after the last sign of life was sent; Infinity: there is none. */
  #unansweredSince = Number.POSITIVE_INFINITY;
  #lastMsgId = 0n;

  constructor(options: MsipClientConnectionOptions = {}) {
    super(options);
    const { helloTimeoutMs = 10_000, pingIntervalMs = 0, pongTimeoutMs = pingIntervalMs } = options;
    this.#helloTimeout = orNever(helloTimeoutMs);
    this.#pingInterval = orNever(pingIntervalMs);
    this.#pongTimeout = orNever(pongTimeoutMs);
  }

  override begin(now: number): void {
    super.begin(now);
    this.#unansweredSince = Number.POSITIVE_INFINITY;
  }

  /** A msg_id that was not used before, on this connection or an earlier one of this object. */
  takeMsgId(): bigint {
    this.#lastMsgId += 1n;
    return this.#lastMsgId; // [MSIP-2.4-3]
  }

  /** Answers an EVENT by ACK, at once and without an object: for who does so very often. Only while connected. */
  acknowledge(event: MsgIdHalves, sink: MsipSink): void {
    if (this.state === 'connected') this.emitBare(FrameType.Ack, MsgKind.Event, event, sink); // [MSIP-2.4-2]
  }

  get deadline(): number {
    if (this.state === 'greeting') return this.#greetedAt + this.#helloTimeout;
    return this.state === 'connected' ? Math.min(this.#pingAt, this.#goneAt) : Number.POSITIVE_INFINITY;
  }

  protected override onHello(msgId: bigint): void {
    super.onHello(msgId);
    this.#greetedAt = this.now;
    this.#pingedAt = this.now;
  }

  protected override onHeard(): void {
    this.#unansweredSince = Number.POSITIVE_INFINITY;
  }

  protected override onSent(frame: FrameInput): void {
    if (frame.type === 'ping') this.#onPing();
  }

  protected onTick(sink: MsipSink): void {
    if (this.state === 'greeting' && this.#greetedAt + this.#helloTimeout <= this.now) {
      this.fail(new FrameError('HELLO_TIMEOUT', 'HELLO was not answered in time', this.greeting), sink); // [MSIP-3.1-11]
    }
    if (this.state !== 'connected') return;
    if (this.#goneAt <= this.now) {
      this.fail(new FrameError('PONG_TIMEOUT', 'the server has not been heard of since PING'), sink); // [MSIP-3.8-2]
    } else if (this.#pingAt <= this.now) {
      this.#onPing();
      this.emit({ type: 'ping', msgId: this.takeMsgId() }, sink);
    }
  }

  protected tellFault(_error: FrameError, sink: MsipSink): void {
    if (this.state !== 'idle') this.emit({ type: 'close' }, sink); // [MSIP-7-2]
  }

  get #pingAt(): number {
    return this.#pingedAt + this.#pingInterval;
  }

  get #goneAt(): number {
    return this.#unansweredSince + this.#pongTimeout;
  }

  #onPing(): void {
    this.#pingedAt = this.now;
    if (this.#unansweredSince === Number.POSITIVE_INFINITY) this.#unansweredSince = this.now;
  }
}

function orNever(ms: number): number {
  return ms === 0 ? Number.POSITIVE_INFINITY : ms;
}
