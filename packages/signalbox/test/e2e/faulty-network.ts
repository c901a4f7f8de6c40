// A network between a client and a broker that does what networks do: cuts a connection after so many bytes, swallows
// everything, holds everything back, or lets it through in drops. What a connection suffers is decided when it is made.
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface Fault {
  /** Both directions together; then the connection is reset. */
  readonly cutAfter?: number;
  /** The same for what the client sends, and for what it gets. */
  readonly cutAfterSent?: number;
  readonly cutAfterReceived?: number;
  /** Accepted, and closed at once. */
  readonly isRefused?: boolean;
  /** So many bytes are taken in each turn, and no more: whoever writes more has to wait. */
  readonly bytesPerTurn?: number;
  /** From this byte on nothing gets through, and nobody is told: not even that the other side has gone. */
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
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
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
    if (fault.isRefused === true) {
      client
        .on('error', () => {})
        .resume()
        .end();
      return;
    }
    const server = connect({ port: this.#target, host: '127.0.0.1', noDelay: true });
    let passed = 0;
    const tell = (how: () => void): void => {
      if (passed < (fault.silentAfter ?? Infinity)) how();
    };
    const cut = (): void => {
      client.resetAndDestroy();
      server.resetAndDestroy();
    };
    const pass = (from: Socket, to: Socket, cutHere = Infinity): void => {
      let passedHere = 0;
      let line: Promise<void> = fault.holdMs === undefined ? Promise.resolve() : sleep(fault.holdMs);
      const { bytesPerTurn } = fault;
      if (bytesPerTurn !== undefined) from.on('readable', () => void sip(from, to, bytesPerTurn));
      else
        from.on('data', (chunk: Buffer) => {
          const size = fault.pieceSize ?? chunk.length;
          for (let at = 0; at < chunk.length; at += size) {
            const piece = chunk.subarray(at, at + size);
            const deliver = (): void => {
              const inBoth = Math.min(fault.cutAfter ?? Infinity, fault.silentAfter ?? Infinity) - passed;
              const left = Math.min(inBoth, cutHere - passedHere);
              if (left > 0) to.write(piece.subarray(0, left));
              passed += piece.length;
              passedHere += piece.length;
              // What was passed on leaves first.
              if (passed >= (fault.cutAfter ?? Infinity) || passedHere >= cutHere) setImmediate(cut);
            };
            if (fault.holdMs === undefined && fault.pieceSize === undefined) deliver();
            else line = line.then(turn).then(deliver);
          }
        });
      from.on('end', () => void line.then(() => tell(() => to.end())));
      from.on('error', () => tell(() => to.destroy()));
      from.on('close', () => {
        this.#sockets.delete(from);
        void line.then(() => tell(() => to.destroy()));
      });
      this.#sockets.add(from);
    };
    pass(client, server, fault.cutAfterSent);
    pass(server, client, fault.cutAfterReceived);
  }
}

/** Takes a little in each turn; what it does not take waits in the buffers of whoever wrote it. */
async function sip(from: Socket, to: Socket, bytesPerTurn: number): Promise<void> {
  for (;;) {
    const bytes = (from.read(Math.min(bytesPerTurn, from.readableLength)) ?? undefined) as Buffer | undefined;
    if (bytes === undefined) return;
    to.write(bytes);
    await turn();
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
