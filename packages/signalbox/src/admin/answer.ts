/** What a route answers, and how a question that cannot be answered is refused. It must not know sockets. */

/** Stable, as programs compare them; docs/errors.md says what to do about each. */
export const ADMIN_ERRORS = {
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  BODY_NOT_ALLOWED: 413,
  WRONG_HOST: 421,
  INTERNAL: 500,
  BUSY: 503,
} as const;

export type AdminErrorCode = keyof typeof ADMIN_ERRORS;

/** Answered as `{ "error": { "code", "message" } }` with the status of its code. */
export class AdminError extends Error {
  override readonly name = 'AdminError';
  readonly code: AdminErrorCode;

  constructor(code: AdminErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export function json(value: unknown, status = 200): Answer {
  return { status, contentType: 'application/json; charset=utf-8', body: `${JSON.stringify(value)}\n` };
}

export const NOTHING: Answer = { status: 204, contentType: '', body: '' };
