// One network connection that speaks MSIP, whichever side it is: bytes and time in, what to do out. Dies with the network.
// What is particular to a side is in client-connection.ts and server-connection.ts. No socket, no timer, no clock. §2–§4

import { GrowingBytes } from '../bytes/growing-bytes.ts';
import { type MsipEvent, MsipEventCollector, type MsipSink } from './connection-events.ts';
import type { Cell, MsipConnectionState, StateTable } from './connection-states.ts';
import { type FrameError, MsipUsageError } from './errors.ts';
import type { FrameInput } from './frame.ts';
import { FrameView } from './frame-view.ts';
import { type FrameHandler, Framer, type FramerOptions } from './framer.ts';
import { FrameType, HEADER_SIZE, type MsgIdHalves, MsgKind, writeHeader } from './header.ts';
import { appendParts, judgeFrame } from './write-frame.ts';

export interface MsipConnectionOptions extends FramerOptions {
  /** Where frames are written; its owner may give one to many connections. Default: an own one. */
  readonly writer?: GrowingBytes;
}

const NOBODY: MsipSink = { transmit() {}, frame() {}, close() {} };

export abstract class MsipConnection implements FrameHandler {
  readonly writer: GrowingBytes;
  /** When `tick` is due, in ms on the owner's clock; Infinity: never. */
  abstract readonly deadline: number;
  protected abstract readonly incoming: StateTable;
  protected abstract readonly outgoing: StateTable;
  protected now = 0;
  /** When bytes came last. */
  protected heardAt = 0;
  /** msg_id of HELLO. */
  protected greeting = 0n;
  readonly #ownsWriter: boolean;
  readonly #framer: Framer;
  readonly #view = new FrameView();
  #state: MsipConnectionState = 'closed';
  #sink: MsipSink = NOBODY;

  constructor(options: MsipConnectionOptions) {
    this.#ownsWriter = options.writer === undefined;
    this.writer = options.writer ?? new GrowingBytes();
    this.#framer = new Framer(options);
  }

  get state(): MsipConnectionState {
    return this.#state;
  }

  /** In bytes; may change at any time. */
  get maximumPayloadLength(): number {
    return this.#framer.maximumPayloadLength;
  }

  set maximumPayloadLength(bytes: number) {
    this.#framer.maximumPayloadLength = bytes;
  }

  /** A network connection is there. Half a frame of an earlier one is forgotten. `now` in ms on any steady clock. */
  begin(now: number): void {
    this.#framer.reset();
    this.#state = 'idle';
    this.now = now;
    this.heardAt = now;
    this.greeting = 0n;
  }

  /**
   * Bytes of the peer, in any chunking. Never throws. Byte fields of the events are windows into `bytes`, or own memory. With
   * a sink nothing is allocated and what happens is told there.
   */
  receive(bytes: Uint8Array, now: number): readonly MsipEvent[];
  receive(bytes: Uint8Array, now: number, sink: MsipSink): void;
  receive(bytes: Uint8Array, now: number, sink?: MsipSink): readonly MsipEvent[] | undefined {
    if (sink === undefined) return this.#collect(now, (collector) => this.#receive(bytes, collector));
    this.now = now;
    this.#receive(bytes, sink);
    return undefined;
  }

  /**
   * A frame to the peer.
   * @throws {MsipUsageError} when it cannot be written, or must not be sent in this state; nothing has changed then.
   */
  send(frame: FrameInput, now: number): readonly MsipEvent[];
  send(frame: FrameInput, now: number, sink: MsipSink): void;
  send(frame: FrameInput, now: number, sink?: MsipSink): readonly MsipEvent[] | undefined {
    const parts = judgeFrame(frame);
    const next = this.#permit(this.outgoing[this.#state][frame.type]);
    if (frame.type === 'ack' && this.#state === 'greeting' && parts.msgId !== this.greeting) {
      throw new MsipUsageError('NOT_ALLOWED', 'ack: HELLO is answered first, with its own msgId'); // [MSIP-3.1-9]
    }
    const act = (to: MsipSink): void => {
      if (frame.type === 'hello') this.onHello(parts.msgId);
      this.#state = next;
      this.onSent(frame);
      const start = appendParts(this.writer, parts);
      to.transmit(start, this.writer.length);
      if (next === 'closed') to.close(undefined); // [MSIP-3.10-1]
    };
    return this.#run(now, sink, act);
  }

  /** What is due by now. */
  tick(now: number): readonly MsipEvent[];
  tick(now: number, sink: MsipSink): void;
  tick(now: number, sink?: MsipSink): readonly MsipEvent[] | undefined {
    return this.#run(now, sink, (to) => this.onTick(to));
  }

  /** The network connection is gone. */
  end(now: number): void {
    this.now = now;
    this.#framer.reset();
    this.#state = 'closed';
  }

  /** One whole frame, from the framer. */
  frame(buffer: Uint8Array, start: number, end: number): boolean {
    const view = this.#view;
    const sink = this.#sink;
    const error = view.load(buffer, start, end) ?? this.#judgePlace(view);
    if (error !== undefined) {
      this.fail(error, sink);
      return false;
    }
    if (view.frameType === FrameType.Ping) this.#answerPing(view, sink); // [MSIP-3.8-1]
    sink.frame(view);
    if (view.frameType === FrameType.Close) sink.close(undefined); // [MSIP-3.10-2]
    return this.#state !== 'closed';
  }

  /** HELLO passed, in either direction. */
  protected onHello(msgId: bigint): void {
    this.greeting = msgId;
  }

  /** The peer is alive. */
  protected onHeard(): void {}

  /** Before a frame of the owner is written. */
  protected onSent(_frame: FrameInput): void {}

  protected abstract onTick(sink: MsipSink): void;

  /** Tells the peer where its side has a way to, and ends. */
  protected abstract tellFault(error: FrameError, sink: MsipSink): void;

  protected fail(error: FrameError, sink: MsipSink): void {
    this.tellFault(error, sink);
    this.#state = 'closed';
    sink.close(error);
  }

  /** Writes a frame that is known to be in order. */
  protected emit(frame: FrameInput, sink: MsipSink): void {
    const start = appendParts(this.writer, judgeFrame(frame));
    sink.transmit(start, this.writer.length);
  }

  /** Writes a frame that is a header only. */
  protected emitBare(frameType: number, msgKind: number, id: MsgIdHalves, sink: MsipSink): void {
    const start = this.writer.reserve(HEADER_SIZE);
    BARE.frameType = frameType;
    BARE.msgKind = msgKind;
    BARE.idHigh = id.idHigh;
    BARE.idLow = id.idLow;
    writeHeader(this.writer.bytes, start, BARE);
    sink.transmit(start, this.writer.length);
  }

  /** The next state, if the frame may come. */
  #judgePlace(view: FrameView): FrameError | undefined {
    const cell = this.incoming[this.#state][view.type];
    if (typeof cell !== 'string') return view.error(cell.code, cell.message, cell.statement);
    if (view.frameType === FrameType.Hello) this.onHello(view.msgId);
    const isAnswer = view.frameType === FrameType.Ack && this.#state === 'greeting';
    if (isAnswer && view.msgId !== this.greeting) return undefined; // [MSIP-3.6-3]
    this.#state = cell;
    return undefined;
  }

  #receive(bytes: Uint8Array, sink: MsipSink): void {
    if (this.#state === 'closed') return; // [MSIP-2.5-6]
    this.heardAt = this.now;
    this.onHeard();
    this.#sink = sink;
    const error = this.#framer.receive(bytes, this);
    this.#sink = NOBODY;
    if (error !== undefined) this.fail(error, sink);
  }

  #permit(cell: Cell): MsipConnectionState {
    if (typeof cell === 'string') return cell;
    throw new MsipUsageError('NOT_ALLOWED', cell.message);
  }

  #answerPing(view: FrameView, sink: MsipSink): void {
    this.emitBare(FrameType.Pong, view.msgKind, view, sink); // [MSIP-3.9-1] [MSIP-2.4-2]
  }

  #run(now: number, sink: MsipSink | undefined, act: (sink: MsipSink) => void): readonly MsipEvent[] | undefined {
    if (sink === undefined) return this.#collect(now, act);
    this.now = now;
    act(sink);
    return undefined;
  }

  #collect(now: number, act: (sink: MsipSink) => void): readonly MsipEvent[] {
    this.now = now;
    if (this.#ownsWriter) this.writer.reset();
    const collector = new MsipEventCollector(this.writer);
    act(collector);
    return collector.events;
  }
}

/** Loaded again for each frame without a payload. */
const BARE = { flags: 0, frameType: 0, msgKind: MsgKind.Event as number, payloadLength: 0, idHigh: 0, idLow: 0 };
