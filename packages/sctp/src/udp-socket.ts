// UdpSocket: datagrams of node:dgram for SCTP in UDP (RFC 6951). A socket of a server takes from everybody; that of a client
// is connected to one address, so that the system sorts out what others send, and says when nobody is there.

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { LookupOneOptions } from 'node:dns';
import type { Path } from './sctp/host.ts';

export class UdpPath implements Path {
  readonly key: string;
  readonly address: string;
  readonly port: number;

  constructor(address: string, port: number) {
    this.address = address;
    this.port = port;
    this.key = formatEndpoint(address, port);
  }
}

/** `192.0.2.1:9899`, `[2001:db8::1]:9899`. */
export function formatEndpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

export interface UdpHandler {
  /** The bytes are the handler's. */
  onPacket(packet: Uint8Array, path: UdpPath): void;
  /** The system says that nobody takes our packets. */
  onRefused(error: Error): void;
}

/** Asked for; the system may give less. A turn's packets should fit. */
const BUFFER_SIZE = 4 * 1024 * 1024;

export class UdpSocket {
  /** Packets the system did not take, and errors it told later. */
  failures = 0;
  readonly #socket: Socket;
  readonly #handler: UdpHandler;
  #remote: UdpPath | undefined = undefined;
  #last: UdpPath | undefined = undefined;
  #isClosed = false;
  #local = '';

  private constructor(family: 4 | 6, handler: UdpHandler) {
    this.#handler = handler;
    const type = family === 6 ? 'udp6' : 'udp4';
    this.#socket = createSocket({ type, lookup });
    this.#socket.on('message', (packet, from) => {
      // UDP has a port 0, which says that nobody takes an answer; to send there is an error of ours.
      if (!this.#isClosed && from.port !== 0) this.#handler.onPacket(packet, this.#pathOf(from));
    });
  }

  /** Takes packets at an address. Rejects with the error of the system. */
  static async bind(address: { host: string; family: 4 | 6; port: number }, handler: UdpHandler): Promise<UdpSocket> {
    const socket = new UdpSocket(address.family, handler);
    await socket.#ready((done) => socket.#socket.bind({ address: address.host, port: address.port }, done));
    return socket;
  }

  /** For packets to and from one address only. Rejects with the error of the system. */
  static async connect(
    address: { host: string; family: 4 | 6; port: number },
    handler: UdpHandler,
  ): Promise<UdpSocket> {
    const socket = new UdpSocket(address.family, handler);
    await socket.#ready((done) => socket.#socket.connect(address.port, address.host, done));
    socket.#remote = new UdpPath(address.host, address.port);
    return socket;
  }

  async #ready(open: (done: () => void) => void): Promise<void> {
    const socket = this.#socket;
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        open(() => {
          socket.off('error', reject);
          resolve();
        });
      });
    } catch (error) {
      this.close();
      throw error;
    }
    socket.on('error', (error) => {
      this.failures++;
      if (this.#remote !== undefined) this.#handler.onRefused(error);
    });
    const { address, port } = socket.address();
    this.#local = formatEndpoint(address, port);
    for (const size of ['setRecvBufferSize', 'setSendBufferSize'] as const) {
      try {
        socket[size](BUFFER_SIZE);
      } catch {
        // Then it stays as the system has it.
      }
    }
  }

  /** Known after the close as well. */
  get localAddress(): string {
    return this.#local;
  }

  get localPort(): number {
    return Number(/\d+$/.exec(this.#local)?.[0] ?? 0);
  }

  /** The address a client is connected to. */
  get remote(): UdpPath | undefined {
    return this.#remote;
  }

  /** The bytes are the socket's from now on. What the system does not take is lost, as packets are. */
  send(packet: Uint8Array, path: UdpPath): void {
    if (this.#isClosed) return;
    if (this.#remote !== undefined) this.#socket.send(packet);
    else this.#socket.send(packet, path.port, path.address);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.close();
  }

  /** Most packets come from where the last one came from. */
  #pathOf({ address, port }: RemoteInfo): UdpPath {
    const last = this.#last;
    if (last !== undefined && last.port === port && last.address === address) return last;
    const path = new UdpPath(address, port);
    this.#last = path;
    return path;
  }
}

/** Everything that is sent or bound to is an address already: asking for it would cost a turn for each packet. */
function lookup(
  host: string,
  _: LookupOneOptions,
  done: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  done(null, host, host.includes(':') ? 6 : 4);
}
