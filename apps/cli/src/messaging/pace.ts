/** Messages at the times they are due: so many a second, or with a pause between two. Ends when it is told to. */
import { setTimeout as sleep } from 'node:timers/promises';

/** What time is, for tests. */
export interface PaceClock {
  now(): number;
  /** Rejects when the signal is aborted. */
  wait(ms: number, signal: AbortSignal): Promise<unknown>;
}

const SYSTEM_PACE: PaceClock = {
  now: () => performance.now(),
  wait: (ms, signal) => sleep(ms, undefined, { signal }),
};

/** After a stop, of the server or of the input, no more than this is caught up with at once. */
const CATCH_UP_MS = 1_000;

/** Yields what the source yields, `perSecond` of it in the middle. Ends early, without an error, when `signal` is aborted. */
export async function* paced<T>(
  source: AsyncIterable<T>,
  perSecond: number,
  { signal, clock = SYSTEM_PACE }: { readonly signal: AbortSignal; readonly clock?: PaceClock },
): AsyncGenerator<T> {
  const everyMs = 1000 / perSecond;
  let due = clock.now();
  for await (const one of source) {
    const early = due - clock.now();
    if (early > 0 && !(await waited(early, signal, clock))) return;
    if (signal.aborted) return;
    yield one;
    due = Math.max(due + everyMs, clock.now() - CATCH_UP_MS);
  }
}

/** Answers whether it came to the end of the wait. */
export async function waited(ms: number, signal: AbortSignal, clock: PaceClock = SYSTEM_PACE): Promise<boolean> {
  try {
    await clock.wait(ms, signal);
    return true;
  } catch {
    return false; // aborted
  }
}
