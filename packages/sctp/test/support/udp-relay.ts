// A router between a client and a server on the loopback: it loses and reorders packets by a seed, and can give the client
// another address in the middle of everything, as routers do that translate addresses.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { seeded } from './virtual-network.ts';

export interface RelayOptions {
  readonly seed?: number;
  /** Of 100 packets. */
  readonly loss?: number;
  readonly duplication?: number;
  readonly reordering?: number;
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

export class UdpRelay {
  /** Where clients send to. */
  readonly port: number;
  lost = 0;
  readonly #inside: Socket;
  #outside: Socket;
  readonly #serverPort: number;
  readonly #options: RelayOptions;
  readonly #random: () => number;
  #clientPort = 0;

  private constructor(sockets: readonly [Socket, Socket], serverPort: number, options: RelayOptions) {
    [this.#inside, this.#outside] = sockets;
    this.#serverPort = serverPort;
    this.#options = options;
    this.#random = seeded(options.seed ?? 1);
    this.port = this.#inside.address().port;
    this.#inside.on('message', (packet, { port }) => {
      this.#clientPort = port;
      this.#pass(packet, () => this.#outside.send(packet, this.#serverPort, '127.0.0.1'));
    });
    this.#listen();
  }

  static async to(serverPort: number, options: RelayOptions = {}): Promise<UdpRelay> {
    return new UdpRelay([await bound(), await bound()], serverPort, options);
  }

  /** The server sees the client at another port from now on; what is sent to the old one is lost. */
  async move(): Promise<number> {
    const before = this.#outside;
    this.#outside = await bound();
    this.#listen();
    before.close();
    return this.#outside.address().port;
  }

  async close(): Promise<void> {
    const gone = [this.#inside, this.#outside].map((socket) => once(socket, 'close'));
    this.#inside.close();
    this.#outside.close();
    await Promise.all(gone);
  }

  #listen(): void {
    this.#outside.on('message', (packet) => {
      this.#pass(packet, () => this.#inside.send(packet, this.#clientPort, '127.0.0.1'));
    });
  }

  #chance(percent = 0): boolean {
    return (this.#random() / 2 ** 32) * 100 < percent;
  }

  #pass(_: Uint8Array, send: () => void): void {
    const { loss, duplication, reordering } = this.#options;
    if (this.#chance(loss)) {
      this.lost++;
      return;
    }
    if (this.#chance(duplication)) send();
    if (this.#chance(reordering)) setImmediate(() => setImmediate(send));
    else send();
  }
}
