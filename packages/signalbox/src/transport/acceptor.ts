// Acceptor: the listening socket of every kind of listener, with its limit of connections and its figures. What is done
// with an accepted socket is the business of who opened it.

import net from 'node:net';
import { type Address, formatUrl } from './address.ts';
import type { Origin } from './origin.ts';
import { peerAddress } from './proxied-peer.ts';
import { ProxyProtocol, type ProxyProtocolOptions } from './proxy-protocol.ts';
import type { TlsServerOptions } from './tls-contexts.ts';
import { DEFAULT_GRACE_MS, DEFAULT_HANDSHAKE_TIMEOUT_MS, type Listener, type TransportProtocol } from './transport.ts';
import { listenError, TransportError } from './transport-error.ts';

export interface AcceptOptions extends ProxyProtocolOptions {
  /** Default 2,000. */
  readonly graceMs?: number;
  /** Further connections are closed at once. Default: as many as the system allows. */
  readonly maximumConnections?: number;
  /** Connections the kernel keeps waiting to be accepted. Default 511, which the system may cap. */
  readonly backlog?: number;
  /** Longest time for everything that comes before the first byte of the connection itself. Default 10,000. */
  readonly handshakeTimeoutMs?: number;
  /** Further connections are closed at once while so many are in a handshake. Default 4,096. */
  readonly maximumHandshakes?: number;
  /** Asked for each connection, as early as the address of its peer is known: false closes it at once. */
  readonly welcomes?: (remoteAddress: string) => boolean;
  /** A handshake has begun, or is over, whatever came of it. */
  readonly onHandshake?: (remoteAddress: string, state: 'begun' | 'over') => void;
  /** A connection could not be accepted, because the process has no file descriptor left, say. The listener goes on. */
  readonly onAcceptError?: (error: Error) => void;
}

/** A connection without traffic is probed after this time, so that vanished peers do not stay for ever. */
const TCP_KEEP_ALIVE_DELAY_MS = 60_000;

/** A TLS handshake holds some 50 KB and costs a millisecond of a core: more than these would not be done in time. */
const DEFAULT_MAXIMUM_HANDSHAKES = 4_096;

export class Acceptor implements Listener, Origin {
  readonly #server: net.Server;
  readonly #address: Address;
  readonly #options: AcceptOptions;
  readonly #maximumConnections: number;
  readonly #maximumHandshakes: number;
  readonly #proxy: ProxyProtocol | undefined;
  readonly #onSocket: (socket: net.Socket) => void;
  readonly graceMs: number;
  readonly peerName: string | undefined;
  url: string;
  connections = 0;
  refusedConnections = 0;
  failedHandshakes = 0;
  failedProxyHeaders = 0;
  /** Set by who has certificates to change. */
  onPrepareTls: ((options: TlsServerOptions) => () => void) | undefined = undefined;
  /** Connections which are not handed over yet, with their addresses: `close` ends them. */
  readonly #handshakes = new Map<net.Socket, string>();
  /** For sockets which are counted until they close; as a listener it needs no `this`. */
  readonly closed = (): void => {
    this.connections--;
  };

  /** `onSocket` gets sockets which are counted: `closed` is to be called for each, once. `start` decides whether they read. */
  constructor(
    address: Address,
    options: AcceptOptions,
    start: 'stopped' | 'reading',
    onSocket: (socket: net.Socket) => void,
  ) {
    this.#address = address;
    this.#options = options;
    this.#maximumConnections = options.maximumConnections ?? Number.POSITIVE_INFINITY;
    this.#maximumHandshakes = options.maximumHandshakes ?? DEFAULT_MAXIMUM_HANDSHAKES;
    this.#proxy = options.proxyProtocol === undefined ? undefined : new ProxyProtocol(options.proxyTrusted);
    this.#onSocket = onSocket;
    this.graceMs = options.graceMs ?? DEFAULT_GRACE_MS;
    this.peerName = address.protocol === 'unix' ? `unix:${address.path}` : undefined;
    this.url = address.url;
    const serverOptions = {
      pauseOnConnect: start === 'stopped' || this.#proxy !== undefined,
      noDelay: true,
      keepAlive: address.protocol !== 'unix',
      keepAliveInitialDelay: TCP_KEEP_ALIVE_DELAY_MS,
    };
    this.#server = net.createServer(serverOptions, (socket) => this.#onConnection(socket));
  }

  get protocol(): TransportProtocol {
    return this.#address.protocol;
  }

  /** Rejects with TransportError. `onListening` runs before anybody can be accepted. */
  open(onListening?: () => void): Promise<this> {
    const { host, port, path, protocol, url } = this.#address;
    const { backlog = 511 } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error) => reject(listenError(url, error)));
      this.#server.listen(protocol === 'unix' ? { path, backlog } : { host, port, backlog }, () => {
        this.#server.removeAllListeners('error');
        this.#server.on('error', (error) => this.#options.onAcceptError?.(error));
        const bound = this.#server.address();
        this.url = formatUrl(this.#address, typeof bound === 'object' && bound !== null ? bound.port : port);
        onListening?.();
        resolve(this);
      });
    });
  }

  updateTls(options: TlsServerOptions): void {
    this.prepareTls(options)();
  }

  prepareTls(options: TlsServerOptions): () => void {
    if (this.onPrepareTls === undefined) throw new TransportError('BAD_OPTIONS', `${this.url} has no TLS to update`);
    return this.onPrepareTls(options);
  }

  beginHandshake(socket: net.Socket): void {
    const address = peerAddress(socket, this.peerName);
    this.#handshakes.set(socket, address);
    this.#options.onHandshake?.(address, 'begun');
  }

  /** Also when it is over already. */
  endHandshake(socket: net.Socket): void {
    const address = this.#handshakes.get(socket);
    if (address === undefined) return;
    this.#handshakes.delete(socket);
    this.#options.onHandshake?.(address, 'over');
  }

  #onConnection(socket: net.Socket): void {
    const isFull = this.connections >= this.#maximumConnections || this.#handshakes.size >= this.#maximumHandshakes;
    const proxy = this.#proxy;
    if (isFull || (proxy === undefined && !this.#welcomes(socket))) {
      this.refusedConnections++;
      socket.destroy();
    } else if (proxy === undefined) {
      this.connections++;
      this.#onSocket(socket);
    } else if (this.protocol === 'unix' || proxy.trusts(socket.remoteAddress)) {
      this.#awaitProxy(proxy, socket);
    } else {
      this.failedProxyHeaders++;
      socket.destroy();
    }
  }

  #awaitProxy(proxy: ProxyProtocol, socket: net.Socket): void {
    this.connections++;
    this.beginHandshake(socket);
    const onLost = (): void => {
      this.endHandshake(socket);
      this.failedProxyHeaders++;
      this.connections--;
    };
    socket.on('error', ignore);
    socket.on('close', onLost);
    proxy.await(socket, this.#options.handshakeTimeoutMs ?? DEFAULT_HANDSHAKE_TIMEOUT_MS, () => {
      socket.removeListener('error', ignore);
      socket.removeListener('close', onLost);
      this.endHandshake(socket);
      if (this.#welcomes(socket)) {
        this.#onSocket(socket);
        return;
      }
      this.refusedConnections++;
      this.connections--;
      socket.destroy();
    });
  }

  #welcomes(socket: net.Socket): boolean {
    const { welcomes } = this.#options;
    return welcomes === undefined || welcomes(peerAddress(socket, this.peerName));
  }

  close(): Promise<void> {
    // Not its callback, which waits for the connections: the listening socket itself is closed when this returns.
    this.#server.close();
    for (const socket of this.#handshakes.keys()) socket.destroy();
    return Promise.resolve();
  }
}

function ignore(): void {}
