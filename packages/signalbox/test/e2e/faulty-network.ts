// A network between a client and a broker that does what networks do: cuts a connection after so many bytes, swallows
// everything, holds everything back, or lets it through in drops. What a connection suffers is decided when it is made.
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface Fault {
  /** Both directions together; then the connection is reset. */
  readonly cutAfter?: number;
  /** From this byte on nothing gets through, and nobody is told. */
  readonly silentAfter?: number;
  /** Nothing is passed on for so long. */
  readonly holdMs?: number;
  /** So many bytes at a time, each in a turn of its own. */
  readonly pieceSize?: number;
}

export class FaultyNetwork {
  readonly #target: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** For the connections to come, in order; the others suffer nothing. */
  readonly faults: Fault[] = [];
  connections = 0;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  static async before(port: number): Promise<FaultyNetwork> {
    const network = new FaultyNetwork(port);
    network.#server.listen(0, '127.0.0.1');
    await once(network.#server, 'listening');
    return network;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  async close(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  #accept(client: Socket): void {
    this.connections++;
    const fault = this.faults.shift() ?? {};
    const server = connect(this.#target, '127.0.0.1');
    let passed = 0;
    const cut = (): void => {
      client.resetAndDestroy();
      server.resetAndDestroy();
    };
    const pass = (from: Socket, to: Socket): void => {
      let line: Promise<void> = fault.holdMs === undefined ? Promise.resolve() : sleep(fault.holdMs);
      from.on('data', (chunk: Buffer) => {
        const size = fault.pieceSize ?? chunk.length;
        for (let at = 0; at < chunk.length; at += size) {
          const piece = chunk.subarray(at, at + size);
          const deliver = (): void => {
            const left = Math.min(fault.cutAfter ?? Infinity, fault.silentAfter ?? Infinity) - passed;
            if (left > 0) to.write(piece.subarray(0, left));
            passed += piece.length;
            if (passed >= (fault.cutAfter ?? Infinity)) setImmediate(cut); // what was passed on leaves first
          };
          if (fault.holdMs === undefined && fault.pieceSize === undefined) deliver();
          else line = line.then(turn).then(deliver);
        }
      });
      from.on('end', () => void line.then(() => to.end()));
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        void line.then(() => to.destroy());
      });
      this.#sockets.add(from);
    };
    pass(client, server);
    pass(server, client);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
