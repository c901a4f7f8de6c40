// What the promises of an MSIP client are rejected with, what its 'error' event tells, and why a client closed. Codes are
// stable; texts are not.

import { TransportError } from '../transport/transport-error.ts';

/** Every `code` of a MsipClientError. */
export const MSIP_CLIENT_ERRORS = [
  'REFUSED', // the server answered ERROR to this request, or to HELLO
  'SERVER_ERROR', // the server sent an ERROR that is about no request it names
  'NOT_CONNECTED', // connect() was not called, or the client is closed
  'CONNECTION_LOST', // the network connection failed before the answer
  'CLOSED_BY_SERVER', // the server took leave: it stops, or another client has taken this one's place
  'GAVE_UP', // as many attempts to reconnect as there may be have failed
  'CLOSED', // the client was closed first
  'TIMEOUT', // `timeoutMs` went by first
  'NOT_ACKNOWLEDGED', // the server did not answer a request in time, though it was alive
  'QUEUE_FULL', // the outgoing queue has no room
  'DROPPED', // given up in favour of newer messages, as the policy of the queue says
  'NOT_INFLATED', // a compressed message was broken, or would have become too large
  'NOT_SUPPORTED', // this runtime does not know the compression
] as const;

export type MsipClientErrorCode = (typeof MSIP_CLIENT_ERRORS)[number];

export class MsipClientError extends Error {
  override readonly name: string = 'MsipClientError';
  readonly code: MsipClientErrorCode;

  constructor(code: MsipClientErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** What ended a network connection. What the system calls it (ECONNRESET, an alert of TLS) is the cause. */
export function lossOf(error: Error): MsipClientError | TransportError {
  if (error instanceof TransportError || error instanceof MsipClientError) return error;
  const { reason = error.message } = error as Error & { readonly reason?: string }; // OpenSSL: the words without its codes
  return new MsipClientError('CONNECTION_LOST', `the connection failed: ${reason}`, error);
}

/** The server said no, in words for people. */
export class MsipRefusedError extends MsipClientError {
  override readonly name = 'MsipRefusedError';
  /** Of the request; 0n from servers that do not say. */
  readonly msgId: bigint;
  /** What the server said, and nothing else. */
  readonly text: string;

  constructor(what: string, msgId: bigint, text: string) {
    super('REFUSED', `${what} was refused: ${text === '' ? 'the server does not say why' : text}`);
    this.msgId = msgId;
    this.text = text;
  }
}
