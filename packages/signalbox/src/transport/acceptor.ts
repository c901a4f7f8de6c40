// Acceptor: the listening socket of every kind of listener, with its limit of connections and its figures. What is done
// with an accepted socket is the business of who opened it.

import net from 'node:net';
import { type Address, formatUrl } from './address.ts';
import type { Origin } from './origin.ts';
import { DEFAULT_GRACE_MS, type Listener, type TransportProtocol } from './transport.ts';
import { listenError } from './transport-error.ts';

export interface AcceptOptions {
  /** Default 2,000. */
  readonly graceMs?: number;
  /** Further connections are closed at once. Default: as many as the system allows. */
  readonly maximumConnections?: number;
  /** Connections the kernel keeps waiting to be accepted. Default 511, which the system may cap. */
  readonly backlog?: number;
  /** Asked for each connection, as early as the address of its peer is known: false closes it at once. */
  readonly welcomes?: (remoteAddress: string) => boolean;
  /** A connection could not be accepted, because the process has no file descriptor left, say. The listener goes on. */
  readonly onAcceptError?: (error: Error) => void;
}

/** A connection without traffic is probed after this time, so that vanished peers do not stay for ever. */
const TCP_KEEP_ALIVE_DELAY_MS = 60_000;

export class Acceptor implements Listener, Origin {
  readonly #server: net.Server;
  readonly #address: Address;
  readonly #options: AcceptOptions;
  readonly #maximumConnections: number;
  readonly graceMs: number;
  readonly peerName: string | undefined;
  url: string;
  connections = 0;
  refusedConnections = 0;
  failedHandshakes = 0;
  /** Connections which are not handed over yet, because their handshake is under way: `close` ends them. */
  readonly handshaking = new Set<net.Socket>();
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
    this.graceMs = options.graceMs ?? DEFAULT_GRACE_MS;
    this.peerName = address.protocol === 'unix' ? `unix:${address.path}` : undefined;
    this.url = address.url;
    const serverOptions = {
      pauseOnConnect: start === 'stopped',
      noDelay: true,
      keepAlive: address.protocol !== 'unix',
      keepAliveInitialDelay: TCP_KEEP_ALIVE_DELAY_MS,
    };
    this.#server = net.createServer(serverOptions, (socket) => {
      if (this.connections >= this.#maximumConnections) {
        this.refusedConnections++;
        socket.destroy();
        return;
      }
      this.connections++;
      onSocket(socket);
    });
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

  close(): Promise<void> {
    // Not its callback, which waits for the connections: the listening socket itself is closed when this returns.
    this.#server.close();
    for (const socket of this.handshaking) socket.destroy();
    return Promise.resolve();
  }
}
