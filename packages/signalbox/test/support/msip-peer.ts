// One end of a network connection that speaks MSIP by hand: any frames, in any pieces, and what came back as lines. Knows
// nothing of the core under test.

import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';
import {
  describeFrame,
  FLAG,
  TYPE,
  type TypeName,
  topicAndMessage,
  type WireFrame,
  type WireInput,
  WireSplitter,
  wire,
} from './msip-wire.ts';

const FENCE = 0xfe_ce00_0000n;

export class MsipPeer {
  readonly stream: Duplex;
  /** Resolves when the other side has closed. */
  readonly closed: Promise<void>;
  readonly #frames: WireFrame[] = [];
  readonly #splitter = new WireSplitter();
  #isClosed = false;
  #onChange: () => void = () => {};
  #fences = FENCE;
  #msgId = 1000n;

  constructor(stream: Duplex) {
    this.stream = stream;
    stream.on('data', (bytes: Uint8Array) => {
      this.#frames.push(...this.#splitter.take(bytes));
      this.#onChange();
    });
    stream.on('error', () => {}); // 'close' follows
    this.closed = new Promise((resolve) => {
      stream.on('close', () => {
        this.#isClosed = true;
        this.#onChange();
        resolve();
      });
    });
    onTestFinished(() => void stream.destroy());
  }

  static async connect(port: number): Promise<MsipPeer> {
    const socket: Socket = connect({ host: '127.0.0.1', port, noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new MsipPeer(socket);
  }

  write(...parts: readonly Uint8Array[]): void {
    this.stream.write(Buffer.concat(parts));
  }

  /** The next frame. Throws when the other side closed instead. */
  async next(): Promise<WireFrame> {
    while (this.#frames.length === 0) {
      if (this.#isClosed) throw new Error('the connection was closed');
      await new Promise<void>((resolve) => {
        this.#onChange = resolve;
      });
    }
    return this.#frames.shift()!;
  }

  /** The next so many frames, a line for each. */
  async lines(count: number): Promise<string[]> {
    const lines: string[] = [];
    while (lines.length < count) lines.push(describeFrame(await this.next()));
    return lines;
  }

  /** Everything that still comes until the other side closes. */
  async ending(): Promise<string[]> {
    await this.closed;
    return this.#frames.splice(0).map(describeFrame);
  }

  /** HELLO; answers its ACK, or what came instead. */
  async greet(clientId: string, input: WireInput = {}): Promise<WireFrame> {
    this.write(wire('hello', { msgId: 1n, payload: clientId, ...input }));
    return this.next();
  }

  /** A request with ACK_REQUIRED and a msg_id of its own; answers its ACK or ERROR. What came before it is left for later. */
  async ask(type: TypeName, payload: Uint8Array | string, input: WireInput = {}): Promise<WireFrame> {
    const msgId = ++this.#msgId;
    this.write(wire(type, { flags: FLAG.ackRequired, msgId, payload, ...input }));
    const before: WireFrame[] = [];
    for (;;) {
      const frame = await this.next();
      if (frame.msgId === (input.msgId ?? msgId) && (frame.frameType === TYPE.ack || frame.frameType === TYPE.error)) {
        this.#frames.unshift(...before);
        return frame;
      }
      before.push(frame);
    }
  }

  subscribe(topicFilter: string, input: WireInput = {}): Promise<WireFrame> {
    return this.ask('subscribe', topicFilter, input);
  }

  publish(topic: string, message: Uint8Array | string, input: WireInput = {}): Promise<WireFrame> {
    return this.ask('publish', topicAndMessage(topic, message), input);
  }

  /** Whatever came until now. Two PINGs, as ACKs may come behind the PONG to one that was sent with their requests. */
  async sofar(): Promise<string[]> {
    return [...(await this.#untilPong()), ...(await this.#untilPong())];
  }

  async #untilPong(): Promise<string[]> {
    const msgId = ++this.#fences;
    this.write(wire('ping', { msgId }));
    const lines: string[] = [];
    for (;;) {
      const frame = await this.next();
      if (frame.frameType === TYPE.pong && frame.msgId === msgId) return lines;
      lines.push(describeFrame(frame));
    }
  }

  /** CLOSE, and then until the other side has closed. */
  async leave(): Promise<string[]> {
    this.write(wire('close'));
    return this.ending();
  }
}
