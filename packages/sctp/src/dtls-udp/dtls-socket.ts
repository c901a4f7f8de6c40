// A DTLS endpoint on a UDP socket: many connections behind one port. Here are the clock, the timer and the network; what
// DTLS is, is in ../dtls.

import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { DtlsEndpoint } from '../dtls/endpoint.ts';
import type { DtlsClientOptions, DtlsServerOptions } from '../dtls/handshake-role.ts';
import type { DtlsAddress, DtlsLink, LinkSink } from '../dtls/link.ts';
import { NODE_PRIMITIVES } from '../node-crypto/primitives.ts';

export interface UdpAddress extends DtlsAddress {
  readonly address: string;
  readonly port: number;
}

export type UdpLink = DtlsLink<UdpAddress>;

export interface DtlsSocketOptions {
  /** Local address. Default: `127.0.0.1`; `::` and `0.0.0.0` for all there are. */
  readonly address?: string;
  /** Default: 0, any that is free. */
  readonly port?: number;
  /** Takes clients. */
  readonly server?: DtlsServerOptions;
  readonly maximumConnections?: number;
  readonly maximumHandshakes?: number;
}

/** What the system is asked to hold for us while we are busy; it gives as much as it allows. */
const SOCKET_BUFFER = 4_194_304;

/** `setTimeout` takes no more. */
const LONGEST_TIMER_MS = 2_147_483_647;

export class DtlsSocket {
  readonly #socket: Socket;
  readonly #endpoint: DtlsEndpoint<UdpAddress>;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #isClosed = false;
  /** Datagrams the system did not take. */
  unsent = 0;

  private constructor(socket: Socket, options: DtlsSocketOptions, accept: (link: UdpLink) => LinkSink) {
    this.#socket = socket;
    const { server, maximumConnections, maximumHandshakes } = options;
    const endpointOptions = {
      primitives: NODE_PRIMITIVES,
      ...(server && { server }),
      ...(maximumConnections !== undefined && { maximumConnections }),
      ...(maximumHandshakes !== undefined && { maximumHandshakes }),
    };
    const transmit = (datagram: Uint8Array, to: UdpAddress) => this.#transmit(datagram, to);
    this.#endpoint = new DtlsEndpoint<UdpAddress>(endpointOptions, { transmit, accept }, performance.now());
    socket.on('message', (bytes, { address, port }) => {
      this.#endpoint.receive(bytes, udpAddress(address, port), performance.now());
      this.#arm();
    });
    socket.on('error', () => this.unsent++); // of single datagrams: the socket itself lives
  }

  /** Rejects with the error of the system when the port cannot be had. */
  static async open(options: DtlsSocketOptions, accept: (link: UdpLink) => LinkSink): Promise<DtlsSocket> {
    const { address = '127.0.0.1', port = 0 } = options;
    const socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4' });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', (error) => {
        socket.close();
        reject(error);
      });
      socket.bind(port, address, resolve);
    });
    socket.removeAllListeners('error');
    try {
      socket.setRecvBufferSize(SOCKET_BUFFER);
      socket.setSendBufferSize(SOCKET_BUFFER);
    } catch {
      // The system has its own idea.
    }
    return new DtlsSocket(socket, options, accept);
  }

  get endpoint(): Pick<
    DtlsEndpoint<UdpAddress>,
    'connections' | 'handshakes' | 'refusedConnections' | 'failedHandshakes' | 'strayDatagrams'
  > {
    return this.#endpoint;
  }

  get localAddress(): UdpAddress {
    const { address, port } = this.#socket.address();
    return udpAddress(address, port);
  }

  /**
   * Calls a server; `address` is one, not a name.
   * @throws {DtlsUsageError} `INVALID_ARGUMENT`
   */
  connect(to: { address: string; port: number }, options: DtlsClientOptions, sink: LinkSink): UdpLink {
    const link = this.#endpoint.connect(udpAddress(to.address, to.port), options, sink, performance.now());
    this.#arm();
    return link;
  }

  /** Takes no new clients from now on. */
  stopListening(): void {
    this.#endpoint.isListening = false;
  }

  /** Says good-bye to everybody, and gives the port back. May be called again. */
  close(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#endpoint.close();
    this.#isClosed = true;
    clearTimeout(this.#timer);
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }

  #transmit(datagram: Uint8Array, { address, port }: UdpAddress): void {
    if (this.#isClosed) return;
    this.#socket.send(datagram, port, address, (error) => {
      if (error !== null) this.unsent++;
    });
  }

  #arm(): void {
    const { deadline } = this.#endpoint;
    if (this.#isClosed || deadline >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = deadline;
    const wait = Math.min(Math.max(0, deadline - performance.now()), LONGEST_TIMER_MS);
    this.#timer = setTimeout(() => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.#endpoint.tick(performance.now());
      this.#arm();
    }, Math.ceil(wait));
  }
}

export function udpAddress(address: string, port: number): UdpAddress {
  return { address, port, host: address, key: `${address} ${port}` };
}
