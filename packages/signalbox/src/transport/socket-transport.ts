// SocketTransport: a Transport over a net.Socket (TCP, Unix, TLS). The listeners are functions shared by all connections,
// which find their transport through the socket: a closure per connection and event would cost memory.

import { writeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { cancelDeadline, setDeadline } from './deadlines.ts';
import type { FreshReader } from './fresh-read.ts';
import type { Origin } from './origin.ts';
import { readPeerCertificate } from './peer-certificate.ts';
import { ownAddress, peerAddress } from './proxied-peer.ts';
import { descriptorOf } from './static-read.ts';
import {
  COPIED_HIGH_WATER_MARK,
  DISCARDED_AT_MOST,
  type PeerCertificate,
  type Transport,
  type TransportHandler,
  type TransportProtocol,
} from './transport.ts';

/** Our side has not ended the connection. */
const STILL_READING = -1;

/** The socket's way back to its transport. */
const TRANSPORT = Symbol('transport');

interface OwnedSocket extends Socket {
  [TRANSPORT]?: SocketTransport;
}

/**
 * How bytes pass between the socket and us. `static`: the socket reads into the static buffer and writes the sender's own
 * memory. `stream`: the socket hands out fresh buffers, and what is written is copied first, as TLS and the streams of
 * Node may keep it longer than they tell.
 */
export type Passage = 'static' | 'stream';

export class SocketTransport implements Transport, FreshReader {
  readonly #origin: Origin;
  #socket: OwnedSocket | undefined = undefined;
  #passage: Passage = 'static';
  /** Where the kernel can be given bytes without the stream between; -1: through the stream only. */
  #descriptor = -1;
  #handler: TransportHandler | undefined = undefined;
  #error: Error | undefined = undefined;
  #address: string | undefined = undefined;
  #ownAddress: string | undefined = undefined;
  #isPaused = false;
  /** Nothing is written any more: one of the sides has ended. */
  #isEnding = false;
  /** Once our side ended it, how many bytes that still came in were discarded. */
  #discarded = STILL_READING;
  /** The close is our own wish: what fails on the way to it is no error. */
  #isDestroyed = false;
  #isClosed = false;
  #awaitsDrain = false;

  constructor(origin: Origin) {
    this.#origin = origin;
  }

  /** Gives the transport its socket, which must not read yet. Once, before anything else. */
  carry(socket: Socket, passage: Passage): this {
    this.#socket = socket;
    this.#passage = passage;
    this.#socket[TRANSPORT] = this;
    if (passage === 'static') this.#descriptor = descriptorOf(socket);
    socket.on('error', onError);
    socket.on('close', onClose);
    socket.on('drain', onDrain);
    socket.on('end', onEnd);
    return this;
  }

  get protocol(): TransportProtocol {
    return this.#origin.protocol;
  }

  get remoteAddress(): string {
    this.#address ??= peerAddress(this.#socket!, this.#origin.peerName);
    return this.#address;
  }

  get localAddress(): string {
    this.#ownAddress ??= ownAddress(this.#socket!, this.#origin.peerName);
    return this.#ownAddress;
  }

  get bufferedBytes(): number {
    return this.#isClosed ? 0 : this.#socket!.writableLength;
  }

  start(handler: TransportHandler): void {
    this.#handler = handler;
    if (this.#isClosed) {
      process.nextTick(tellClose, handler, this.#error);
      return;
    }
    if (handler.onEnd !== undefined) this.#socket!.allowHalfOpen = true;
    if (this.#passage === 'stream') this.#socket!.on('data', onData);
    if (this.#isPaused) this.#socket!.pause();
    else this.#socket!.resume();
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isEnding || bytes.length === 0) return true;
    const isTaken = this.#passage === 'static' ? this.#writeInPlace(bytes) : this.#writeCopy(bytes);
    if (!isTaken) this.#awaitsDrain = true;
    return isTaken;
  }

  pause(): void {
    if (this.#discarded >= 0) return;
    this.#isPaused = true;
    this.#socket!.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#handler !== undefined && this.#discarded < DISCARDED_AT_MOST) this.#socket!.resume();
  }

  endWriting(): void {
    this.#isEnding = true;
    if (!this.#isClosed) this.#socket!.end();
  }

  end(): void {
    if (this.#discarded >= 0 || this.#isClosed) return;
    this.#discarded = 0;
    this.#isEnding = true;
    this.#socket!.end();
    this.#socket!.resume();
    setDeadline(this, this.#origin.graceMs);
  }

  destroy(): void {
    this.#discarded = Math.max(this.#discarded, 0);
    this.#isEnding = true;
    if (!this.#isClosed) {
      this.#isDestroyed = true;
      this.#error = undefined;
    }
    this.#socket!.destroy();
  }

  peerCertificate(): PeerCertificate | undefined {
    return readPeerCertificate(this.#socket!);
  }

  get keepsBytes(): boolean {
    return this.#handler?.onFreshBytes !== undefined;
  }

  receivedFresh(bytes: Uint8Array): boolean {
    if (this.#discarded < 0 && this.#handler!.onFreshBytes !== undefined) return this.#handler!.onFreshBytes(bytes);
    this.received(bytes);
    return false;
  }

  received(bytes: Uint8Array): void {
    if (this.#discarded < 0) {
      this.#handler!.onBytes(bytes);
      return;
    }
    this.#discarded += bytes.length;
    if (this.#discarded >= DISCARDED_AT_MOST) this.#socket!.pause();
  }

  /** The peer has ended its side. Ours ends too, unless its owner wants to know, and may take no longer than after `end`. */
  peerEnded(): void {
    if (this.#handler?.onEnd !== undefined) {
      if (this.#discarded < 0) this.#handler.onEnd();
      return;
    }
    this.#isEnding = true;
    if (!this.#isClosed) setDeadline(this, this.#origin.graceMs);
  }

  failed(error: Error): void {
    if (!this.#isDestroyed) this.#error ??= error;
  }

  drained(): void {
    if (!this.#awaitsDrain || this.#isEnding) return;
    this.#awaitsDrain = false;
    this.#handler?.onDrain();
  }

  socketClosed(): void {
    this.#isClosed = true;
    this.#isEnding = true;
    cancelDeadline(this);
    this.#origin.closed();
    this.#handler?.onClose(this.#error);
  }

  /** True when the kernel took all. If not, the socket emits `drain`: see `readingOptions`. */
  #writeInPlace(bytes: Uint8Array): boolean {
    const socket = this.#socket!;
    const taken = this.#descriptor < 0 || socket.writableLength > 0 || socket.destroyed ? 0 : this.#tryWrite(bytes);
    if (taken === bytes.length) return true;
    socket.write(taken === 0 ? bytes : bytes.subarray(taken));
    return socket.writableLength === 0;
  }

  #tryWrite(bytes: Uint8Array): number {
    try {
      return writeSync(this.#descriptor, bytes, 0, bytes.length);
    } catch {
      return 0;
    }
  }

  /** TLS reports what is written as done a turn later, so that the length alone says little. */
  #writeCopy(bytes: Uint8Array): boolean {
    this.#socket!.write(Buffer.from(bytes));
    return this.#socket!.writableLength < COPIED_HIGH_WATER_MARK;
  }
}

function transportOf(socket: OwnedSocket): SocketTransport {
  return socket[TRANSPORT]!;
}

function onData(this: Socket, bytes: Buffer): void {
  transportOf(this).receivedFresh(bytes);
}

function onError(this: Socket, error: Error): void {
  transportOf(this).failed(error);
}

function onClose(this: Socket): void {
  transportOf(this).socketClosed();
}

function onDrain(this: Socket): void {
  transportOf(this).drained();
}

function onEnd(this: Socket): void {
  transportOf(this).peerEnded();
}

function tellClose(handler: TransportHandler, error: Error | undefined): void {
  handler.onClose(error);
}
