// connect and listen: from a URL to a connection, and to a sequence of them.

import { HEADER_SIZE, judgeHeader, MAXIMUM_DATA_SIZE } from '../datagram/header.ts';
import type { ConnectOptions as TransportConnectOptions } from '../transport/connect.ts';
import type { ListenOptions as TransportListenOptions } from '../transport/listen.ts';
import type { TlsClientOptions } from '../transport/tls-client.ts';
import type { TlsServerOptions } from '../transport/tls-contexts.ts';
import { DEFAULT_CONNECT_TIMEOUT_MS, DEFAULT_HANDSHAKE_TIMEOUT_MS } from '../transport/transport.ts';
import type { CarrierConnectOptions, CarrierListenOptions, CarrierProvider } from './carrier.ts';
import { Connection } from './connection.ts';
import { ConnectionListener } from './connection-listener.ts';
import {
  CONNECTION_NAMES,
  type ConnectionOptions,
  checkConnectionOptions,
  checkNames,
  checkNumber,
} from './connection-options.ts';
import { providerOf } from './providers.ts';

export interface ConnectOptions
  extends ConnectionOptions,
    Pick<TransportConnectOptions, 'proxy' | 'headers' | 'graceMs'> {
  /** From the call to a usable connection, handshakes included. Default 30,000. */
  readonly connectTimeoutMs?: number;
  /** Aborts connecting. A connection that is made has its own ways to end. */
  readonly signal?: AbortSignal | undefined;
  /** Certificates: what to show, whom to trust, which name to expect. */
  readonly tls?: TlsClientOptions;
  /** Further kinds of carriers, by the schemes of their URLs. */
  readonly transports?: readonly CarrierProvider[];
}

export interface ListenOptions
  extends ConnectionOptions,
    Pick<
      TransportListenOptions,
      'graceMs' | 'backlog' | 'proxyProtocol' | 'proxyTrusted' | 'allowedOrigins' | 'fileMode'
    > {
  /**
   * Further ones are refused, and counted. Default 10,000: each may hold `receiveBuffer` and one message. As many may wait for
   * the program to take them, closed ones among them.
   */
  readonly maximumConnections?: number;
  /** The same for those in a handshake. Default 1,024. */
  readonly maximumHandshakes?: number;
  /** Longest time for a handshake. Default 10,000. */
  readonly handshakeTimeoutMs?: number;
  /** Certificates: what to show, and whether peers need one. */
  readonly tls?: TlsServerOptions;
  readonly transports?: readonly CarrierProvider[];
  /** Closes the listener, and leaves its connections open. */
  readonly signal?: AbortSignal | undefined;
}

/** What connect() takes, and listen(), as names. */
export const CONNECT_NAMES: readonly (keyof ConnectOptions)[] = [
  ...CONNECTION_NAMES,
  ...(['proxy', 'headers', 'graceMs', 'connectTimeoutMs', 'signal', 'tls', 'transports'] as const),
];
const LISTEN_NAMES: readonly (keyof ListenOptions)[] = [
  ...CONNECTION_NAMES,
  ...(['graceMs', 'backlog', 'proxyProtocol', 'proxyTrusted', 'allowedOrigins', 'fileMode'] as const),
  ...(['maximumConnections', 'maximumHandshakes', 'handshakeTimeoutMs', 'tls', 'transports', 'signal'] as const),
];

const DEFAULT_MAXIMUM_CONNECTIONS = 10_000;
/** A TLS handshake takes a millisecond of a core: no more of them would be done within a second. */
const DEFAULT_MAXIMUM_HANDSHAKES = 1_024;
/** Peers of UDP do not say that they are gone. */
const DEFAULT_LOSSY_IDLE_MS = 60_000;

/**
 * Connects to `tcp://host:port`, `tls://host:port`, `unix:///path`, `udp://host:port`, `ws://…`, `wss://…`, or what `transports`
 * bring. Rejects with ConnectionError `UNKNOWN_SCHEME` or `BAD_OPTIONS`, TransportError, or the error of a provider.
 */
export async function connect(url: string, options: ConnectOptions = {}): Promise<Connection> {
  checkNames(options, CONNECT_NAMES);
  checkConnectionOptions(options);
  checkNumber(options, 'connectTimeoutMs', 1);
  const { connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS, signal, tls, proxy, headers, graceMs } = options;
  const provider = providerOf(url, options.transports);
  const all = { connectTimeoutMs, signal, tls, proxy, headers, graceMs };
  const carrier = await provider.connect(url, all as unknown as CarrierConnectOptions);
  return new Connection(carrier, options);
}

/**
 * Listens at a URL as `connect` takes it. Without a host: 127.0.0.1; port 0: a free one, and `listener.url` has it. Rejects
 * as `connect` does.
 */
export async function listen(url: string, options: ListenOptions = {}): Promise<ConnectionListener> {
  checkNames(options, LISTEN_NAMES);
  checkConnectionOptions(options);
  checkNumber(options, 'maximumConnections', 0);
  checkNumber(options, 'maximumHandshakes', 1);
  checkNumber(options, 'handshakeTimeoutMs', 1);
  const { signal, maximumMessageSize = MAXIMUM_DATA_SIZE } = options;
  const { maximumConnections = DEFAULT_MAXIMUM_CONNECTIONS } = options;
  signal?.throwIfAborted();
  const provider = providerOf(url, options.transports);
  const { graceMs, backlog, proxyProtocol, proxyTrusted, allowedOrigins, fileMode, tls } = options;
  const all = {
    ...{ graceMs, backlog, proxyProtocol, proxyTrusted, allowedOrigins, fileMode, tls },
    maximumConnections,
    maximumHandshakes: options.maximumHandshakes ?? DEFAULT_MAXIMUM_HANDSHAKES,
    handshakeTimeoutMs: options.handshakeTimeoutMs ?? DEFAULT_HANDSHAKE_TIMEOUT_MS,
    isOpening: (bytes: Uint8Array) => isOpening(bytes, maximumMessageSize),
  };
  const carriers = await provider.listen(url, all as unknown as CarrierListenOptions, (carrier) => {
    const idle = carrier.isLossy ? { idleTimeoutMs: DEFAULT_LOSSY_IDLE_MS } : {};
    listener.add(new Connection(carrier, { ...idle, ...options }));
  });
  const listener: ConnectionListener = new ConnectionListener(carriers, maximumConnections);
  if (signal !== undefined) listener.follow(signal);
  return listener;
}

/** Whether these are the first bytes of a datagram, or all of one. */
function isOpening(bytes: Uint8Array, maximumDataSize: number): boolean {
  const { length } = bytes;
  return length > HEADER_SIZE && judgeHeader(bytes, 0, { count: length, maximumDataSize }) === undefined;
}
