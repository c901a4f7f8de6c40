// One network connection after another under the same core: what the core transmits is gathered and written once per turn
// of the event loop, time reaches the core by one timer, and a transport that takes no more is waited for. It must not
// know what packets are for.

import { GrowingBytes } from '../bytes/growing-bytes.ts';
import type { AcknowledgementResponse } from '../mqtt/acknowledgement-order.ts';
import type { ConnectionSink, DroppedReason } from '../mqtt/connection-events.ts';
import type { PacketError } from '../mqtt/errors.ts';
import type { ListeningConnection } from '../mqtt/listening-connection.ts';
import type { Packet, PacketInput } from '../mqtt/packets/packet.ts';
import type { PublishView } from '../mqtt/publish-view.ts';
import type { Transport, TransportHandler } from '../transport/transport.ts';
import type { ClientClock } from './clock.ts';
import { lossOf } from './connection-loss.ts';
import { DeadlineTimer } from './deadline-timer.ts';
import type { PacketRecorder } from './observation/packet-recorder.ts';
import type { Publication } from './publishing/publication.ts';
import type { Publisher } from './publishing/publisher.ts';
import type { Inbox } from './receiving/inbox.ts';
import { ReceivedMemory } from './receiving/received-memory.ts';

/** From this on, what was gathered is written at once: a program that never lets go must not fill the memory. */
const WRITTEN_AT_ONCE = 65_536;
const NOTHING = new Uint8Array(0);

/** What the network connection tells the client. */
export interface NetworkOwner {
  /** Nothing moves at present, not even a ping: the client is polled, and nobody polls. */
  readonly isStandingStill: boolean;
  /** Settles and sends: it is pumped when the transport takes bytes again. */
  readonly publisher: Pick<Publisher, 'onSettled' | 'onDropped' | 'pump'> | undefined;
  /** When a chunk of the peer has been dealt with, or something was sent, whether to read on may be another question. */
  readonly inbox: Pick<Inbox, 'balance'>;
  onPacket(packet: Packet): void;
  onPublish(view: PublishView): void;
  onReleased(packetIdentifier: number): void;
  onHandedOver(publication: Publication, reasonCode: number): void;
  /** What went wrong while something was dealt with. */
  readonly onProblem: (problem: unknown) => void;
  /** Once for each network connection. */
  onEnd(error: Error | undefined): void;
}

export class NetworkConnection implements TransportHandler, ConnectionSink<Publication> {
  readonly core: ListeningConnection<Publication>;
  readonly writer: GrowingBytes;
  readonly memory = new ReceivedMemory();
  readonly #owner: NetworkOwner;
  readonly #clock: ClientClock;
  /** Where somebody wants to see packets. */
  recorder: PacketRecorder | undefined = undefined;
  #transport: Transport | undefined = undefined;
  #isFlushPending = false;
  /** The transport still refers to what was written last. */
  #isFull = false;
  #isPaused = false;
  #isReading = false;
  /** The time the core was told last. */
  #now = 0;
  #isEnding = false;
  #error: Error | undefined = undefined;
  readonly #timer: DeadlineTimer;

  constructor(
    makeCore: (writer: GrowingBytes) => ListeningConnection<Publication>,
    owner: NetworkOwner,
    clock: ClientClock,
  ) {
    this.writer = new GrowingBytes(16_384);
    this.core = makeCore(this.writer);
    this.#owner = owner;
    this.#clock = clock;
    this.#timer = new DeadlineTimer(clock, () => this.#onDue());
  }

  /** There is a network connection, and it takes bytes. */
  get isWritable(): boolean {
    return !this.#isFull && this.#transport !== undefined;
  }

  get isOpen(): boolean {
    return this.#transport !== undefined;
  }

  /** The peer is not read. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  get isConnected(): boolean {
    return this.core.state === 'connected';
  }

  open(transport: Transport): void {
    this.#transport = transport;
    this.#isFull = false;
    this.#isPaused = false;
    this.#isEnding = false;
    this.#error = undefined;
    this.writer.renew();
    this.core.begin(this.#tellTime());
    transport.start(this);
    if (this.#owner.isStandingStill) this.pause();
    this.#setTimer();
  }

  /** Throws UsageError, and then nothing has changed. */
  send(packet: PacketInput, publication?: Publication): number {
    this.recorder?.sending(packet);
    try {
      return this.core.send(packet, this.#tellTime(), this, publication);
    } finally {
      this.recorder?.sent();
      this.#wrote();
    }
  }

  acknowledge(packetIdentifier: number, response: AcknowledgementResponse | undefined): void {
    this.core.acknowledge(packetIdentifier, this.#tellTime(), this, response);
    this.#wrote();
  }

  /** This message is not acknowledged on this network connection; those after it can be. */
  abandon(packetIdentifier: number): void {
    this.core.abandon(packetIdentifier, this.#tellTime(), this);
    this.#wrote();
  }

  /** No bytes of the peer until resume(). It is not taken for dead meanwhile. */
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

  /** Time may have stood still for us: what is due is done now. */
  wake(): void {
    this.flush();
    if (!this.#timer.isSet) this.#onDue();
  }

  /** Writes what was sent so far. */
  flush(): void {
    const { writer } = this;
    if (this.#isFull || writer.length === 0 || this.#transport === undefined || this.#owner.isStandingStill) return;
    const isTaken = this.#transport.write(writer.bytes.subarray(0, writer.length));
    if (isTaken) writer.reset();
    else {
      writer.renew();
      this.#isFull = true;
    }
  }

  /** Sends what was written and closes. */
  end(): void {
    this.#isFull = false;
    this.flush();
    this.#isEnding = true;
    this.#transport?.end();
  }

  /** Gives the connection up. `error` is what onEnd gets. */
  destroy(error: Error): void {
    this.#error ??= error;
    this.#transport?.destroy();
  }

  // What the core tells

  readonly everyPacket = false;

  transmit(start: number, end: number): void {
    this.recorder?.transmitted(this.writer.bytes, start, end, this.#now);
  }

  packet(packet: Packet): void {
    this.recorder?.received(packet, this.#now);
    this.#owner.onPacket(packet);
  }

  publish(view: PublishView): void {
    this.recorder?.receivedPublish(view, this.#now);
    this.#owner.onPublish(view);
  }

  released(packetIdentifier: number): void {
    this.recorder?.receivedAcknowledgement('pubrel', packetIdentifier, this.#now);
    this.#owner.onReleased(packetIdentifier);
  }

  settled(packetIdentifier: number, reasonCode: number, stored: Publication | undefined): void {
    const type = stored?.qos === 1 ? 'puback' : stored?.stage === 'handed-over' ? 'pubcomp' : 'pubrec';
    this.recorder?.receivedAcknowledgement(type, packetIdentifier, this.#now);
    if (stored !== undefined) this.#owner.publisher!.onSettled(stored, reasonCode);
  }

  handedOver(packetIdentifier: number, stored: Publication | undefined, reasonCode: number): void {
    this.recorder?.receivedAcknowledgement('pubrec', packetIdentifier, this.#now);
    if (stored !== undefined) this.#owner.onHandedOver(stored, reasonCode);
  }

  dropped(stored: Publication, reason: DroppedReason): void {
    this.#owner.publisher!.onDropped(stored, reason);
  }

  close(error: PacketError | undefined): void {
    this.#error ??= error;
    if (error?.code === 'KEEP_ALIVE_TIMEOUT')
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
    try {
      this.core.receive(bytes, now, this);
    } catch (error) {
      this.#owner.onProblem(error);
      this.destroy(error as Error); // a fault of ours, or of an interceptor, costs this connection
    }
    this.#isReading = false;
    memory.end();
    this.#owner.inbox.balance();
    this.#wrote();
    this.#setTimer();
  }

  onDrain(): void {
    this.#isFull = false;
    this.flush();
    if (!this.#isFull) this.#owner.publisher?.pump();
  }

  onClose(error: Error | undefined): void {
    const reason = this.#error ?? (error === undefined ? undefined : lossOf(error));
    this.#transport = undefined;
    this.#timer.stop();
    this.writer.renew();
    this.core.end(this.#tellTime(), this);
    this.writer.renew();
    this.#owner.onEnd(reason);
  }

  /** What is read at once happens at one time, its answers too: a clock is asked for each read, not for each packet. */
  #tellTime(): number {
    if (!this.#isReading) this.#now = this.#clock.now();
    return this.#now;
  }

  #wrote(): void {
    if (this.writer.length === 0 || this.#isEnding) return;
    if (this.writer.length >= WRITTEN_AT_ONCE) this.flush();
    this.stir();
  }

  /** The owner has something to wait for: its turn comes soon. */
  stir(): void {
    if (this.#isFlushPending) return;
    this.#isFlushPending = true;
    this.#clock.soon(this.#flushSoon);
  }

  readonly #flushSoon = (): void => {
    this.#isFlushPending = false;
    this.flush();
    this.#owner.inbox.balance();
    this.#setTimer();
  };

  #setTimer(): void {
    if (this.#transport !== undefined) this.#timer.set(this.core.deadline);
  }

  #onDue(): void {
    if (this.#transport === undefined || this.#owner.isStandingStill) return;
    const now = this.#tellTime();
    if (this.#isPaused) this.core.receive(NOTHING, now, this); // nothing is heard of the peer because nobody listens
    if (now >= this.core.deadline) this.core.tick(now, this);
    this.#wrote();
    this.#setTimer();
  }
}
