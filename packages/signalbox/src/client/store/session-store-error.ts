// SessionStoreError: why a session store could not be opened, or cannot keep what it is told. Stores of others throw it too.

export const SESSION_STORE_ERRORS = [
  'STORE_FULL',
  'STORE_FAILED',
  'STORE_IN_USE',
  'STORE_DAMAGED',
  'STORE_VERSION',
  'STORE_CLOSED',
] as const;

export type SessionStoreErrorCode = (typeof SESSION_STORE_ERRORS)[number];

export class SessionStoreError extends Error {
  readonly code: SessionStoreErrorCode;

  constructor(code: SessionStoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'SessionStoreError';
    this.code = code;
  }
}
