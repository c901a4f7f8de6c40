// An operation that is given up when its time is over, or when somebody aborts it.

import { ClientError } from './client-errors.ts';
import type { OperationOptions } from './client-options.ts';
import type { ClientClock } from './clock.ts';

/**
 * Calls `giveUp` with the reason when `options` say so before `promise` is settled; that is to make it reject. The reason of
 * an abort is the signal's own.
 */
export function limited<T>(
  promise: Promise<T>,
  { signal, timeoutMs }: OperationOptions,
  surroundings: { readonly clock: ClientClock; readonly giveUp: (reason: unknown) => void },
): Promise<T> {
  if (signal === undefined && timeoutMs === undefined) return promise;
  const { clock, giveUp } = surroundings;
  const onAbort = (): void => giveUp(signal!.reason);
  const onTimeout = (): void => giveUp(new ClientError('TIMEOUT', `no answer within ${timeoutMs} ms`));
  const cancel = timeoutMs === undefined ? undefined : clock.after(timeoutMs, onTimeout);
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  return promise.finally(() => {
    cancel?.();
    signal?.removeEventListener('abort', onAbort);
  });
}
