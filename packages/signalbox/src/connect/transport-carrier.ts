// A transport as a carrier: TCP, TLS, Unix sockets, WebSocket and memory bring a stream of bytes.

import type { PeerCertificate, Transport } from '../transport/transport.ts';
import type { Carrier, CarrierHandler } from './carrier.ts';

export class TransportCarrier implements Carrier {
  readonly framing = 'stream';
  readonly isLossy = false;
  readonly largestMessage = Number.POSITIVE_INFINITY;
  readonly dropped = 0;
  readonly localAddress: string;
  readonly remoteAddress: string;
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
    this.localAddress = transport.localAddress ?? '';
    this.remoteAddress = transport.remoteAddress;
  }

  get protocol(): string {
    return this.#transport.protocol;
  }

  get bufferedBytes(): number {
    return this.#transport.bufferedBytes;
  }

  start(handler: CarrierHandler): void {
    this.#transport.start(handler);
  }

  write(bytes: Uint8Array): boolean {
    return this.#transport.write(bytes);
  }

  pause(): void {
    this.#transport.pause();
  }

  resume(): void {
    this.#transport.resume();
  }

  /** WebSockets close both sides or none: there the peer is not told. */
  endWriting(): void {
    this.#transport.endWriting?.();
  }

  end(): void {
    this.#transport.end();
  }

  destroy(): void {
    this.#transport.destroy();
  }

  peerCertificate(): PeerCertificate | undefined {
    return this.#transport.peerCertificate();
  }
}
