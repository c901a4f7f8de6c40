// TunnelHandshake: what is said to a proxy before the tunnel stands, as bytes in and bytes out. It must not know sockets.

import type { TransportErrorCode } from './transport-error.ts';

export interface TunnelHandshake {
  /** What we begin with. */
  open(): Buffer;
  /** What follows from what the proxy said. Throws TunnelRefusal. Not called again once the tunnel stands. */
  receive(bytes: Buffer): HandshakeStep;
}

export interface HandshakeStep {
  readonly send?: Buffer;
  /** The tunnel stands, and this already came through it. */
  readonly early?: Buffer;
}

/** Why there is no tunnel; `text` follows the name of the proxy, and holds no credentials. */
export class TunnelRefusal extends Error {
  readonly code: TransportErrorCode;

  constructor(code: TransportErrorCode, text: string) {
    super(text);
    this.code = code;
  }
}
