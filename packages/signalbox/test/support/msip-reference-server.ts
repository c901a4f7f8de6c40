// A stand-in of the reference MSIP server with its habits, good and bad (docs/msip.md, Appendix A): clients are told apart
// by the first 8 bytes of their id, PUBLISH is always acknowledged, SUBSCRIBE without ACK_REQUIRED is an error, every EVENT
// is of kind EVENT and marked COMPRESSED, ERROR has msg_id 0 and is the end, and who is taken over goes on receiving.

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import {
  describeFrame,
  FLAG,
  KIND,
  partsOf,
  TYPE,
  type TypeName,
  topicAndMessage,
  type WireFrame,
  type WireInput,
  WireSplitter,
  wire,
} from './msip-wire.ts';

export interface MsipReferenceServerOptions {
  /** Default: one the system chooses. To come back after close(), give the former one. */
  readonly port?: number;
  /** How long a session without a connection is remembered, in ms. Default a minute. */
  readonly sessionExpiryMs?: number;
}

interface Session {
  readonly topics: Set<string>;
  readonly connections: Set<Connection>;
  expiry: ReturnType<typeof setTimeout> | undefined;
}

export class MsipReferenceServer {
  /** What clients sent, one line for each frame as `describeFrame` writes it. */
  readonly received: string[] = [];
  /** PINGs stay without an answer: a server that hangs. */
  isMute = false;
  readonly #server: Server;
  readonly #sessionExpiryMs: number;
  readonly #sessions = new Map<bigint, Session>();
  readonly #connections = new Set<Connection>();
  #madeUp = 0n;

  private constructor({ sessionExpiryMs = 60_000 }: MsipReferenceServerOptions) {
    this.#sessionExpiryMs = sessionExpiryMs;
    this.#server = createServer({ noDelay: true }, (socket) => {
      const connection = new Connection(socket, this);
      this.#connections.add(connection);
    });
  }

  static async listen(options: MsipReferenceServerOptions = {}): Promise<MsipReferenceServer> {
    const server = new MsipReferenceServer(options);
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', reject);
      server.#server.listen(options.port ?? 0, '127.0.0.1', resolve);
    });
    return server;
  }

  get port(): number {
    return addressOf(this.#server).port;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Cuts every connection without a word. */
  dropConnections(): void {
    for (const { socket } of this.#connections) socket.destroy();
  }

  /** Tells nobody: the reference has no orderly end. */
  async close(): Promise<void> {
    for (const { expiry } of this.#sessions.values()) clearTimeout(expiry);
    this.#sessions.clear();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.dropConnections();
    await closed;
  }

  onFrame(connection: Connection, frame: WireFrame): void {
    this.received.push(describeFrame(frame));
    const fault = this.#act(connection, frame);
    if (fault === undefined) return;
    connection.send('error', { payload: fault });
    connection.end();
  }

  onGone(connection: Connection): void {
    this.#connections.delete(connection);
    const session = connection.session;
    session?.connections.delete(connection);
    if (session === undefined || session.connections.size > 0) return;
    session.expiry = setTimeout(() => session.topics.clear(), this.#sessionExpiryMs);
    session.expiry.unref();
  }

  /** Answers what is wrong with the frame. */
  #act(connection: Connection, frame: WireFrame): string | undefined {
    if (frame.magic !== 'MSIP' || frame.version !== 1) return 'invalid header';
    if (frame.msgKind < 1 || frame.msgKind > 5) return 'invalid kind';
    switch (frame.frameType) {
      case TYPE.hello:
        return this.#hello(connection, frame);
      case TYPE.ping:
        if (!this.isMute) connection.send('pong', { msgId: frame.msgId });
        return undefined;
      case TYPE.close:
        connection.end();
        return undefined;
    }
    const { session } = connection;
    if (session === undefined) return 'not connected';
    switch (frame.frameType) {
      case TYPE.subscribe:
      case TYPE.unsubscribe:
        return changeTopics(connection, session, frame);
      case TYPE.publish:
        return this.#publish(connection, frame);
      default:
        return 'invalid frame';
    }
  }

  #hello(connection: Connection, { payload, msgId }: WireFrame): undefined {
    const id = payload.length >= 8 ? Buffer.from(payload).readBigUInt64BE(0) : ++this.#madeUp;
    const session = this.#sessions.get(id) ?? { topics: new Set(), connections: new Set(), expiry: undefined };
    this.#sessions.set(id, session);
    clearTimeout(session.expiry);
    session.connections.add(connection);
    connection.session = session;
    const answer = Buffer.alloc(8);
    answer.writeBigUInt64BE(id);
    connection.send('ack', { msgKind: KIND.state, msgId, payload: answer });
    return undefined;
  }

  #publish(publisher: Connection, { payload, msgId }: WireFrame): string | undefined {
    const parts = partsOf(payload);
    if (parts === undefined) return 'invalid payload';
    for (const session of this.#sessions.values()) {
      if (!session.topics.has(parts.topic)) continue;
      for (const subscriber of session.connections) {
        const event = topicAndMessage(parts.topic, parts.message);
        subscriber.send('event', { flags: FLAG.compressed, msgId, payload: event });
      }
    }
    publisher.send('ack', { msgId });
    return undefined;
  }
}

function changeTopics(connection: Connection, session: Session, frame: WireFrame): string | undefined {
  if ((frame.flags & FLAG.ackRequired) === 0) return 'acknowledgement not requested';
  const topic = Buffer.from(frame.payload).toString('utf8');
  if (frame.frameType === TYPE.subscribe) session.topics.add(topic);
  else session.topics.delete(topic);
  connection.send('ack', { msgId: frame.msgId });
  return undefined;
}

class Connection {
  readonly socket: Socket;
  session: Session | undefined;
  #isEnding = false;

  constructor(socket: Socket, owner: MsipReferenceServer) {
    this.socket = socket;
    const splitter = new WireSplitter();
    socket.on('data', (bytes) => {
      for (const frame of splitter.take(bytes)) if (!this.#isEnding) owner.onFrame(this, frame);
    });
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => owner.onGone(this));
  }

  send(type: TypeName, input: WireInput): void {
    if (!this.#isEnding) this.socket.write(wire(type, input));
  }

  end(): void {
    this.#isEnding = true;
    this.socket.end();
  }
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen');
  return address;
}
