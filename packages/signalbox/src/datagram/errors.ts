// DatagramError: bytes that are no datagram, or a datagram that cannot be. Codes are stable; texts are not.

/** Every `code` of a DatagramError. */
export const DATAGRAM_ERRORS = [
  'EMPTY_MESSAGE', // no data: a datagram has at least one byte of it
  'TOO_LARGE_MESSAGE', // more data than a datagram, or the receiver, takes
  'INSUFFICIENT_BYTES', // the bytes end before the datagram does
  'SURPLUS_BYTES', // one datagram was expected, and more bytes follow it
  'BAD_SIZE', // a size that does not even count version and tag
  'BAD_VERSION', // another version of the format, or something else altogether
  'BAD_TEXT', // text that UTF-8 cannot carry, or data that is not UTF-8
  'INVALID_ARGUMENT', // a tag or data of the wrong type or out of its range
] as const;

export type DatagramErrorCode = (typeof DATAGRAM_ERRORS)[number];

export class DatagramError extends Error {
  override readonly name = 'DatagramError';
  readonly code: DatagramErrorCode;

  constructor(code: DatagramErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
