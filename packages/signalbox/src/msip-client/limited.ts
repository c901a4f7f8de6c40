// An operation that is given up when its time is over, or when somebody aborts it, as an MSIP client tells it.

import type { ClientClock } from '../client/clock.ts';
import { limited as limitedBy } from '../client/limited.ts';
import { MsipClientError } from './client-errors.ts';
import type { MsipOperationOptions } from './client-options.ts';

/** Calls `giveUp` with the reason when `options` say so before `promise` is settled; that is to make it reject. */
export function limited<T>(
  promise: Promise<T>,
  options: MsipOperationOptions,
  { clock, giveUp }: { readonly clock: ClientClock; readonly giveUp: (reason: unknown) => void },
): Promise<T> {
  return limitedBy(promise, options, { clock, giveUp, tooLate }); // not spread: that costs more than to publish a message
}

function tooLate(message: string): Error {
  return new MsipClientError('TIMEOUT', message);
}
