// What may go wrong in DTLS. DtlsError: the peer's fault or the network's; its code leads to the alert the peer is told.
// DtlsUsageError: the caller's fault, thrown, and then nothing has changed. Codes are stable, texts are not. RFC 5246, §7.2

/** Every `code` of a DtlsError with the AlertDescription the peer gets; undefined where nothing is sent. */
export const DTLS_ERRORS = {
  UNEXPECTED_MESSAGE: 10,
  HANDSHAKE_FAILURE: 40,
  CERTIFICATE_REQUIRED: 40, // 116 belongs to TLS 1.3
  BAD_CERTIFICATE: 42,
  UNSUPPORTED_CERTIFICATE: 43,
  CERTIFICATE_REVOKED: 44,
  CERTIFICATE_EXPIRED: 45,
  CERTIFICATE_UNKNOWN: 46,
  WRONG_HOST: 46,
  ILLEGAL_PARAMETER: 47,
  MESSAGE_TOO_LARGE: 47,
  UNKNOWN_CA: 48,
  DECODE_ERROR: 50,
  DECRYPT_ERROR: 51,
  PROTOCOL_VERSION: 70,
  INTERNAL_ERROR: 80,
  UNSUPPORTED_EXTENSION: 110,
  UNKNOWN_PSK_IDENTITY: 115,
  HANDSHAKE_TIMEOUT: undefined,
  UNREACHABLE: undefined,
  PEER_ALERT: undefined,
  REPLACED: undefined, // a client that has forgotten this connection has made another from the same address
  RECORDS_EXHAUSTED: 0, // the connection has done its work: close_notify
} as const satisfies Record<string, number | undefined>;

export type DtlsErrorCode = keyof typeof DTLS_ERRORS;

/** A DTLS connection that failed. `alert` is the AlertDescription sent to the peer or, for `PEER_ALERT`, received from it. */
export class DtlsError extends Error {
  override readonly name = 'DtlsError';
  readonly code: DtlsErrorCode;
  readonly alert: number | undefined;

  constructor(code: DtlsErrorCode, message: string, options: { alert?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.alert = options.alert ?? DTLS_ERRORS[code];
  }
}

/** Every `code` of a DtlsUsageError. */
export const DTLS_USAGE_ERRORS = [
  'INVALID_ARGUMENT', // options that make no sense together, or a value out of its range
  'NOT_CONNECTED', // the handshake is not through yet, or the connection is closed
  'MESSAGE_TOO_LARGE', // more than fits into one datagram
] as const;

export type DtlsUsageErrorCode = (typeof DTLS_USAGE_ERRORS)[number];

/** The caller asked for something impossible; whoever threw it has changed nothing. */
export class DtlsUsageError extends Error {
  override readonly name = 'DtlsUsageError';
  readonly code: DtlsUsageErrorCode;

  constructor(code: DtlsUsageErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Names of AlertDescription for messages. RFC 5246, §7.2, and the extensions of RFC 6066, RFC 4279 and RFC 7301. */
const ALERT_NAMES: Readonly<Record<number, string>> = {
  0: 'close_notify',
  10: 'unexpected_message',
  20: 'bad_record_mac',
  22: 'record_overflow',
  40: 'handshake_failure',
  42: 'bad_certificate',
  43: 'unsupported_certificate',
  44: 'certificate_revoked',
  45: 'certificate_expired',
  46: 'certificate_unknown',
  47: 'illegal_parameter',
  48: 'unknown_ca',
  49: 'access_denied',
  50: 'decode_error',
  51: 'decrypt_error',
  70: 'protocol_version',
  71: 'insufficient_security',
  80: 'internal_error',
  86: 'inappropriate_fallback',
  90: 'user_canceled',
  100: 'no_renegotiation',
  110: 'unsupported_extension',
  112: 'unrecognized_name',
  115: 'unknown_psk_identity',
  116: 'certificate_required',
  120: 'no_application_protocol',
};

export function alertName(description: number): string {
  return ALERT_NAMES[description] ?? `alert ${description}`;
}
