// A Transport over one end of a virtual link, so that a whole broker can be driven in virtual time: bytes arrive in any
// pieces, the network takes less than it is given, and links are cut after any byte.

import type { Transport, TransportHandler, TransportProtocol } from '../../src/transport/transport.ts';
import type { VirtualLink, VirtualLinkEnd } from './virtual-link.ts';

export interface VirtualTransportOptions {
  /** Whether the network takes no more just now; asked at each write. Default: never. */
  readonly isFull?: () => boolean;
  /** How long after the cut this end learns of it: until then it is half open. Default 0. */
  readonly noticesAfterMs?: number;
  /** Sees what is written, before it leaves. */
  readonly onWrite?: (bytes: Uint8Array) => void;
}

const LATENCY_MS = 1;

export class VirtualTransport implements Transport {
  readonly protocol: TransportProtocol = 'memory';
  readonly remoteAddress = 'virtual';
  readonly bufferedBytes = 0;
  readonly link: VirtualLink;
  handler: TransportHandler | undefined = undefined;
  readonly #end: VirtualLinkEnd;
  readonly #options: VirtualTransportOptions;
  #isPaused = false;
  #isEnding = false;
  #isClosed = false;
  #isDrainDue = false;
  #unread: Uint8Array[] = [];

  constructor(link: VirtualLink, end: VirtualLinkEnd, options: VirtualTransportOptions = {}) {
    this.link = link;
    this.#end = end;
    this.#options = options;
    end.onBytes = (bytes) => this.#onBytes(bytes);
    end.onCut = () => this.#later(options.noticesAfterMs ?? 0, () => this.#close());
  }

  start(handler: TransportHandler): void {
    this.handler = handler;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isEnding || this.#isClosed) return true;
    this.#options.onWrite?.(bytes);
    this.#end.send(bytes);
    if (this.#options.isFull?.() !== true) return true;
    if (!this.#isDrainDue) {
      this.#isDrainDue = true;
      this.#later(2 * LATENCY_MS, () => this.#drain());
    }
    return false;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#unread.length > 0) this.#later(0, () => this.#read());
  }

  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#later(LATENCY_MS, () => this.#cut());
  }

  destroy(): void {
    this.#isEnding = true;
    this.#later(0, () => this.#cut());
  }

  peerCertificate(): undefined {
    return undefined;
  }

  /** The process behind this end is dead: it hears nothing more and says nothing more. */
  silence(): void {
    this.#isEnding = true;
    this.#isClosed = true;
    this.handler = undefined;
  }

  #later(delayMs: number, run: () => void): void {
    const { clock } = this.link;
    clock.schedule(clock.now + delayMs, run);
  }

  #onBytes(bytes: Uint8Array): void {
    if (this.#isEnding || this.#isClosed) return;
    if (this.#isPaused || this.#unread.length > 0) this.#unread.push(bytes);
    else this.handler?.onBytes(bytes);
  }

  #read(): void {
    while (this.#unread.length > 0 && !this.#isPaused && !this.#isEnding && !this.#isClosed) {
      this.handler?.onBytes(this.#unread.shift()!);
    }
  }

  #drain(): void {
    this.#isDrainDue = false;
    if (!this.#isEnding && !this.#isClosed) this.handler?.onDrain();
  }

  #cut(): void {
    this.link.cut();
    this.#close(); // also where this end would have noticed later
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.handler?.onClose(undefined);
  }
}
