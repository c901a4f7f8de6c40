/** How late the event loop is: what every client of a busy broker feels first. */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 20;
const NS_PER_S = 1e9;

export interface EventLoopDelay {
  /** Seconds since the measurement began anew, about a minute ago at most. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export class EventLoopMonitor {
  readonly #histogram: IntervalHistogram;
  readonly #timer: NodeJS.Timeout;
  #last: EventLoopDelay | undefined = undefined;

  constructor() {
    this.#histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#histogram.enable();
    this.#timer = setInterval(() => this.#renew(), 60_000);
    this.#timer.unref();
  }

  /** Of the present minute, or of the last one while there is nothing yet. */
  get delay(): EventLoopDelay {
    return this.#histogram.count > 0 ? this.#read() : (this.#last ?? { p50: 0, p99: 0, max: 0 });
  }

  close(): void {
    this.#histogram.disable();
    clearInterval(this.#timer);
  }

  #renew(): void {
    this.#last = this.#read();
    this.#histogram.reset();
  }

  /** The histogram holds the intervals themselves: what is beyond the resolution is the delay. */
  #read(): EventLoopDelay {
    const late = (ns: number) => Math.max(0, ns / NS_PER_S - RESOLUTION_MS / 1000);
    const { max } = this.#histogram;
    return { p50: late(this.#histogram.percentile(50)), p99: late(this.#histogram.percentile(99)), max: late(max) };
  }
}
