// Transport: a reliable, ordered, two-way stream of bytes with back-pressure, whatever carries it. Listener: where
// transports come from. Nothing here knows which protocol the bytes are.

import type { TlsServerOptions } from './tls-contexts.ts';

export type TransportProtocol = 'memory' | 'tcp' | 'tls' | 'udp' | 'unix' | 'ws' | 'wss';

/**
 * What a transport tells its owner. Never called before `start`, never from inside a method of the transport, and never
 * again after `onClose`.
 */
export interface TransportHandler {
  /** Bytes of the peer. They are valid until this returns: the memory is read into again. Copy what is kept. */
  onBytes(bytes: Uint8Array): void;
  /**
   * The same, of memory that nothing is read into again if the answer is true: there are windows on it that are kept. A handler
   * that has this method gets bytes this way where the transport has such memory.
   */
  onFreshBytes?(bytes: Uint8Array): boolean;
  /** After a `write` that returned false: everything written so far has left, its memory is free again. */
  onDrain(): void;
  /**
   * The peer has ended its side, and everything it sent was handed over. A handler that has this method may go on writing, and
   * closes with `end`; for one without, the transport closes by itself. Only of transports that have `endWriting`.
   */
  onEnd?(): void;
  /** Exactly once, last. The error when the connection failed; undefined when either side closed it. */
  onClose(error: Error | undefined): void;
}

export interface Transport {
  readonly protocol: TransportProtocol;
  /** Of a WebSocket: what both sides agreed on. */
  readonly subprotocol?: string | undefined;
  /** `192.0.2.1:50123`, `[2001:db8::1]:50123`, `unix:/path` or `memory`. Asked for once, it stays known after the close. */
  readonly remoteAddress: string;
  /** The same of this side, where the transport knows. */
  readonly localAddress?: string;
  /** Bytes written that the transport still holds. */
  readonly bufferedBytes: number;
  /** Starts reading. To be called once; nothing is read, and nothing lost, before. */
  start(handler: TransportHandler): void;
  /**
   * true: the memory of `bytes` may be overwritten at once. false: it may not before `onDrain`, because the transport may
   * still refer to it, and the sender had better wait. After `end`, `destroy` or the close: true, and no effect.
   */
  write(bytes: Uint8Array): boolean;
  /** Stops reading: no `onBytes` until `resume`. The close of a peer is not noticed meanwhile, except by writing. */
  pause(): void;
  resume(): void;
  /** Half-close: sends what was written, and then the end of our side; reading goes on. Where the transport can. */
  endWriting?(): void;
  /**
   * Sends what was written, then closes. Of the handler's methods only `onClose` follows: input is discarded as far as
   * DISCARDED_AT_MOST, and the transport is destroyed at the latest after the grace time.
   */
  end(): void;
  /** Closes at once; what the transport still holds is lost. `onClose(undefined)` follows in a later turn. */
  destroy(): void;
  /** The verified certificate the peer showed; undefined without TLS, without one, or when it was not verified. */
  peerCertificate(): PeerCertificate | undefined;
}

export interface PeerCertificate {
  /** Distinguished name, most specific part last: `C=AT, O=Example, CN=device-1`. */
  readonly subject: string;
  readonly commonName: string | undefined;
  readonly issuer: string;
  /** `DNS:a.example, IP Address:192.0.2.1` as OpenSSL prints it; undefined when there is none. */
  readonly subjectAltName: string | undefined;
  readonly serialNumber: string;
  /** SHA-256 over the DER form, `AB:CD:…`. */
  readonly fingerprint256: string;
  readonly validTo: string;
}

export interface Listener {
  readonly protocol: TransportProtocol;
  /** Where it listens, with the real port when 0 was asked for. */
  readonly url: string;
  /** Connections accepted here which are open, those in a TLS or WebSocket handshake included. */
  readonly connections: number;
  /** Connections closed at once because of `maximumConnections` or `maximumHandshakes`, or because they were not welcome. */
  readonly refusedConnections: number;
  /** TLS or WebSocket handshakes which failed or took too long. */
  readonly failedHandshakes: number;
  /** Connections without a proper header of the PROXY protocol in time, or from who is not trusted to send one. */
  readonly failedProxyHeaders: number;
  /**
   * Other certificates, authorities, revocation lists and versions for connections that come from now on; those which are
   * open stay. Throws TransportError `TLS_OPTIONS`, and then what was in force stays so; `BAD_OPTIONS` without TLS. Whether
   * clients are asked for a certificate cannot change.
   */
  updateTls(options: TlsServerOptions): void;
  /** The same in two steps: everything is read and may throw now; what is answered puts it into force, and does not. */
  prepareTls(options: TlsServerOptions): () => void;
  /**
   * Stops accepting at once, and ends what is still in a handshake; connections stay. Never rejects; calling it again is
   * allowed.
   */
  close(): Promise<void>;
}

export type OnTransport = (transport: Transport) => void;

/** Longest time between `end` and the close when the peer does not close its side: enough for a lost FIN to be repeated. */
export const DEFAULT_GRACE_MS = 2_000;

/**
 * Most bytes read and thrown away after `end`, so that a peer which still sends is not met by a reset, which could take from
 * it what was sent last: twice the largest message a broker takes by default. Whoever sends more is read no more.
 */
export const DISCARDED_AT_MOST = 16 * 1024 * 1024;

/** Longest time from the accept to a usable transport: slow links with large certificate chains need seconds, not more. */
export const DEFAULT_HANDSHAKE_TIMEOUT_MS = 10_000;

/** Longest time for a connection to be made: what a user still waits for. */
export const DEFAULT_CONNECT_TIMEOUT_MS = 30_000;

/** Largest WebSocket message taken by default: it is buffered whole, so the owner of a larger limit has to ask for it. */
export const DEFAULT_MAXIMUM_PAYLOAD = 16 * 1024 * 1024;

/**
 * Where a transport copies what is written, it takes this much before it asks the sender to wait: several flushes of a
 * sender that is not slow, and little enough to be held for each of many slow peers.
 */
export const COPIED_HIGH_WATER_MARK = 256 * 1024;

/** What a client sends in one WebSocket message at most: many servers take no larger ones, though packets may span several. */
export const LARGEST_WEBSOCKET_MESSAGE = 65_536;
