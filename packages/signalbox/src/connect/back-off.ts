// BackOff: how long a link waits before it tries again.

export interface BackOffOptions {
  /** After the first failure; each further one doubles it. Default 100. */
  readonly firstMs?: number;
  /** Default 30,000. */
  readonly longestMs?: number;
  /** Failures in a row after which the link gives up. Default: no end. */
  readonly attempts?: number;
  /** From 0 to 1, for jitter. Default `Math.random`. */
  readonly random?: () => number;
}

const DEFAULT_FIRST_MS = 100;
const DEFAULT_LONGEST_MS = 30_000;

export class BackOff {
  /** Failures in a row. */
  failures = 0;
  readonly #options: BackOffOptions;

  constructor(options: BackOffOptions) {
    this.#options = options;
  }

  /** Milliseconds to wait after one more failure; undefined: no more. */
  next(): number | undefined {
    const { firstMs = DEFAULT_FIRST_MS, longestMs = DEFAULT_LONGEST_MS } = this.#options;
    const { attempts = Number.POSITIVE_INFINITY, random = Math.random } = this.#options;
    this.failures++;
    if (this.failures >= attempts) return undefined;
    const delay = Math.min(longestMs, firstMs * 2 ** Math.min(this.failures - 1, 30));
    return (delay * (1 + random())) / 2; // so that many do not come back at once
  }

  /** A connection has proved useful. */
  reset(): void {
    this.failures = 0;
  }
}
