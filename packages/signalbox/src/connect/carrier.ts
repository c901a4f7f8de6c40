// Carrier: what a connection sends and receives through, and the interface by which a package of its own brings another
// kind (`transports: [sctp()]`). A carrier moves bytes or messages, reliably or not; it knows nothing of datagrams.

import type { PeerCertificate } from '../transport/transport.ts';

/**
 * What a carrier tells its owner. Never called before `start`, never from inside a method of the carrier, and never again
 * after `onClose`.
 */
export interface CarrierHandler {
  /**
   * Bytes of the peer: with `framing: 'stream'` the next ones, in any pieces; with `'message'` one whole message. Valid until
   * this returns: copy what is kept.
   */
  onBytes(bytes: Uint8Array): void;
  /** After a `write` that returned false: everything written so far has left, its memory is free again. */
  onDrain(): void;
  /** The peer sends no more, and what it sent has been handed over; it may still read. Once, where half-closing exists. */
  onEnd(): void;
  /** Exactly once, last. The error when the connection failed; undefined when either side closed it. */
  onClose(error: Error | undefined): void;
}

export interface Carrier {
  /** `stream`: bytes in order, datagrams back to back. `message`: each `write` is one message, each `onBytes` one. */
  readonly framing: 'stream' | 'message';
  /**
   * True: messages may be lost, doubled, or come in another order. What is no datagram is then counted and dropped; otherwise
   * it ends the connection.
   */
  readonly isLossy: boolean;
  /** Most bytes of one message, header included; with `framing: 'stream'` Infinity. */
  readonly largestMessage: number;
  /** For people and logs: `tcp`, `sctp`, … */
  readonly protocol: string;
  /** `192.0.2.1:50123`, `[2001:db8::1]:50123` or what else there is; both stay known after the close. */
  readonly localAddress: string;
  readonly remoteAddress: string;
  /** Bytes written that the carrier still holds. */
  readonly bufferedBytes: number;
  /** Messages that were lost here: no room, or refused by the system. Carriers that lose nothing: 0. */
  readonly dropped: number;
  /** Starts reading. To be called once; nothing is read, and nothing lost, before. */
  start(handler: CarrierHandler): void;
  /**
   * true: the memory of `bytes` may be overwritten at once. false: it may not before `onDrain`, and the sender waits. After
   * `endWriting`, `end`, `destroy` or the close: true, and no effect. With `framing: 'message'` never more than
   * `largestMessage` bytes.
   */
  write(bytes: Uint8Array): boolean;
  /** Stops reading: no `onBytes` and no `onEnd` until `resume`, and the peer is slowed down where that is possible. */
  pause(): void;
  resume(): void;
  /** Half-close: sends what was written, then tells the peer that nothing follows. Reading goes on. */
  endWriting(): void;
  /** Sends what was written, then closes; input is discarded from now on. Of the handler's methods only `onClose` follows. */
  end(): void;
  /** Closes at once; what the carrier still holds is lost. `onClose(undefined)` follows in a later turn. */
  destroy(): void;
  /** The verified certificate the peer showed, where there is one. */
  peerCertificate(): PeerCertificate | undefined;
}

export interface CarrierListener {
  /** Where it listens, with the real port when 0 was asked for. */
  readonly url: string;
  /** Carriers accepted here which are open, those in a handshake included. */
  readonly connections: number;
  /** Refused because of a limit. */
  readonly refusedConnections: number;
  /** Handshakes which failed or took too long. */
  readonly failedHandshakes: number;
  /** Stops accepting at once; carriers that were handed over stay. Never rejects; may be called again. */
  close(): Promise<void>;
}

/** What `connect` asks of a provider. Options of its own are given to the function that makes the provider. */
export interface CarrierConnectOptions {
  /** From the call to a usable carrier, handshakes included. */
  readonly connectTimeoutMs: number;
  /** Aborts connecting: reject with an error, and leave nothing behind. */
  readonly signal: AbortSignal | undefined;
  /** The option `tls` of connect(): a scheme with certificates takes from it what it understands. */
  readonly tls: Readonly<Record<string, unknown>> | undefined;
}

/** What `listen` asks of a provider. */
export interface CarrierListenOptions {
  /** Further ones are refused, and counted. */
  readonly maximumConnections: number;
  /** The same for those in a handshake. */
  readonly maximumHandshakes: number;
  /** Longest time for a handshake. */
  readonly handshakeTimeoutMs: number;
  /** The option `tls` of listen(). */
  readonly tls: Readonly<Record<string, unknown>> | undefined;
  /**
   * With `isLossy`, where anybody can send anything: whether these bytes are what a connection may begin with. What is not
   * is dropped, and makes no carrier.
   */
  readonly isOpening: (bytes: Uint8Array) => boolean;
}

/**
 * A kind of carrier for URLs of its schemes. Errors of `connect` and `listen` have a stable `code`; they come to the caller
 * as they are.
 */
export interface CarrierProvider {
  /** Without colon: `['sctp', 'dtls-sctp']`. */
  readonly schemes: readonly string[];
  connect(url: string, options: CarrierConnectOptions): Promise<Carrier>;
  /** `onCarrier` is called for each that is ready to be used, after the promise has resolved. */
  listen(url: string, options: CarrierListenOptions, onCarrier: (carrier: Carrier) => void): Promise<CarrierListener>;
}
