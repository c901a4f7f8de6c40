// What the promises of a client are rejected with, and why a client closed. Codes are stable; texts are not.

import { refusalName } from './refusal-name.ts';

/** Every `code` of a ClientError. */
export const CLIENT_ERRORS = [
  'REFUSED', // the server answered with a reason code of 0x80 and above
  'CONNECTION_LOST', // the network connection failed before the answer
  'CONNECT_FAILED', // no server could be reached, or none that lets us in
  'SESSION_TAKEN_OVER', // another client connected with the same Client Identifier
  'SESSION_LOST', // a QoS 2 message was on its way when the server forgot the session: nobody knows whether it arrived
  'CLOSED', // the client was closed first
  'TIMEOUT', // `timeoutMs` went by first
  'QUEUE_FULL', // the outgoing queue has no room
  'DROPPED', // given up in favour of newer messages, as the policy of the queue says
  'POISONED', // sent: connection after connection ended over the message; received: the handler failed at it again and again
  'EXPIRED', // the message expired, or grew too old, before it could be sent
  'NOT_SUPPORTED', // the server, or this version of MQTT, does not have it
  'ACKNOWLEDGE_TIMEOUT', // the server did not acknowledge a message in time, though it was alive
  'SERVER_NOT_AUTHENTIC', // enhanced authentication: the server has not proved who it is
  'STORE_FAILED', // what has to be kept could not be
  'LOAD_FAILED', // in a page: a part of the client that it loads when it is asked for could not be
] as const;

export type ClientErrorCode = (typeof CLIENT_ERRORS)[number];

export class ClientError extends Error {
  override readonly name: string = 'ClientError';
  readonly code: ClientErrorCode;

  constructor(code: ClientErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** The server said no. */
export class RefusedError extends ClientError {
  override readonly name = 'RefusedError';
  /** 5.0: a ReasonCode. 3.1.1: what CONNACK (1 to 5) or SUBACK (0x80) said. */
  readonly reasonCode: number;
  /** What the server said about it. */
  readonly reasonString: string | undefined;
  /** Where the server said to go instead. */
  readonly serverReference: string | undefined;

  constructor(what: string, reasonCode: number, reasonString?: string, serverReference?: string) {
    super(
      'REFUSED',
      `${what} was refused: ${refusalName(reasonCode)}${reasonString === undefined ? '' : ` (${reasonString})`}`,
    );
    this.reasonCode = reasonCode;
    this.reasonString = reasonString;
    this.serverReference = serverReference;
  }
}
