/**
 * Why a store could not be opened, or cannot keep what it is told. Stores of other packages throw it too.
 */
import { ReasonCode } from '../../mqtt/reason-codes.ts';

export type StoreErrorCode =
  | 'STORE_FULL'
  | 'STORE_FAILED'
  | 'STORE_IN_USE'
  | 'STORE_DAMAGED'
  | 'STORE_FOREIGN'
  | 'STORE_VERSION'
  | 'STORE_CLOSED';

export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'StoreError';
    this.code = code;
  }
}

/** What a client of 5.0 is told that asked for something which cannot be kept. The store may have a library of its own. */
export function storeReasonCode(error: Error & { readonly code?: unknown }): number {
  return error.code === 'STORE_FULL' ? ReasonCode.QuotaExceeded : ReasonCode.UnspecifiedError;
}
