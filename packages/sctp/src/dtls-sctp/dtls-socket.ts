// A DTLS endpoint on a UDP socket: many connections behind one port. Here are the clock and the timer; what DTLS is, is in
// ../dtls.

import { DtlsEndpoint } from '../dtls/endpoint.ts';
import type { DtlsClientOptions, DtlsServerOptions } from '../dtls/handshake-role.ts';
import type { DtlsLink, LinkSink } from '../dtls/link.ts';
import { NODE_PRIMITIVES } from '../node-crypto/primitives.ts';
import { type UdpPath, UdpSocket } from '../udp-socket.ts';

export type UdpLink = DtlsLink<UdpPath>;

interface IpAddress {
  readonly host: string;
  readonly family: 4 | 6;
  readonly port: number;
}

export interface DtlsServerSocketOptions extends IpAddress {
  readonly server: DtlsServerOptions;
  readonly maximumConnections?: number;
  readonly maximumHandshakes?: number;
}

/** `setTimeout` takes no more. */
const LONGEST_TIMER_MS = 2_147_483_647;

export class DtlsSocket {
  readonly endpoint: DtlsEndpoint<UdpPath>;
  #socket: UdpSocket | undefined = undefined;
  #timer: NodeJS.Timeout | undefined = undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #isClosed = false;
  /** The last thing the system said about a peer that is not there. */
  #refusal: Error | undefined = undefined;

  private constructor(options: Partial<DtlsServerSocketOptions>, accept: (link: UdpLink) => LinkSink) {
    const { server, maximumConnections, maximumHandshakes } = options;
    const endpointOptions = {
      primitives: NODE_PRIMITIVES,
      ...(server && { server }),
      ...(maximumConnections !== undefined && { maximumConnections }),
      ...(maximumHandshakes !== undefined && { maximumHandshakes }),
    };
    const transmit = (datagram: Uint8Array, to: UdpPath) => this.#socket?.send(datagram, to);
    this.endpoint = new DtlsEndpoint<UdpPath>(endpointOptions, { transmit, accept }, performance.now());
  }

  /** Takes clients at an address of this machine. Rejects with the error of the system when it cannot be had. */
  static async listen(options: DtlsServerSocketOptions, accept: (link: UdpLink) => LinkSink): Promise<DtlsSocket> {
    const socket = new DtlsSocket(options, accept);
    socket.#socket = await UdpSocket.bind(options, socket.#handler());
    return socket;
  }

  /**
   * Calls a server. Rejects with the error of the system.
   * @throws {DtlsUsageError} `INVALID_ARGUMENT`
   */
  static async connect(
    to: IpAddress,
    options: DtlsClientOptions,
    sinkOf: (link: UdpLink) => LinkSink,
  ): Promise<{ socket: DtlsSocket; link: UdpLink }> {
    const socket = new DtlsSocket({}, () => {
      throw new Error('a client takes nobody');
    });
    socket.#socket = await UdpSocket.connect(to, socket.#handler());
    try {
      const link = socket.endpoint.connect(socket.#socket.remote!, options, sinkOf, performance.now());
      socket.#arm();
      return { socket, link };
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  get localAddress(): string {
    return this.#socket!.localAddress;
  }

  get localPort(): number {
    return this.#socket!.localPort;
  }

  /** What the system said when nobody took our datagrams, if it did; clients only. */
  get refusal(): Error | undefined {
    return this.#refusal;
  }

  /** Says good-bye to everybody, and gives the port back. May be called again. */
  close(): void {
    if (this.#isClosed) return;
    this.endpoint.close();
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  #handler() {
    return {
      onPacket: (packet: Uint8Array, path: UdpPath) => {
        this.endpoint.receive(packet, path, performance.now());
        this.#arm();
      },
      onRefused: (error: Error) => {
        this.#refusal = error;
        this.endpoint.giveUpHandshakes(error.message);
      },
    };
  }

  #arm(): void {
    const { deadline } = this.endpoint;
    if (this.#isClosed || deadline >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = deadline;
    const wait = Math.min(Math.max(0, deadline - performance.now()), LONGEST_TIMER_MS);
    this.#timer = setTimeout(() => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.endpoint.tick(performance.now());
      this.#arm();
    }, Math.ceil(wait));
  }
}
