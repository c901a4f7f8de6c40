// Waiting with an end: a time limit, an AbortSignal.

import type { ConnectionClock } from './clock.ts';
import { ConnectionError } from './connection-error.ts';
import { Deferred } from './deferred.ts';

export interface WaitOptions {
  /** Gives up waiting, with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
  /** Gives up waiting after so long, with ConnectionError `TIMEOUT`. */
  readonly timeoutMs?: number | undefined;
}

/**
 * The same promise, or one that rejects earlier, as `options` say. `onGivenUp` is called then, before; it may answer false: the
 * promise is settled already, and what it brings must not be lost.
 */
export function limited<T>(
  promise: Promise<T>,
  { signal, timeoutMs }: WaitOptions,
  { clock, onGivenUp }: { readonly clock: ConnectionClock; readonly onGivenUp?: () => boolean },
): Promise<T> {
  if (signal === undefined && timeoutMs === undefined) return promise;
  const outcome = new Deferred<T>();
  const giveUp = (reason: unknown): void => {
    if (onGivenUp?.() === false) return;
    settle();
    outcome.reject(reason);
  };
  const onAbort = (): void => giveUp(signal!.reason);
  const cancel =
    timeoutMs === undefined
      ? undefined
      : clock.after(timeoutMs, () => giveUp(new ConnectionError('TIMEOUT', `not within ${timeoutMs} ms`)));
  const settle = (): void => {
    cancel?.();
    signal?.removeEventListener('abort', onAbort);
  };
  promise.then(
    (value) => {
      settle();
      outcome.resolve(value);
    },
    (error) => {
      settle();
      outcome.reject(error);
    },
  );
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  return outcome.promise;
}
