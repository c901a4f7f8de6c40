// A transport that a test plays by hand: it tells what is written, and keeps it by reference as a socket may.
import { type PacketInput, writePacket } from '../../src/mqtt/packets/packet.ts';
import type { Transport, TransportHandler } from '../../src/transport/transport.ts';

/** A network that takes bytes by reference and, while it is full, is never done with them. */
export class KeepingTransport implements Transport {
  readonly protocol = 'tcp';
  readonly remoteAddress = 'nowhere';
  readonly bufferedBytes = 0;
  readonly kept: { readonly bytes: Uint8Array; readonly copy: Buffer }[] = [];
  isFull = false;
  #handler: TransportHandler | undefined = undefined;

  start(handler: TransportHandler): void {
    this.#handler = handler;
  }

  bring(...packets: PacketInput[]): void {
    const format = { protocolVersion: 5, packetIdentifierSize: 2 } as const;
    for (const packet of packets) this.#handler!.onBytes(writePacket(packet, format));
  }

  drain(): void {
    this.#handler!.onDrain();
  }

  write(bytes: Uint8Array): boolean {
    if (!this.isFull) return true;
    this.kept.push({ bytes, copy: Buffer.from(bytes) });
    return false;
  }

  pause(): void {}

  resume(): void {}

  end(): void {
    this.destroy();
  }

  destroy(): void {
    const handler = this.#handler;
    this.#handler = undefined;
    setImmediate(() => handler?.onClose(undefined));
  }

  peerCertificate(): undefined {
    return undefined;
  }
}
