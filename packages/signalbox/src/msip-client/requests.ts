// What was asked of the server on the connection that stands, by msg_id: each is answered by ACK, PONG or ERROR, or lost with
// the connection, or unanswered for too long. §2.4, §3.6, §3.7

import type { ClientClock } from '../client/clock.ts';
import { MsipClientError, MsipRefusedError } from './client-errors.ts';

export interface Request {
  /** `publish`, `subscribe`, `unsubscribe` or `ping`. */
  readonly what: string;
  onAnswer(): void;
  /** The server said no, or nothing for too long: the connection lives on. */
  onRefused(error: MsipClientError): void;
  /** The connection is gone. */
  onLost(error: MsipClientError): void;
}

interface Asked {
  readonly request: Request;
  readonly at: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;

export class Requests {
  readonly #clock: ClientClock;
  readonly #timeoutMs: number;
  /** In the order in which they were sent: the first is the first to be late. */
  readonly #open = new Map<bigint, Asked>();
  #stopTimer: (() => void) | undefined;

  constructor(clock: ClientClock, timeoutMs = DEFAULT_TIMEOUT_MS) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs === 0 ? Infinity : timeoutMs;
  }

  get size(): number {
    return this.#open.size;
  }

  add(msgId: bigint, request: Request): void {
    this.#open.set(msgId, { request, at: this.#clock.now() });
    this.#watch();
  }

  /** False: nobody waits for it (any longer). [MSIP-3.6-3] [MSIP-3.9-2] */
  answer(msgId: bigint): boolean {
    const request = this.#take(msgId);
    request?.onAnswer();
    return request !== undefined;
  }

  refuse(msgId: bigint, text: string): boolean {
    const request = this.#take(msgId);
    request?.onRefused(new MsipRefusedError(request.what, msgId, text));
    return request !== undefined;
  }

  forget(msgId: bigint): void {
    this.#take(msgId);
  }

  /** The connection is gone: it was lost, or the client was closed. */
  loseAll(code: 'CONNECTION_LOST' | 'CLOSED', cause: Error | undefined): void {
    const all = [...this.#open.values()];
    this.#open.clear();
    this.#stop();
    for (const { request } of all) {
      const what = code === 'CLOSED' ? 'the client was closed' : 'the connection was lost';
      const text = `${what} before ${request.what} was answered`;
      request.onLost(new MsipClientError(code, cause ? `${text}: ${cause.message}` : text, cause));
    }
  }

  #take(msgId: bigint): Request | undefined {
    const asked = this.#open.get(msgId);
    if (asked === undefined) return undefined;
    this.#open.delete(msgId);
    if (this.#open.size === 0) this.#stop();
    return asked.request;
  }

  #stop(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  /** One timer for all: for the first, and when that is answered, for what is the first then. */
  #watch(): void {
    if (this.#stopTimer !== undefined || this.#timeoutMs === Infinity) return;
    const [first] = this.#open.values();
    if (first === undefined) return;
    const delayMs = Math.max(0, first.at + this.#timeoutMs - this.#clock.now());
    this.#stopTimer = this.#clock.after(delayMs, () => this.#onTimer());
  }

  #onTimer(): void {
    this.#stopTimer = undefined;
    const now = this.#clock.now();
    for (const [msgId, { request, at }] of this.#open) {
      if (at + this.#timeoutMs > now) break;
      this.#open.delete(msgId);
      const text = `${request.what} was not answered within ${this.#timeoutMs} ms`;
      request.onRefused(new MsipClientError('NOT_ACKNOWLEDGED', text));
    }
    this.#watch();
  }
}
