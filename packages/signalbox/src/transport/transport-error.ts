// TransportError: why a listener or a connection could not be made. The message names the address.

export type TransportErrorCode =
  | 'BAD_URL'
  | 'BAD_OPTIONS'
  | 'TLS_OPTIONS'
  | 'ADDRESS_IN_USE'
  | 'ADDRESS_NOT_AVAILABLE'
  | 'PERMISSION_DENIED'
  | 'LISTEN_FAILED'
  | 'HOST_NOT_FOUND'
  | 'CONNECTION_REFUSED'
  | 'TLS_FAILED'
  | 'WEBSOCKET_REFUSED'
  | 'CONNECT_TIMEOUT'
  | 'CONNECT_ABORTED'
  | 'CONNECT_FAILED';

export class TransportError extends Error {
  readonly code: TransportErrorCode;
  constructor(code: TransportErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'TransportError';
    this.code = code;
  }
}
