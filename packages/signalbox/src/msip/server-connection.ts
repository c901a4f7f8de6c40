// The server's side of an MSIP connection: a time limit for HELLO, a limit on silence, faults told by ERROR. §3.1, §7

import { MsipConnection, type MsipConnectionOptions } from './connection.ts';
import type { MsipSink } from './connection-events.ts';
import { CLIENT_FRAMES, SERVER_FRAMES } from './connection-states.ts';
import { FrameError } from './errors.ts';
import type { FrameView } from './frame-view.ts';
import { Flags, FrameType, MsgKind } from './header.ts';

export interface MsipServerConnectionOptions extends MsipConnectionOptions {
  /** How long a client may take for its HELLO, in ms. Default 10,000; 0: for ever. */
  readonly helloTimeoutMs?: number;
  /**
   * How long a client may be silent, in ms; after half of it the server sends PING. Default 0: for ever, as the reference
   * clients send nothing of themselves.
   */
  readonly idleTimeoutMs?: number;
}

export class MsipServerConnection extends MsipConnection {
  protected readonly incoming = CLIENT_FRAMES;
  protected readonly outgoing = SERVER_FRAMES;
  readonly #helloTimeout: number;
  readonly #idleTimeout: number;
  #begunAt = 0;
  /** PING was sent since the client was heard of. */
  #hasPinged = false;

  constructor(options: MsipServerConnectionOptions = {}) {
    super(options);
    const { helloTimeoutMs = 10_000, idleTimeoutMs = 0 } = options;
    this.#helloTimeout = helloTimeoutMs === 0 ? Number.POSITIVE_INFINITY : helloTimeoutMs;
    this.#idleTimeout = idleTimeoutMs === 0 ? Number.POSITIVE_INFINITY : idleTimeoutMs; // [MSIP-3.8-3]
  }

  override begin(now: number): void {
    super.begin(now);
    this.#begunAt = now;
    this.#hasPinged = false;
  }

  get deadline(): number {
    if (this.state === 'idle') return this.#begunAt + this.#helloTimeout;
    if (this.state !== 'connected') return Number.POSITIVE_INFINITY;
    return this.heardAt + (this.#hasPinged ? this.#idleTimeout : this.#idleTimeout / 2);
  }

  /**
   * Answers HELLO: ACK of kind STATE with the identity, and with ACK_REQUIRED when an acknowledged session is granted.
   * @throws {MsipUsageError} when there is no HELLO to answer.
   */
  welcome(identity: Uint8Array, session: 'plain' | 'acknowledged', sink: MsipSink): void {
    const flags = session === 'acknowledged' ? Flags.AckRequired : Flags.None; // [MSIP-8-1]
    this.send({ type: 'ack', flags, msgKind: MsgKind.State, msgId: this.greeting, payload: identity }, this.now, sink); // [MSIP-3.1-4]
  }

  /** Answers a request by ACK, at once and without an object: for who does so very often. Only while connected. */
  acknowledge(request: Pick<FrameView, 'idHigh' | 'idLow' | 'msgKind'>, sink: MsipSink): void {
    if (this.state === 'connected') this.emitBare(FrameType.Ack, request.msgKind, request, sink); // [MSIP-3.6-1] [MSIP-2.4-2]
  }

  protected override onHeard(): void {
    this.#hasPinged = false;
  }

  protected onTick(sink: MsipSink): void {
    if (this.state === 'idle' && this.#begunAt + this.#helloTimeout <= this.now) {
      this.fail(new FrameError('HELLO_TIMEOUT', 'there was no HELLO in time'), sink); // [MSIP-3.1-2]
    }
    if (this.state !== 'connected') return;
    if (this.heardAt + this.#idleTimeout <= this.now) {
      this.fail(new FrameError('IDLE_TIMEOUT', 'the client was silent for too long'), sink);
    } else if (!this.#hasPinged && this.heardAt + this.#idleTimeout / 2 <= this.now) {
      this.#hasPinged = true;
      this.emit({ type: 'ping' }, sink);
    }
  }

  protected tellFault(error: FrameError, sink: MsipSink): void {
    this.emit({ type: 'error', msgId: error.msgId, text: error.message }, sink); // [MSIP-7-1] [MSIP-3.7-2]
  }
}
