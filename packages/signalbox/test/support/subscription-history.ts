// When one client surely had a subscription, and when it may have had one: between a SUBSCRIBE and its SUBACK nobody
// outside of the broker can know. For models that say what must and what must not be delivered.

interface Span {
  readonly from: number;
  to: number;
}

class Spans {
  readonly #spans: Span[] = [];

  get isOpen(): boolean {
    return this.#spans.at(-1)?.to === Infinity;
  }

  begin(time: number): void {
    if (!this.isOpen) this.#spans.push({ from: time, to: Infinity });
  }

  end(time: number): void {
    if (this.isOpen) this.#spans.at(-1)!.to = time;
  }

  touches(from: number, to: number): boolean {
    return this.#spans.some((span) => span.from <= to && span.to >= from);
  }

  covers(from: number, to: number): boolean {
    return this.#spans.some((span) => span.from < from && span.to > to);
  }
}

export class SubscriptionHistory {
  readonly #sure = new Spans();
  readonly #possible = new Spans();
  /** What the client wants last. */
  isWanted = false;

  /** Whether the broker is known to do what the client wants. */
  get isAsWanted(): boolean {
    return this.isWanted ? this.#sure.isOpen : !this.#possible.isOpen;
  }

  onSubscribe(time: number): void {
    this.#possible.begin(time);
  }

  onSuback(time: number): void {
    if (this.isWanted) this.#sure.begin(time);
  }

  onUnsubscribe(time: number): void {
    this.#sure.end(time);
  }

  onUnsuback(time: number): void {
    if (!this.isWanted) this.#possible.end(time);
  }

  /** The session may be gone from now on. */
  onDoubt(time: number): void {
    this.#sure.end(time);
  }

  /** The session is known to be a new one. */
  onGone(time: number): void {
    this.#sure.end(time);
    this.#possible.end(time);
  }

  /** Whether a message that was routed at some time in between had to be matched. */
  isSure(from: number, to: number): boolean {
    return this.#sure.covers(from, to);
  }

  /** Whether a message that was routed at some time in between could be matched. */
  isPossible(from: number, to: number): boolean {
    return this.#possible.touches(from, to);
  }
}
