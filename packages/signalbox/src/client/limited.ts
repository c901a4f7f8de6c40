// An operation that is given up when its time is over, or when somebody aborts it.

import type { OperationOptions } from './client-options.ts';
import type { ClientClock } from './clock.ts';

interface Surroundings {
  readonly clock: ClientClock;
  /** Is to make the promise reject with the reason. */
  readonly giveUp: (reason: unknown) => void;
  /** The reason when time is over; that of an abort is the signal's own. */
  readonly tooLate: (message: string) => Error;
}

/** Calls `giveUp` when `options` say so before `promise` is settled. */
export function limited<T>(
  promise: Promise<T>,
  { signal, timeoutMs }: OperationOptions,
  { clock, giveUp, tooLate }: Surroundings,
): Promise<T> {
  if (signal === undefined && timeoutMs === undefined) return promise;
  const onAbort = (): void => giveUp(signal!.reason);
  const onTimeout = (): void => giveUp(tooLate(`no answer within ${timeoutMs} ms`));
  const cancel = timeoutMs === undefined ? undefined : clock.after(timeoutMs, onTimeout);
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  return promise.finally(() => {
    cancel?.();
    signal?.removeEventListener('abort', onAbort);
  });
}
