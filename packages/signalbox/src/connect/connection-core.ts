// ConnectionCore: what reader and writer of a connection share: the carrier, both boxes, the signs of life, and how it ends.

import { Datagram } from '../datagram/datagram.ts';
import type { DatagramError } from '../datagram/errors.ts';
import { HEADER_SIZE, PREFIX_SIZE, readSize } from '../datagram/header.ts';
import { DatagramReader } from '../datagram/reader.ts';
import type { Carrier, CarrierHandler } from './carrier.ts';
import { type ConnectionClock, SYSTEM_CLOCK } from './clock.ts';
import { ConnectionError } from './connection-error.ts';
import { type ConnectionOptions, DEFAULT_RECEIVE_BUFFER, DEFAULT_SEND_BUFFER } from './connection-options.ts';
import { Deferred, rejected } from './deferred.ts';
import { Inbox } from './inbox.ts';
import { DEFAULT_HEARTBEAT_TAG, Liveness, type LivenessHost } from './liveness.ts';
import { Outbox } from './outbox.ts';

const NO_TAG = -1;
/** What a heartbeat carries: a datagram has at least one byte. */
const HEARTBEAT = Uint8Array.of(0);

/** How often a carrier that is about to end is asked whether it has passed on everything: it does not tell. */
const LOOK_MS = 5;

export class ConnectionCore implements CarrierHandler, LivenessHost {
  readonly carrier: Carrier;
  readonly clock: ConnectionClock;
  readonly inbox: Inbox;
  readonly outbox: Outbox;
  readonly closed = new Deferred<Error | undefined>();
  /** The peer sends no more. */
  readonly peerEnded = new Deferred<void>();
  /** Datagrams that were none, of a carrier that may lose some. */
  malformed = 0;
  heartbeatsReceived = 0;
  heartbeatsSent = 0;
  readonly #heartbeatTag: number;
  readonly #liveness: Liveness;
  #reader: DatagramReader;
  readonly #maximumDataSize: number | undefined;
  #isPeerEnded = false;
  #isWritingEnded = false;
  /** This side closes, and is not interested any more. */
  #isDiscarding = false;
  /** By `finish` or `fail` of this side. */
  #isEnded = false;
  #isClosed = false;
  #error: Error | undefined = undefined;
  readonly #sink = { onDatagram: (datagram: Datagram) => this.#onDatagram(datagram) };

  constructor(carrier: Carrier, options: ConnectionOptions) {
    this.carrier = carrier;
    this.clock = options.clock ?? SYSTEM_CLOCK;
    this.#maximumDataSize = options.maximumMessageSize;
    this.#reader = this.#newReader();
    this.#heartbeatTag = options.keepAlive === undefined ? NO_TAG : (options.keepAlive.tag ?? DEFAULT_HEARTBEAT_TAG);
    this.inbox = new Inbox(options.receiveBuffer ?? DEFAULT_RECEIVE_BUFFER, () => {
      if (this.#isPeerEnded || !this.isOpen) return;
      this.#liveness.heard();
      carrier.resume();
    });
    this.outbox = new Outbox(carrier, this.clock, options.sendBuffer ?? DEFAULT_SEND_BUFFER);
    this.#liveness = new Liveness(this, options.keepAlive, options.idleTimeoutMs ?? Number.POSITIVE_INFINITY);
    carrier.start(this);
  }

  get isOpen(): boolean {
    return !this.#isClosed && !this.#isEnded;
  }

  get isWritable(): boolean {
    return this.isOpen && !this.#isWritingEnded;
  }

  get isListening(): boolean {
    return !this.inbox.isFull && !this.#isPeerEnded;
  }

  get activity(): number {
    return this.inbox.messages + this.outbox.messages;
  }

  // What the carrier tells

  onBytes(bytes: Uint8Array): void {
    if (this.#isEnded || this.#isDiscarding) return;
    this.#liveness.heard();
    const isMessage = this.carrier.framing === 'message';
    if (isMessage && this.carrier.isLossy) {
      this.#onLossyMessage(bytes);
    } else {
      const error = this.#reader.receive(bytes, this.#sink) ?? (isMessage ? this.#reader.end() : undefined);
      if (error !== undefined) this.fail(error);
    }
    if (this.inbox.checkFull() && !this.#isEnded) this.carrier.pause();
  }

  onDrain(): void {
    this.#liveness.sent();
    this.outbox.drained();
  }

  onEnd(): void {
    if (this.#isPeerEnded || this.#isEnded || this.#isDiscarding) return;
    this.#isPeerEnded = true;
    this.peerEnded.resolve();
    const error = this.#reader.end();
    if (error !== undefined) this.fail(error);
    else this.inbox.end(undefined);
  }

  onClose(error: Error | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#liveness.stop();
    if (error !== undefined) this.#error ??= lost(error);
    else if (!this.#isEnded) this.#error = this.#cutOff();
    const unsent = this.#isEnded
      ? closedHere()
      : new ConnectionError('CONNECTION_LOST', 'the peer closed before it took this');
    this.outbox.fail(this.#error ?? unsent);
    this.inbox.end(this.#error);
    this.peerEnded.resolve();
    this.closed.resolve(this.#error);
  }

  // What this side does

  beat(): void {
    if (!this.isWritable || this.outbox.isBlocked) return; // what is on its way says as much
    this.heartbeatsSent++;
    this.outbox.sendUncounted(new Datagram(HEARTBEAT, this.#heartbeatTag));
  }

  send(datagram: Datagram): Promise<void> {
    if (datagram.tag === this.#heartbeatTag) {
      return rejected(new ConnectionError('RESERVED_TAG', `tag ${datagram.tag} is that of the heartbeats`));
    }
    if (!this.isWritable)
      return rejected(this.#error ?? (this.#isWritingEnded || this.#isEnded ? closedHere() : gone()));
    this.#liveness.sent();
    return this.outbox.send(datagram);
  }

  /** Flushes, and tells the peer that nothing follows. */
  async endWriting(): Promise<void> {
    if (!this.isWritable) return;
    this.#isWritingEnded = true;
    this.outbox.flush();
    await this.outbox.whenTaken();
    if (this.isOpen) this.carrier.endWriting();
  }

  /** Sends what waits; resolves when it is taken. From now on nothing can be sent, and nothing is received. */
  async finish(): Promise<void> {
    this.#isWritingEnded = true;
    this.#isDiscarding = true;
    this.inbox.end(undefined);
    if (!this.isOpen) return;
    if (this.inbox.isFull) this.carrier.resume(); // lest both wait for the other to read
    this.outbox.flush();
    await this.outbox.whenTaken();
    await this.#carrierEmpty();
    if (!this.isOpen) return;
    this.#isEnded = true;
    this.#liveness.stop();
    this.carrier.end();
  }

  /** TLS and WebSocket take more than they have passed on, and once they end they wait for a slow peer no longer than a grace. */
  async #carrierEmpty(): Promise<void> {
    while (this.isOpen && this.carrier.bufferedBytes > 0) {
      await new Promise<void>((resolve) => void this.clock.after(LOOK_MS, resolve));
    }
  }

  /** Ends at once, with this error for everybody who waits; undefined: as if closed by this side. */
  fail(error: Error | undefined): void {
    if (!this.isOpen) {
      if (!this.#isClosed) this.carrier.destroy();
      return;
    }
    this.#error = error;
    this.#isEnded = true;
    this.#isWritingEnded = true;
    this.#liveness.stop();
    this.outbox.fail(error ?? closedHere());
    this.inbox.end(error);
    this.carrier.destroy();
  }

  #onDatagram(datagram: Datagram): boolean {
    if (datagram.tag === this.#heartbeatTag) {
      this.heartbeatsReceived++;
      this.inbox.bytes += datagram.serializedSize;
    } else {
      this.inbox.push(datagram);
    }
    return !this.#isEnded;
  }

  /** One that is no datagram is lost as others are. */
  #onLossyMessage(bytes: Uint8Array): void {
    const error = isOneDatagram(bytes) ? this.#reader.receive(bytes, this.#sink) : 'not one';
    if (error === undefined) return;
    this.malformed++;
    this.#reader = this.#newReader();
  }

  #newReader(): DatagramReader {
    return new DatagramReader(this.#maximumDataSize === undefined ? {} : { maximumDataSize: this.#maximumDataSize });
  }

  /** The carrier closed without an end of the peer: perhaps in the middle of a datagram. */
  #cutOff(): DatagramError | undefined {
    return this.#isPeerEnded || this.#isDiscarding ? undefined : this.#reader.end();
  }
}

/** Neither less nor more than one datagram, by its size. */
function isOneDatagram(bytes: Uint8Array): boolean {
  return bytes.length > HEADER_SIZE && readSize(bytes, 0) + PREFIX_SIZE === bytes.length;
}

function lost(error: Error): ConnectionError {
  const text = error.message === '' ? error.name : error.message;
  return new ConnectionError('CONNECTION_LOST', `the connection failed: ${text}`, error);
}

function closedHere(): ConnectionError {
  return new ConnectionError('CLOSED', 'this side of the connection is closed');
}

function gone(): ConnectionError {
  return new ConnectionError('CONNECTION_LOST', 'the peer has closed the connection');
}
