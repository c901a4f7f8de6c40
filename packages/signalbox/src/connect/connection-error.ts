// What the promises of connections, listeners and links are rejected with. Codes are stable; texts are not.

/** Every `code` of a ConnectionError. */
export const CONNECTION_ERRORS = [
  'UNKNOWN_SCHEME', // no transport for this URL
  'BAD_OPTIONS', // an option out of its range
  'CONNECTION_LOST', // the network failed, or the peer closed before it took what was sent
  'PEER_SILENT', // nothing was heard of the peer for too long, not even a heartbeat
  'IDLE_TIMEOUT', // no message in either direction for too long
  'CLOSED', // closed on this side
  'TIMEOUT', // the time of this call is over
  'SEND_BUFFER_FULL', // more is waiting to be sent than may wait
  'RESERVED_TAG', // the tag belongs to the keep-alive or to requests
  'NO_PAIR', // a reader and a writer of two connections
  'QUEUE_FULL', // the queue of a link has no room
  'DROPPED', // given up in favour of newer messages, as the policy of the queue says
  'UNCERTAIN', // the connection failed while the message was being handed over: it may arrive, or not
  'TOO_MANY_REQUESTS', // every tag for requests is waiting for its answer
] as const;

export type ConnectionErrorCode = (typeof CONNECTION_ERRORS)[number];

export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly code: ConnectionErrorCode;

  constructor(code: ConnectionErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
