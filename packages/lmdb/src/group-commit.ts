/**
 * When transactions happen. One at a time, and meanwhile the next one gathers. What somebody waits for is submitted at
 * the end of this turn of the event loop; unless messages are on their way to subscribers which will probably have them in
 * a moment: then all wait one or two gather times, and what was delivered by then never gets to the disk.
 */
import type { StoreListener } from 'signalbox/broker';
import type { Segment } from './cell.ts';
import { Encoding } from './encoding.ts';
import type { Pending } from './pending.ts';
import type { Backend } from './table.ts';

/**
 * Gather times that what may be undone waits for, after the one in which it came. Under load each is a turn of the event
 * loop: in one the message is written to the subscriber's socket, in the next but one its acknowledgement has come.
 */
const RIPE_AGE = 3;

/** After a failure: the first try by itself, and the longest wait for another one. */
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5000;
/** Who writes while the store fails does not hear later than this whether it still does. */
const SOONEST_RETRY_MS = 50;

export class GroupCommit {
  readonly #pending: Pending;
  readonly #backend: Backend;
  readonly #gatherMs: number;
  readonly #listener: StoreListener;
  #timer: NodeJS.Timeout | undefined = undefined;
  #immediate: NodeJS.Immediate | undefined = undefined;
  /** The transaction under way. Never rejects. */
  #current: Promise<void> | undefined = undefined;
  /** How many of the waiting segments have had their gather time. */
  #ripe = 0;
  #failures = 0;
  #failedAt = 0;
  #retryAt = 0;
  #lastError: unknown = undefined;

  constructor(
    pending: Pending,
    backend: Backend,
    options: { readonly gatherMs: number; readonly listener: StoreListener },
  ) {
    this.#pending = pending;
    this.#backend = backend;
    this.#gatherMs = options.gatherMs;
    this.#listener = options.listener;
  }

  /** Something was written. */
  schedule(): void {
    if (this.#failures > 0) {
      this.#scheduleRetry(Math.min(this.#retryAt, this.#failedAt + SOONEST_RETRY_MS));
      return;
    }
    const pending = this.#pending;
    if (this.#immediate !== undefined) return;
    if (this.#timer !== undefined && pending.segment.hopeful > 0) return; // so it is most of the time under load
    if (pending.count('live') === 0) return;
    const isUrgent = this.#gatherMs === 0 || (pending.count('urgent') > 0 && pending.count('hopeful') === 0);
    if (isUrgent && this.#current === undefined) this.#immediate = setImmediate(() => this.#submitAll());
    else this.#timer ??= setTimeout(() => this.#onGathered(), this.#gatherMs);
  }

  /** Everything that is pending is kept when it resolves. Rejects with the error when it could not be. */
  async flush(): Promise<void> {
    while (this.#current !== undefined) await this.#current; // one may follow another
    this.#submitAll();
    await this.#current;
    this.#cancel();
    if (this.#failures > 0) throw this.#lastError;
  }

  /** Tells which commits are kept by now. */
  report(): void {
    const count = this.#pending.takeKept();
    if (count > 0) this.#listener.onKept(count);
  }

  #onGathered(): void {
    this.#timer = undefined;
    this.#ripe = this.#pending.grow(RIPE_AGE);
    this.#pending.rotate();
    if (this.#current === undefined) this.#submit(this.#ripe);
    this.schedule();
  }

  #submitAll(): void {
    this.#cancel();
    this.#pending.rotate();
    if (this.#current === undefined) this.#submit(this.#pending.waiting);
  }

  #submit(count: number): void {
    this.#ripe = 0;
    const segments = this.#pending.take(count);
    if (segments.length === 0) this.report();
    else this.#current = this.#write(segments);
  }

  async #write(segments: readonly Segment[]): Promise<void> {
    await Promise.resolve(); // it must not end before it is known to be under way, though there may be nothing to write
    const encoding = new Encoding(this.#backend, this.#pending.shared);
    try {
      this.#pending.encode(segments, encoding);
      if (encoding.transaction.size > 0) await this.#backend.submit(encoding.transaction);
    } catch (error) {
      this.#current = undefined;
      this.#onFailed(segments, error);
      return;
    }
    this.#current = undefined;
    encoding.onKept();
    this.#pending.onKept(segments);
    this.#failures = 0;
    this.report();
    if (this.#ripe > 0) this.#submit(this.#ripe);
    this.schedule();
  }

  #onFailed(segments: readonly Segment[], error: unknown): void {
    this.#pending.onFailed(segments);
    this.#ripe = 0;
    this.#failures++;
    this.#failedAt = performance.now();
    this.#lastError = error;
    const wait = Math.min(FIRST_RETRY_MS * 2 ** (this.#failures - 1), LAST_RETRY_MS);
    this.#cancel();
    this.#scheduleRetry(this.#failedAt + wait);
    this.#listener.onFailed(error instanceof Error ? error : new Error(String(error)));
  }

  #scheduleRetry(at: number): void {
    if (this.#current !== undefined || (this.#timer !== undefined && this.#retryAt <= at)) return;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#retryAt = at;
    this.#timer = setTimeout(() => this.#submitAll(), Math.max(0, at - performance.now()));
  }

  #cancel(): void {
    if (this.#immediate !== undefined) clearImmediate(this.#immediate);
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#immediate = undefined;
    this.#timer = undefined;
  }
}
