// TransportError: why a listener or a connection could not be made, or what a peer did to a transport. The message of
// the former names the address.

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
  | 'WEBSOCKET_FAILED'
  | 'CONNECT_TIMEOUT'
  | 'CONNECT_ABORTED'
  | 'CONNECT_FAILED'
  | 'PROXY_UNREACHABLE'
  | 'PROXY_AUTHENTICATION_FAILED'
  | 'PROXY_REFUSED'
  | 'PROXY_TARGET_UNREACHABLE'
  | 'PROXY_FAILED'
  | 'TEXT_FRAME'
  | 'RECEIVE_BUFFER_FULL';

export class TransportError extends Error {
  readonly code: TransportErrorCode;
  constructor(code: TransportErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'TransportError';
    this.code = code;
  }
}

type Reason = readonly [TransportErrorCode, string];

const LISTEN_REASONS: Readonly<Record<string, Reason>> = {
  EADDRINUSE: ['ADDRESS_IN_USE', 'the address is already in use'],
  EADDRNOTAVAIL: ['ADDRESS_NOT_AVAILABLE', 'this machine does not have the address'],
  ENOTFOUND: ['HOST_NOT_FOUND', 'the host name is not known'],
  EAI_AGAIN: ['HOST_NOT_FOUND', 'the host name cannot be looked up now'],
  EACCES: ['PERMISSION_DENIED', 'permission denied'],
  EPERM: ['PERMISSION_DENIED', 'permission denied'],
};

const CONNECT_REASONS: Readonly<Record<string, Reason>> = {
  ECONNREFUSED: ['CONNECTION_REFUSED', 'nobody listens there'],
  ENOENT: ['CONNECTION_REFUSED', 'nobody listens there'],
  ENOTFOUND: ['HOST_NOT_FOUND', 'the host name is not known'],
  EAI_AGAIN: ['HOST_NOT_FOUND', 'the host name cannot be looked up now'],
  EAGAIN: ['CONNECT_FAILED', 'too many connections wait to be accepted there'],
  EACCES: ['PERMISSION_DENIED', 'permission denied'],
  EPERM: ['PERMISSION_DENIED', 'permission denied'],
};

export function listenError(url: string, error: Error): TransportError {
  const [code, text] = LISTEN_REASONS[codeOf(error)] ?? ['LISTEN_FAILED', textOf(error)];
  return new TransportError(code, `cannot listen on ${url}: ${text}`, error);
}

/** `otherwise` is the code of an error which the system did not name: it tells how far the connection had come. */
export function connectError(url: string, error: Error, otherwise: TransportErrorCode): TransportError {
  if (error instanceof TransportError) return error;
  const [code, text] = CONNECT_REASONS[codeOf(error)] ?? [otherwise, textOf(error)];
  return new TransportError(code, `cannot connect to ${url}: ${text}`, error);
}

function codeOf(error: Error): string {
  return (error as Error & { code?: string }).code ?? '';
}

/** An AggregateError of several addresses has no message of its own. */
function textOf(error: Error): string {
  return error.message === '' ? codeOf(error) || error.name : error.message;
}
