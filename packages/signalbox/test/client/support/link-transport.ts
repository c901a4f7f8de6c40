// The client's end of a network connection in memory, with the faults of networks: cut after a byte, half open, full.

import type { Transport, TransportHandler, TransportProtocol } from '../../../src/transport/transport.ts';
import type { ManualClientClock } from './manual-client-clock.ts';

const GRACE_MS = 2_000;

export class LinkTransport implements Transport {
  readonly protocol: TransportProtocol = 'memory';
  readonly remoteAddress = 'memory';
  readonly bufferedBytes = 0;
  /** Nothing arrives any more, in either direction, and nobody is told. */
  isHalfOpen = false;
  /** The network takes no more: write() returns false, until drain(). */
  isFull = false;
  /** The network fails once the client has written so many bytes. */
  cutAfter = Infinity;
  isPaused = false;
  isClosed = false;
  /** What the client wrote so far, and in how many pieces. */
  bytesWritten = 0;
  writes = 0;
  readonly #clock: ManualClientClock;
  readonly #toServer: (bytes: Uint8Array) => void;
  readonly #onEnd: () => void;
  #handler: TransportHandler | undefined;
  #toClient: Uint8Array[] = [];
  #isEnding = false;
  #hasPeerClosed = false;
  #awaitsDrain = false;

  constructor(clock: ManualClientClock, toServer: (bytes: Uint8Array) => void, onEnd: () => void) {
    this.#clock = clock;
    this.#toServer = toServer;
    this.#onEnd = onEnd;
  }

  start(handler: TransportHandler): void {
    this.#handler = handler;
    this.#clock.soon(() => this.#read());
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isEnding || this.isClosed) return true;
    const taken = new Uint8Array(bytes.subarray(0, Math.max(0, this.cutAfter - this.bytesWritten)));
    this.bytesWritten += bytes.length;
    this.writes++;
    this.#clock.soon(() => {
      if (!this.isHalfOpen && taken.length > 0) this.#toServer(taken);
    });
    if (this.bytesWritten >= this.cutAfter) this.fail(new Error('the network failed'));
    if (!this.isFull) return true;
    this.#awaitsDrain = true;
    return false;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.#clock.soon(() => this.#read());
  }

  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    if (this.isHalfOpen || this.isFull) this.#clock.outside(GRACE_MS, () => this.#close(undefined));
    else this.#clock.soon(() => this.#close(undefined));
  }

  destroy(): void {
    this.#isEnding = true;
    this.#clock.soon(() => this.#close(undefined));
  }

  peerCertificate(): undefined {
    return undefined;
  }

  // What the server's end and the network do

  deliver(bytes: Uint8Array): void {
    if (this.isHalfOpen) return;
    this.#toClient.push(bytes);
    this.#clock.soon(() => this.#read());
  }

  /** The server has closed, after what it sent. */
  closeByPeer(): void {
    if (this.isHalfOpen) return;
    this.#hasPeerClosed = true;
    this.#clock.soon(() => this.#read());
  }

  /** The program of the client ends at this moment; the server sees the connection fail. */
  crash(): void {
    this.#handler = undefined;
    this.#close(undefined);
  }

  fail(error: Error): void {
    this.#clock.soon(() => this.#close(error));
  }

  drain(): void {
    this.isFull = false;
    if (!this.#awaitsDrain) return;
    this.#awaitsDrain = false;
    this.#clock.soon(() => {
      if (!this.#isEnding && !this.isClosed) this.#handler?.onDrain();
    });
  }

  #read(): void {
    while (this.#toClient.length > 0 && !this.isPaused && !this.#isEnding && !this.isClosed && this.#handler) {
      const bytes = this.#toClient.shift()!;
      this.#handler.onBytes(bytes);
      bytes.fill(0xee); // it is valid until onBytes returns
    }
    if (this.#hasPeerClosed && this.#toClient.length === 0 && !this.isPaused) this.#close(undefined);
  }

  #close(error: Error | undefined): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#onEnd();
    if (this.#handler !== undefined) this.#handler.onClose(error);
  }
}
