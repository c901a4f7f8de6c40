// SctpError: what a caller did wrong (thrown, and nothing has changed), or why an association ended.

/** Every code, in the order of docs/errors.md. */
export const SCTP_ERRORS = [
  'INVALID_ARGUMENT',
  'MESSAGE_TOO_LARGE',
  'SEND_BUFFER_FULL',
  'NOT_ESTABLISHED',
  'TOO_MANY_ASSOCIATIONS',
  'HANDSHAKE_TIMEOUT',
  'STALE_COOKIE',
  'PEER_UNREACHABLE',
  'PEER_ABORTED',
  'PEER_RESTARTED',
  'PROTOCOL_VIOLATION',
  'OUT_OF_RESOURCES',
  'NETWORK_LOST',
  'SOCKET_FAILED',
] as const;

export type SctpErrorCode = (typeof SCTP_ERRORS)[number];

export class SctpError extends Error {
  readonly code: SctpErrorCode;
  /** The cause codes of the peer's ABORT or ERROR (RFC 9260, §3.3.10), where there are any. */
  readonly causes: readonly number[];
  constructor(code: SctpErrorCode, message: string, causes: readonly number[] = []) {
    super(message);
    this.name = 'SctpError';
    this.code = code;
    this.causes = causes;
  }
}

/** Why an association has to be aborted: the cause the peer is told, and what the owner is. */
export interface Fault {
  readonly cause: number;
  readonly code: SctpErrorCode;
  readonly message: string;
}

export function violation(message: string, cause = 13): Fault {
  return { cause, code: 'PROTOCOL_VIOLATION', message };
}
