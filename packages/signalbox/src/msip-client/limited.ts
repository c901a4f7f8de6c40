// An operation that is given up when its time is over, or when somebody aborts it.

import type { ClientClock } from '../client/clock.ts';
import { MsipClientError } from './client-errors.ts';
import type { MsipOperationOptions } from './client-options.ts';

/** Calls `giveUp` with the reason when `options` say so before `promise` is settled; that is to make it reject. */
export function limited<T>(
  promise: Promise<T>,
  { signal, timeoutMs }: MsipOperationOptions,
  { clock, giveUp }: { readonly clock: ClientClock; readonly giveUp: (reason: unknown) => void },
): Promise<T> {
  if (signal === undefined && timeoutMs === undefined) return promise;
  const onAbort = (): void => giveUp(signal!.reason);
  const onTimeout = (): void => giveUp(new MsipClientError('TIMEOUT', `no answer within ${timeoutMs} ms`));
  const cancel = timeoutMs === undefined ? undefined : clock.after(timeoutMs, onTimeout);
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  return promise.finally(() => {
    cancel?.();
    signal?.removeEventListener('abort', onAbort);
  });
}
