/** What an operator can mend: a file that cannot be read or does not say what it should, an option that makes no sense. */

export const ACCESS_ERRORS = ['FILE_UNREADABLE', 'FILE_INVALID', 'BAD_OPTIONS'] as const;

export type AccessErrorCode = (typeof ACCESS_ERRORS)[number];

/** The message has a line for each mistake, with the number of the line in the file. */
export class AccessError extends Error {
  override readonly name = 'AccessError';
  readonly code: AccessErrorCode;

  constructor(code: AccessErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
