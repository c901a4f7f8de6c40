/** How fast counters rise, per minute, averaged over the last 1, 5 and 15 minutes. It must not know what they count. */

const SPANS = [
  ['1min', 60_000],
  ['5min', 300_000],
  ['15min', 900_000],
] as const;

const MINUTE_MS = 60_000;

export class LoadAverages<Name extends string> {
  readonly #names: readonly Name[];
  readonly #last: number[];
  /** For each name, one average for each span. */
  readonly #averages: number[];
  #updatedAt: number;

  constructor(names: readonly Name[], now: number) {
    this.#names = names;
    this.#last = names.map(() => 0);
    this.#averages = names.flatMap(() => SPANS.map(() => 0));
    this.#updatedAt = now;
  }

  /** To be called now and then; `count` answers how far a counter has risen. */
  update(now: number, count: (name: Name) => number): void {
    const elapsedMs = now - this.#updatedAt;
    if (elapsedMs <= 0) return;
    this.#updatedAt = now;
    this.#names.forEach((name, i) => {
      const value = count(name);
      const perMinute = ((value - this.#last[i]!) * MINUTE_MS) / elapsedMs;
      this.#last[i] = value;
      SPANS.forEach(([, spanMs], k) => {
        const at = i * SPANS.length + k;
        const old = this.#averages[at]!;
        this.#averages[at] = perMinute + (old - perMinute) * Math.exp(-elapsedMs / spanMs);
      });
    });
  }

  /** `bytes/received/1min` and its like, each with its average. */
  *entries(): Generator<[string, number]> {
    for (const [i, name] of this.#names.entries()) {
      for (const [k, [span]] of SPANS.entries()) yield [`${name}/${span}`, this.#averages[i * SPANS.length + k]!];
    }
  }
}
