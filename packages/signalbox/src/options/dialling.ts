// The shapes of what a connection is made with: names of Node's transports, and of a browser's.

import { anything, callback, flag, integer, listOf, number, object, options, recordOf, signal, text } from './shape.ts';

/** Of both sides. Certificates and keys are judged where they are read (`TLS_OPTIONS`). */
export const TLS = {
  cert: anything,
  key: anything,
  passphrase: text,
  ca: anything,
  minVersion: text,
  maxVersion: text,
  ciphers: text,
  rejectUnauthorized: flag,
} as const;

export const TLS_CLIENT = options({
  ...TLS,
  servername: text,
  alpnProtocols: listOf(text),
});

export const DIALLING = options({
  connectTimeoutMs: number(1),
  graceMs: number(0),
  signal,
  tls: TLS_CLIENT,
  proxy: text,
  proxyTls: TLS_CLIENT,
  maximumPayload: integer(1),
  maximumHeld: number(0),
  subprotocol: text,
  headers: recordOf(text),
  WebSocket: callback,
});

/** A clock of one's own. */
export const CLOCK = object;
