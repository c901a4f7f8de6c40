// MemoryTransport: two ends in one process. Bytes are copied when written and handed over in a later turn of the event
// loop, as a socket would, so that owners meet the same order of events as on a network.

import { cancelDeadline, setDeadline } from './deadlines.ts';
import {
  DEFAULT_GRACE_MS,
  type PeerCertificate,
  type Transport,
  type TransportHandler,
  type TransportProtocol,
} from './transport.ts';

export interface MemoryOptions {
  /** From this many waiting bytes on `write` returns false. Default 65,536, about what a kernel takes. */
  readonly highWaterMark?: number;
  /** Bytes are handed over in pieces of at most this size. Default: as they were written. */
  readonly chunkSize?: number;
  /** Default 2,000. */
  readonly graceMs?: number;
}

const DEFAULT_HIGH_WATER_MARK = 65_536;

/** Two transports, each the peer of the other. */
export function memoryPair(options: MemoryOptions = {}): [MemoryTransport, MemoryTransport] {
  const left = new MemoryTransport(options);
  const right = new MemoryTransport(options);
  left.join(right);
  right.join(left);
  return [left, right];
}

export class MemoryTransport implements Transport {
  readonly protocol: TransportProtocol = 'memory';
  readonly remoteAddress: string = 'memory';
  readonly localAddress: string = 'memory';
  readonly #highWaterMark: number;
  readonly #chunkSize: number;
  readonly #graceMs: number;
  #peer: MemoryTransport | undefined = undefined;
  #handler: TransportHandler | undefined = undefined;
  /** What the peer wrote and we have not handed over; of the first one, what `#offset` leaves. */
  #incoming: Uint8Array[] = [];
  #offset = 0;
  #incomingBytes = 0;
  #isPaused = false;
  #isEnding = false;
  #isWritingEnded = false;
  #peerEnded = false;
  #isEndTold = false;
  #isClosed = false;
  #isCloseTold = false;
  #error: Error | undefined = undefined;
  #awaitsDrain = false;
  #isScheduled = false;

  constructor(options: MemoryOptions) {
    this.#highWaterMark = options.highWaterMark ?? DEFAULT_HIGH_WATER_MARK;
    this.#chunkSize = options.chunkSize ?? Number.MAX_SAFE_INTEGER;
    this.#graceMs = options.graceMs ?? DEFAULT_GRACE_MS;
  }

  /** Names the other end; for `memoryPair`. */
  join(peer: MemoryTransport): void {
    this.#peer = peer;
  }

  get bufferedBytes(): number {
    return this.#isClosed ? 0 : this.#peer!.#incomingBytes;
  }

  start(handler: TransportHandler): void {
    this.#handler = handler;
    this.#schedule();
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isEnding || this.#isWritingEnded || bytes.length === 0) return true;
    const peer = this.#peer!;
    if (peer.#isEnding) return true; // It discards its input.
    peer.#incoming.push(new Uint8Array(bytes)); // A Buffer's slice would not copy.
    peer.#incomingBytes += bytes.length;
    peer.#schedule();
    if (peer.#incomingBytes < this.#highWaterMark) return true;
    this.#awaitsDrain = true;
    return false;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#schedule();
  }

  endWriting(): void {
    this.#isWritingEnded = true;
    this.#peer!.#peerEnded = true;
    this.#peer!.#schedule();
    this.#schedule();
  }

  end(): void {
    if (this.#isEnding) return;
    this.#stop();
    setDeadline(this, this.#graceMs);
  }

  destroy(): void {
    if (!this.#isClosed) this.#close(undefined);
    else if (!this.#isCloseTold) this.#error = undefined;
  }

  /** The network fails: both ends close with `error`, and what was on the way is lost. For fault tests. */
  fail(error: Error): void {
    this.#close(error);
    this.#peer!.#close(error);
  }

  peerCertificate(): PeerCertificate | undefined {
    return undefined;
  }

  /** Neither writes nor reads any more, and the peer will know after the bytes it still has to get. */
  #stop(): void {
    this.#isEnding = true;
    this.#incoming = [];
    this.#incomingBytes = 0;
    this.#peer!.#peerEnded = true;
    this.#peer!.#schedule();
    this.#schedule();
  }

  #close(error: Error | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#error = error;
    cancelDeadline(this);
    this.#stop();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(turn, this);
  }

  /** Everything that is due at this end, in the order a socket would tell it: bytes, drain, close. */
  turn(): void {
    this.#isScheduled = false;
    const handler = this.#handler;
    if (handler === undefined || this.#isCloseTold) return;
    this.#handOver(handler);
    if (this.#awaitsDrain && this.#peer!.#incomingBytes === 0 && !this.#isEnding) {
      this.#awaitsDrain = false;
      handler.onDrain();
    }
    if (this.#peerEnded && !this.#isClosed) this.#onPeerEnded(handler);
    if (!this.#isClosed) return;
    this.#isCloseTold = true;
    handler.onClose(this.#error);
  }

  /** What it sent comes first. */
  #onPeerEnded(handler: TransportHandler): void {
    const isRead = this.#incomingBytes === 0 && !this.#isPaused;
    if (!this.#isEnding && !isRead) return;
    if (!this.#isEnding && !this.#isEndTold && handler.onEnd !== undefined) {
      this.#isEndTold = true;
      handler.onEnd();
    }
    if (this.#isEnding || this.#isWritingEnded || handler.onEnd === undefined) this.#close(undefined);
  }

  #handOver(handler: TransportHandler): void {
    while (this.#incomingBytes > 0 && !this.#isPaused && !this.#isEnding) {
      const first = this.#incoming[0]!;
      const end = Math.min(first.length, this.#offset + this.#chunkSize);
      const bytes = first.subarray(this.#offset, end);
      this.#offset = end;
      if (end === first.length) {
        this.#incoming.shift();
        this.#offset = 0;
      }
      this.#incomingBytes -= bytes.length;
      if (this.#incomingBytes === 0) this.#peer!.#schedule();
      handler.onBytes(bytes);
    }
  }
}

function turn(transport: MemoryTransport): void {
  transport.turn();
}
