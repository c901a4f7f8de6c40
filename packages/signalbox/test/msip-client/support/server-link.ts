// One network connection as a scripted MSIP server sees it: what the client sent, frame by frame, and everything a test wants
// to do to the client. It knows nothing of the core under test.

import { LinkTransport } from '../../client/support/link-transport.ts';
import type { ManualClientClock } from '../../client/support/manual-client-clock.ts';
import {
  describeFrame,
  TYPE,
  type TypeName,
  topicAndMessage,
  type WireFrame,
  type WireInput,
  WireSplitter,
  wire,
} from '../../support/msip-wire.ts';
import type { ServerScript } from './server-script.ts';

export class ServerLink {
  readonly transport: LinkTransport;
  readonly frames: WireFrame[] = [];
  readonly script: ServerScript;
  isGone = false;
  /** What was handed to the client so far. */
  bytesSent = 0;
  /** The network fails once the client has got so many bytes. */
  cutAfterSending = Infinity;
  readonly #clock: ManualClientClock;
  readonly #splitter = new WireSplitter();
  #outgoing: Uint8Array[] = [];
  #heldBack: WireFrame[] = [];

  constructor(clock: ManualClientClock, script: ServerScript) {
    this.#clock = clock;
    this.script = script;
    this.transport = new LinkTransport(
      clock,
      (bytes) => this.#receive(bytes),
      () => {
        this.isGone = true;
      },
    );
  }

  /** One line for each frame of the client. */
  get lines(): string[] {
    return this.frames.map(describeFrame);
  }

  of(type: TypeName): WireFrame[] {
    return this.frames.filter(({ frameType }) => frameType === TYPE[type]);
  }

  /** Payloads of frames of this type, as text; of PUBLISH without the length of the topic. */
  texts(type: TypeName): string[] {
    return this.of(type).map(({ payload }) => Buffer.from(payload.subarray(type === 'publish' ? 2 : 0)).toString());
  }

  send(type: TypeName, input: WireInput = {}): void {
    this.raw(wire(type, input));
  }

  event(topic: string, message: Uint8Array | string, input: WireInput = {}): void {
    this.send('event', { msgId: 1n, ...input, payload: topicAndMessage(topic, message) });
  }

  raw(bytes: Uint8Array): void {
    if (this.#outgoing.length === 0) this.#clock.soon(() => this.#flush());
    this.#outgoing.push(bytes);
  }

  /** After what was sent. */
  close(): void {
    this.#clock.soon(() => this.#clock.soon(() => this.transport.closeByPeer()));
  }

  cut(): void {
    this.transport.fail(new Error('the network failed'));
  }

  /** Answers the first requests that were held back, as the script would. */
  answerHeld(count = Infinity): void {
    for (const frame of this.#heldBack.splice(0, count)) this.#answer(frame);
  }

  #receive(bytes: Uint8Array): void {
    if (this.isGone) return;
    for (const frame of this.#splitter.take(bytes)) {
      this.frames.push(frame);
      const held = [...this.script.holds].some((type) => TYPE[type] === frame.frameType);
      if (held) this.#heldBack.push(frame);
      else this.#answer(frame);
      if (frame.frameType === TYPE.close) this.close();
    }
  }

  #answer(frame: WireFrame): void {
    const answer = frame.frameType === TYPE.hello ? this.script.hello(frame) : this.script.answer(frame);
    if (answer !== undefined && !this.isGone) this.send(...answer);
  }

  #flush(): void {
    const bytes = Uint8Array.from(Buffer.concat(this.#outgoing.splice(0)));
    const { pieceSize } = this.script;
    const room = Math.max(0, this.cutAfterSending - this.bytesSent);
    const taken = bytes.subarray(0, room);
    this.bytesSent += taken.length;
    for (let start = 0; start < taken.length; start += pieceSize)
      this.transport.deliver(taken.slice(start, start + pieceSize));
    if (this.bytesSent >= this.cutAfterSending) this.#clock.soon(() => this.cut());
  }
}
