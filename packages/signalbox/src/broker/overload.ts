/**
 * Overload: how late the event loop is, measured by the broker's own ticks, and what is done about it. New connections are
 * refused, and the busiest clients are not read for a tick at a time, so that the others, and who is connected already, are
 * served in time.
 */
import type { Link } from './connection/link.ts';
import type { Exchange } from './exchange.ts';
import { TimingWheel } from './timing-wheel.ts';

/** It is over when the loop is only so late, in parts of the limit: not on and off around one value. */
const OVER_AT = 0.5;
/** From so many times the limit on, connections are closed as they come: even a CONNACK takes time. */
const SPEECHLESS_AT = 4;
/** Of what was read in a tick, the busiest clients who brought this part are held. */
const HELD_SHARE = 0.5;

const NOBODY: readonly Link[] = [];

export class Overload {
  isOn = false;
  /** Milliseconds by which the last two ticks were both late: one alone may be a suspended machine, or one long task. */
  delayMs = 0;
  readonly #exchange: Exchange;
  readonly #limitMs: number;
  #lastTick: number | undefined = undefined;
  #lastDelayMs = 0;
  /** Bytes read of each client since the last tick, while it is on. */
  readonly #read = new Map<Link, number>();

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
    this.#limitMs = exchange.limits.overloadDelayMs;
  }

  /** Whether connections are closed without a word. */
  get isSpeechless(): boolean {
    return this.isOn && this.delayMs > this.#limitMs * SPEECHLESS_AT;
  }

  onRead(link: Link, bytes: number): void {
    this.#read.set(link, (this.#read.get(link) ?? 0) + bytes);
  }

  /** Answers who is not to be read until the next tick. */
  tick(now: number): readonly Link[] {
    const late = this.#lastTick === undefined ? 0 : Math.max(0, now - this.#lastTick - TimingWheel.tickMs);
    this.#lastTick = now;
    this.#exchange.statistics.onDelay(late);
    this.delayMs = Math.min(late, this.#lastDelayMs);
    this.#lastDelayMs = late;
    if (this.#limitMs === 0) return NOBODY;
    if (!this.isOn && this.delayMs > this.#limitMs) this.#change('on');
    else if (this.isOn && this.delayMs < this.#limitMs * OVER_AT) this.#change('off');
    if (this.#read.size === 0) return NOBODY;
    const busiest = this.isOn ? this.#busiest() : NOBODY;
    this.#read.clear();
    return busiest;
  }

  #change(to: 'on' | 'off'): void {
    const { statistics, events } = this.#exchange;
    this.isOn = to === 'on';
    if (this.isOn) statistics.overloads++;
    events.emit('overload', { isOn: this.isOn, delayMs: this.delayMs });
  }

  #busiest(): Link[] {
    const entries = [...this.#read].sort(([, a], [, b]) => b - a);
    let left = entries.reduce((sum, [, bytes]) => sum + bytes, 0) * HELD_SHARE;
    const busiest: Link[] = [];
    for (const [link, bytes] of entries) {
      if (left <= 0) break;
      left -= bytes;
      busiest.push(link);
    }
    return busiest;
  }
}
