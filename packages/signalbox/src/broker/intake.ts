/**
 * How much the broker takes from each client: publish rates, and who is not read for a while because of them or because
 * the broker is overloaded. A client that is not read is slowed down by its own network. It must not know packets.
 */
import { ReasonCode } from '../mqtt/reason-codes.ts';
import type { Link } from './connection/link.ts';
import type { Exchange } from './exchange.ts';
import { Overload } from './overload.ts';
import { Rate } from './rate.ts';

/** A client above its publish rate is not read until the rate is kept again, or is sent away with 0x96. */
export type PublishRatePolicy = 'pause' | 'disconnect';

/** A second's worth may come at once. */
const BURST_SECONDS = 1;

interface Meter {
  messagesPaidUntil: number;
  bytesPaidUntil: number;
}

export class Intake {
  readonly overload: Overload;
  readonly #exchange: Exchange;
  readonly #messages: Rate;
  readonly #bytes: Rate;
  readonly #isRateLimited: boolean;
  /** Of those who were read since rates are limited. */
  readonly #meters = new Map<Link, Meter>();
  /** Who is not read, and until when. */
  readonly #held = new Map<Link, number>();

  constructor(exchange: Exchange) {
    const { publishRate, publishByteRate } = exchange.limits;
    this.#exchange = exchange;
    this.overload = new Overload(exchange);
    this.#messages = new Rate(publishRate, BURST_SECONDS);
    this.#bytes = new Rate(publishByteRate, BURST_SECONDS);
    this.#isRateLimited = this.#messages.isLimited || this.#bytes.isLimited;
  }

  /** Whether anybody needs to know what was read: mostly nobody does. */
  get isWatching(): boolean {
    return this.#isRateLimited || this.overload.isOn;
  }

  /** Clients that are not read at present. */
  get heldCount(): number {
    return this.#held.size;
  }

  holds(link: Link): boolean {
    return this.#held.size > 0 && this.#held.has(link);
  }

  /** So many bytes were read of a client, and so many PUBLISH packets were in them. */
  onRead(link: Link, bytes: number, messages: number): void {
    if (this.overload.isOn) this.overload.onRead(link, bytes);
    if (!this.#isRateLimited || messages === 0) return;
    const now = this.#exchange.lastNow;
    let meter = this.#meters.get(link);
    if (meter === undefined) {
      meter = { messagesPaidUntil: 0, bytesPaidUntil: 0 };
      this.#meters.set(link, meter);
    }
    meter.messagesPaidUntil = this.#messages.spend(meter.messagesPaidUntil, now, messages);
    meter.bytesPaidUntil = this.#bytes.spend(meter.bytesPaidUntil, now, bytes);
    const settledAt = Math.max(
      this.#messages.settledAt(meter.messagesPaidUntil),
      this.#bytes.settledAt(meter.bytesPaidUntil),
    );
    if (settledAt <= now) return;
    this.#exchange.statistics.publishRateExceeded++;
    if (this.#exchange.publishRatePolicy === 'disconnect') link.disconnect(ReasonCode.MessageRateTooHigh);
    else this.hold(link, settledAt);
  }

  /** Does not read a client until then, or a little later. */
  hold(link: Link, until: number): void {
    if (link.isClosed) return;
    this.#held.set(link, Math.max(until, this.#held.get(link) ?? 0));
    link.readOrPause();
  }

  forget(link: Link): void {
    if (this.#isRateLimited) this.#meters.delete(link);
    if (this.#held.size > 0) this.#held.delete(link);
  }

  tick(now: number): void {
    for (const [link, until] of this.#held) {
      if (until > now) continue;
      this.#held.delete(link);
      link.onReadAgain();
    }
    for (const link of this.overload.tick(now)) this.hold(link, now);
  }
}
