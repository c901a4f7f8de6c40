// Enhanced authentication as a client sees it: a method that answers what the server asks. §4.12

export interface AuthenticationExchange {
  /** What goes with CONNECT, or with the AUTH that begins a re-authentication. */
  first(): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** The answer to what the server sent in AUTH. Rejects when the server cannot be trusted. */
  next(data: Uint8Array): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** What came with success. Rejects when the server has not proved itself. */
  last(data: Uint8Array | undefined): void | Promise<void>;
}

export interface Authentication {
  /** The Authentication Method, such as `SCRAM-SHA-256`. */
  readonly method: string;
  /** A new exchange, for each connection and each re-authentication. */
  begin(): AuthenticationExchange;
}
