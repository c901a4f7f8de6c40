// MemoryTransport: two ends in one process. Bytes are copied when written and handed over in a later turn of the event
// loop, as a socket would, so that owners meet the same order of events as on a network.

import type { PeerCertificate, Transport, TransportHandler, TransportProtocol } from './transport.ts';

export interface MemoryOptions {
  /** From this many waiting bytes on `write` returns false. Default 65,536, about what a kernel takes. */
  readonly highWaterMark?: number;
  /** Bytes are handed over in pieces of at most this size. Default: as they were written. */
  readonly chunkSize?: number;
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

type Reading = 'idle' | 'flowing' | 'paused';

export class MemoryTransport implements Transport {
  readonly protocol: TransportProtocol = 'memory';
  readonly remoteAddress: string = 'memory';
  readonly #highWaterMark: number;
  readonly #chunkSize: number;
  #peer: MemoryTransport | undefined = undefined;
  #handler: TransportHandler | undefined = undefined;
  #reading: Reading = 'idle';
  /** What the peer wrote and we have not handed over. */
  #incoming: Uint8Array[] = [];
  #incomingBytes = 0;
  #ended = false;
  #peerEnded = false;
  #closed = false;
  #closeTold = false;
  #error: Error | undefined = undefined;
  #awaitsDrain = false;
  #scheduled = false;

  constructor(options: MemoryOptions) {
    this.#highWaterMark = options.highWaterMark ?? DEFAULT_HIGH_WATER_MARK;
    this.#chunkSize = options.chunkSize ?? Number.MAX_SAFE_INTEGER;
  }

  /** Names the other end; for `memoryPair`. */
  join(peer: MemoryTransport): void {
    this.#peer = peer;
  }

  get bufferedBytes(): number {
    return this.#peer!.#incomingBytes;
  }

  start(handler: TransportHandler): void {
    this.#handler = handler;
    if (this.#reading === 'idle') this.#reading = 'flowing';
    this.#schedule();
  }

  write(bytes: Uint8Array): boolean {
    if (this.#ended || this.#closed || bytes.length === 0) return true;
    const peer = this.#peer!;
    if (peer.#closed) return true;
    peer.#incoming.push(bytes.slice());
    peer.#incomingBytes += bytes.length;
    peer.#schedule();
    if (peer.#incomingBytes < this.#highWaterMark) return true;
    this.#awaitsDrain = true;
    return false;
  }

  pause(): void {
    this.#reading = 'paused';
  }

  resume(): void {
    if (this.#reading !== 'paused') return;
    this.#reading = this.#handler === undefined ? 'idle' : 'flowing';
    this.#schedule();
  }

  end(): void {
    if (this.#ended || this.#closed) return;
    this.#ended = true;
    this.#discard();
    this.#peer!.#peerEnded = true;
    this.#peer!.#schedule();
    this.#schedule();
  }

  destroy(): void {
    if (this.#closed) return;
    this.end();
    this.#close(undefined);
  }

  /** The network fails: both ends close with `error`, and what was on the way is lost. For fault tests. */
  fail(error: Error): void {
    this.#close(error);
    this.#peer!.#close(error);
  }

  peerCertificate(): PeerCertificate | undefined {
    return undefined;
  }

  #close(error: Error | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#ended = true;
    this.#error = error;
    this.#discard();
    this.#peer!.#peerEnded = true;
    this.#peer!.#schedule();
    this.#schedule();
  }

  #discard(): void {
    if (this.#incomingBytes === 0) return;
    this.#incoming = [];
    this.#incomingBytes = 0;
    this.#peer!.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#turn();
    });
  }

  /** Everything that is due at this end, in the order a socket would tell it: bytes, drain, close. */
  #turn(): void {
    const handler = this.#handler;
    if (handler === undefined || this.#closeTold) return;
    this.#handOver(handler);
    if (this.#awaitsDrain && this.bufferedBytes === 0 && !this.#closed) {
      this.#awaitsDrain = false;
      handler.onDrain();
    }
    if (this.#peerEnded && this.#incomingBytes === 0 && !this.#closed && this.#reading === 'flowing') {
      this.#close(undefined);
    }
    if (this.#closed) {
      this.#closeTold = true;
      handler.onClose(this.#error);
    }
  }

  #handOver(handler: TransportHandler): void {
    while (this.#incoming.length > 0 && this.#reading === 'flowing' && !this.#ended) {
      const bytes = this.#incoming.shift()!;
      const size = Math.min(bytes.length, this.#chunkSize);
      if (size < bytes.length) this.#incoming.unshift(bytes.subarray(size));
      this.#incomingBytes -= size;
      handler.onBytes(bytes.subarray(0, size));
      if (this.#incomingBytes === 0) this.#peer!.#schedule();
    }
  }
}
