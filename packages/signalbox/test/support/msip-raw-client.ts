// A client for tests that sends any frames and keeps no rule; what comes back is one line for each frame, as in msip-wire.ts.

import type { Transport, TransportHandler } from '../../src/transport/transport.ts';
import {
  describeFrame,
  FLAG,
  type TypeName,
  topicAndMessage,
  type WireFrame,
  WireSplitter,
  wire,
} from './msip-wire.ts';

export class MsipRawClient implements TransportHandler {
  readonly transport: Transport;
  /** Everything that was sent here until the connection closed. */
  readonly closed: Promise<string[]>;
  #acknowledges = false;
  readonly frames: WireFrame[] = [];
  readonly #splitter = new WireSplitter();
  #read = 0;
  #msgId = 100n;
  #onFrame: () => void = () => {};
  #onClosed!: (lines: string[]) => void;

  constructor(transport: Transport) {
    this.transport = transport;
    this.closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
    transport.start(this);
  }

  /** After HELLO and its answer; `flags` of HELLO. */
  static async connect(transport: Transport, clientId: string, flags: number = FLAG.none): Promise<MsipRawClient> {
    const client = new MsipRawClient(transport);
    client.write(wire('hello', { msgId: 1n, flags, payload: clientId }));
    await client.next();
    return client;
  }

  /** In one piece. */
  write(...frames: Uint8Array[]): void {
    this.transport.write(Buffer.concat(frames));
  }

  /** Waits for the ACK. */
  async subscribe(...topics: string[]): Promise<void> {
    for (const topic of topics) {
      this.write(wire('subscribe', { msgId: ++this.#msgId, flags: FLAG.ackRequired, payload: topic }));
      await this.#answered('ack');
    }
  }

  /** Waits for the ACK, or gives the text of the ERROR. */
  async publish(topic: string, message: Uint8Array | string, flags: number = FLAG.none, msgKind = 1): Promise<void> {
    const payload = topicAndMessage(topic, message);
    this.write(wire('publish', { msgId: ++this.#msgId, flags, msgKind, payload }));
    await this.#answered('ack');
  }

  acknowledge(...msgIds: bigint[]): void {
    this.write(...msgIds.map((msgId) => wire('ack', { msgId })));
  }

  /** Every EVENT that wants it, from the first one on. */
  acknowledgeAll(): void {
    this.#acknowledges = true;
    this.acknowledge(...this.frames.filter(({ frameType }) => frameType === 5).map(({ msgId }) => msgId));
  }

  /** Everything the broker has sent so far, and would send without hearing more: up to a PONG. */
  async heard(): Promise<string[]> {
    const from = this.#read;
    this.write(wire('ping', { msgId: ++this.#msgId }));
    const end = `pong id=${this.#msgId} kind=1 flags=0`;
    while ((await this.next()) !== end);
    return this.frames.slice(from, this.#read - 1).map(describeFrame);
  }

  /** The next frame of the broker. */
  async next(): Promise<string> {
    return describeFrame(await this.nextFrame());
  }

  async nextFrame(): Promise<WireFrame> {
    while (this.#read === this.frames.length) {
      await new Promise<void>((resolve) => {
        this.#onFrame = resolve;
      });
    }
    return this.frames[this.#read++]!;
  }

  async take(count: number): Promise<string[]> {
    const lines: string[] = [];
    while (lines.length < count) lines.push(await this.next());
    return lines;
  }

  onBytes(bytes: Uint8Array): void {
    for (const frame of this.#splitter.take(bytes)) {
      this.frames.push(frame);
      const isDue = frame.frameType === 5 && (frame.flags & FLAG.ackRequired) !== 0;
      if (this.#acknowledges && isDue) this.acknowledge(frame.msgId);
    }
    this.#onFrame();
  }

  onDrain(): void {}

  onClose(): void {
    this.#onClosed(this.frames.map(describeFrame));
  }

  /** The answer to the last request; EVENTs on the way to it can still be read. */
  async #answered(type: TypeName): Promise<void> {
    const isAnswer = ({ msgId, frameType }: WireFrame) => msgId === this.#msgId && frameType !== 5;
    let index = this.frames.findIndex(isAnswer);
    while (index < 0) {
      await new Promise<void>((resolve) => {
        this.#onFrame = resolve;
      });
      index = this.frames.findIndex(isAnswer);
    }
    const [answer] = this.frames.splice(index, 1);
    if (index < this.#read) this.#read--;
    const line = describeFrame(answer!);
    if (!line.startsWith(`${type} `)) throw new Error(line);
  }
}
