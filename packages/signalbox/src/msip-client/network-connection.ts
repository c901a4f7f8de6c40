// One network connection after another under the same core: what the core transmits is written once per turn of the event
// loop, time reaches the core by one timer, and a transport that takes no more is waited for. Knows no frame.

import { GrowingBytes } from '../bytes/growing-bytes.ts';
import type { ClientClock } from '../client/clock.ts';
import { DeadlineTimer } from '../client/deadline-timer.ts';
import { ReceivedMemory } from '../client/receiving/received-memory.ts';
import { MsipClientConnection, type MsipClientConnectionOptions } from '../msip/client-connection.ts';
import type { MsipSink } from '../msip/connection-events.ts';
import type { FrameError } from '../msip/errors.ts';
import type { FrameInput } from '../msip/frame.ts';
import type { FrameView } from '../msip/frame-view.ts';
import type { MsgIdHalves } from '../msip/header.ts';
import type { Transport, TransportHandler } from '../transport/transport.ts';
import { lossOf } from './client-errors.ts';

/** From this on, what was gathered is written at once: a program that never lets go must not fill the memory. */
const WRITTEN_AT_ONCE = 65_536;
const NOTHING = new Uint8Array(0);

export interface NetworkOwner {
  onFrame(view: FrameView): void;
  /** The transport takes bytes again. */
  onWritable(): void;
  /** A chunk of the server has been dealt with. */
  onTurn(): void;
  /** Once for each network connection. */
  onEnd(error: Error | undefined): void;
}

export class NetworkConnection implements TransportHandler, MsipSink {
  readonly core: MsipClientConnection;
  /** Counts the connections: what belongs to an earlier one is told by it. */
  epoch = 0;
  readonly memory = new ReceivedMemory();
  readonly #writer = new GrowingBytes(16_384);
  readonly #owner: NetworkOwner;
  readonly #clock: ClientClock;
  #transport: Transport | undefined;
  #isFlushPending = false;
  /** The transport still refers to what was written last. */
  #isFull = false;
  #isPaused = false;
  #isReading = false;
  /** The time the core was told last. */
  #now = 0;
  #isEnding = false;
  #error: Error | undefined;
  readonly #timer: DeadlineTimer;

  constructor(options: MsipClientConnectionOptions, owner: NetworkOwner, clock: ClientClock) {
    this.core = new MsipClientConnection({ ...options, writer: this.#writer });
    this.#owner = owner;
    this.#clock = clock;
    this.#timer = new DeadlineTimer(clock, () => this.#onDue());
  }

  /** HELLO was answered, and nobody has taken leave. */
  get isConnected(): boolean {
    return this.core.state === 'connected' && !this.#isEnding;
  }

  get isOpen(): boolean {
    return this.#transport !== undefined;
  }

  get isWritable(): boolean {
    return !this.#isFull && this.isConnected;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  open(transport: Transport): void {
    this.#transport = transport;
    this.epoch++;
    this.#isFull = false;
    this.#isPaused = false;
    this.#isEnding = false;
    this.#error = undefined;
    this.#writer.renew();
    this.core.begin(this.#tellTime());
    transport.start(this);
  }

  /** @throws {MsipUsageError}, and then nothing has changed. */
  send(frame: FrameInput): void {
    this.core.send(frame, this.#tellTime(), this);
    this.#wrote();
  }

  /** ACK of an EVENT of this connection. */
  acknowledge(event: MsgIdHalves): void {
    this.core.acknowledge(event, this);
    this.#wrote();
  }

  /** Bytes as they are, behind what was sent. */
  sendRaw(bytes: Uint8Array): void {
    const at = this.#writer.reserve(bytes.length);
    this.#writer.bytes.set(bytes, at);
    this.#wrote();
  }

  /** No bytes of the server until resume(). It is not taken for dead meanwhile. */
  pause(): void {
    if (this.#isPaused || this.#transport === undefined) return;
    this.#isPaused = true;
    this.#transport.pause();
  }

  resume(): void {
    if (!this.#isPaused || this.#transport === undefined) return;
    this.#isPaused = false;
    if (!this.#isReading) this.core.receive(NOTHING, this.#tellTime(), this); // the silence was ours
    this.#transport.resume();
    this.#setTimer();
  }

  /** Sends what was written and closes. */
  end(): void {
    if (this.#isEnding) return;
    this.#isFull = false;
    this.#flush();
    this.#isEnding = true;
    this.#transport?.end();
  }

  /** Gives the connection up. `error` is what onEnd gets. */
  destroy(error: Error): void {
    this.#error ??= error;
    this.#isEnding = true;
    this.#transport?.destroy();
  }

  /** What onEnd gets when nothing else is known. */
  blame(error: Error): void {
    this.#error ??= error;
  }

  // What the core tells

  transmit(): void {}

  frame(view: FrameView): void {
    this.#owner.onFrame(view);
  }

  close(error: FrameError | undefined): void {
    this.#error ??= error;
    if (error?.code === 'PONG_TIMEOUT')
      this.#transport?.destroy(); // nobody is there to take leave of
    else this.end();
  }

  // What the transport tells

  onBytes(bytes: Uint8Array): void {
    this.#receive(bytes, false);
  }

  onFreshBytes(bytes: Uint8Array): boolean {
    this.#receive(bytes, true);
    return this.memory.isKept;
  }

  #receive(bytes: Uint8Array, isFresh: boolean): void {
    const { memory } = this;
    const now = this.#tellTime();
    memory.begin(bytes, isFresh);
    this.#isReading = true;
    this.core.receive(bytes, now, this);
    this.#isReading = false;
    memory.end();
    this.#owner.onTurn();
    this.#wrote();
    this.#setTimer();
  }

  onDrain(): void {
    this.#isFull = false;
    this.#flush();
    if (!this.#isFull) this.#owner.onWritable();
  }

  onClose(error: Error | undefined): void {
    const reason = this.#error ?? (error === undefined ? undefined : lossOf(error));
    this.#transport = undefined;
    this.#timer.stop();
    this.#writer.renew();
    this.core.end(this.#tellTime());
    this.#owner.onEnd(reason);
  }

  /** What is read at once happens at one time, its answers too: a clock is asked for each read, not for each frame. */
  #tellTime(): number {
    if (!this.#isReading) this.#now = this.#clock.now();
    return this.#now;
  }

  #wrote(): void {
    if (this.#writer.length === 0 || this.#isEnding) return;
    if (this.#writer.length >= WRITTEN_AT_ONCE) this.#flush();
    if (this.#isFlushPending) return;
    this.#isFlushPending = true;
    this.#clock.soon(this.#flushSoon);
  }

  readonly #flushSoon = (): void => {
    this.#isFlushPending = false;
    this.#flush();
    this.#setTimer();
  };

  #flush(): void {
    const writer = this.#writer;
    if (this.#isFull || this.#isEnding || writer.length === 0 || this.#transport === undefined) return;
    const isTaken = this.#transport.write(writer.bytes.subarray(0, writer.length));
    if (isTaken) writer.reset();
    else {
      writer.renew();
      this.#isFull = true;
    }
  }

  #setTimer(): void {
    if (this.#transport !== undefined) this.#timer.set(this.core.deadline);
  }

  #onDue(): void {
    if (this.#transport === undefined) return;
    const now = this.#tellTime();
    if (this.#isPaused) this.core.receive(NOTHING, now, this); // nothing is heard of the server because nobody listens
    if (now >= this.core.deadline) this.core.tick(now, this);
    this.#wrote();
    this.#setTimer();
  }
}
