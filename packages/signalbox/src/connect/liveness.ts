// Liveness: heartbeats, a peer that is not heard of any more, and a connection that nobody uses. A heartbeat is a datagram
// with a tag both sides have agreed on: the format has nothing else for it (docs/decisions, "heartbeats"). Each side sends its
// own, unasked, so that one which does not read at the moment is alive nevertheless.

import type { ConnectionClock } from './clock.ts';
import { ConnectionError } from './connection-error.ts';

export interface KeepAliveOptions {
  /** Of heartbeats, at both ends the same; not to be used for anything else. Default 65,535. */
  readonly tag?: number;
  /** A heartbeat is sent when nothing else was for so long. Default 15,000: most routers forget a silent line after minutes. */
  readonly intervalMs?: number;
  /** A peer that was not heard of for so long is dead. Default three times `intervalMs`: one lost packet is no death. */
  readonly timeoutMs?: number;
}

export const DEFAULT_HEARTBEAT_TAG = 65_535;
const DEFAULT_INTERVAL_MS = 15_000;
const INTERVALS = 3;
/** How often in the time of an unused connection it is looked at: a connection is closed up to a quarter of it too late. */
const IDLE_LOOKS = 4;

export interface LivenessHost {
  readonly clock: ConnectionClock;
  /** False while we read nothing ourselves: then silence is no sign. */
  readonly isListening: boolean;
  /** Datagrams so far that count as use, in both directions. */
  readonly activity: number;
  beat(): void;
  fail(error: ConnectionError): void;
}

export class Liveness {
  readonly #host: LivenessHost;
  readonly #intervalMs: number;
  readonly #silenceMs: number;
  readonly #idleMs: number;
  #sentAt: number;
  #heardAt: number;
  #usedAt: number;
  #activity = 0;
  /** Silence was noticed: what the network has brought meanwhile is looked at first. */
  #isDoubted = false;
  #cancel: (() => void) | undefined = undefined;
  #isStopped = false;

  constructor(host: LivenessHost, keepAlive: KeepAliveOptions | undefined, idleTimeoutMs: number) {
    this.#host = host;
    this.#intervalMs = keepAlive === undefined ? Infinity : (keepAlive.intervalMs ?? DEFAULT_INTERVAL_MS);
    this.#silenceMs = keepAlive?.timeoutMs ?? this.#intervalMs * INTERVALS;
    this.#idleMs = idleTimeoutMs;
    this.#sentAt = this.#heardAt = this.#usedAt = host.clock.now();
    this.#schedule(this.#sentAt);
  }

  /** Anything was written. */
  sent(): void {
    if (this.#intervalMs !== Infinity) this.#sentAt = this.#host.clock.now();
  }

  /** Anything was received, or reading begins again. */
  heard(): void {
    if (this.#silenceMs === Infinity) return;
    this.#heardAt = this.#host.clock.now();
    this.#isDoubted = false;
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  readonly #onTick = (): void => {
    if (this.#isStopped) return;
    const { clock, activity } = this.#host;
    const now = clock.now();
    if (activity !== this.#activity) {
      this.#activity = activity;
      this.#usedAt = now; // or a little earlier
    }
    if (!this.#host.isListening) this.#heardAt = now;
    if (now - this.#sentAt >= this.#intervalMs) {
      this.#sentAt = now;
      this.#host.beat();
    }
    if (now - this.#usedAt >= this.#idleMs) {
      this.#host.fail(new ConnectionError('IDLE_TIMEOUT', `no message for ${this.#idleMs} ms`));
    } else if (now - this.#heardAt < this.#silenceMs) {
      this.#schedule(now);
    } else if (this.#isDoubted) {
      this.#host.fail(new ConnectionError('PEER_SILENT', `nothing was heard of the peer for ${this.#silenceMs} ms`));
    } else {
      this.#isDoubted = true;
      clock.later(this.#onTick);
    }
  };

  #schedule(now: number): void {
    const due = Math.min(
      this.#sentAt + this.#intervalMs,
      this.#heardAt + this.#silenceMs,
      this.#usedAt + this.#idleMs,
      now + this.#idleMs / IDLE_LOOKS,
    );
    if (due !== Infinity) this.#cancel = this.#host.clock.after(Math.max(1, due - now), this.#onTick);
  }
}
