// A client for tests that sends any bytes and keeps no rule; what comes back is read as packets.

import { Framer } from '../../src/mqtt/framer.ts';
import { type Packet, type PacketInput, readPacket, writePacket } from '../../src/mqtt/packets/packet.ts';
import type { ProtocolVersion, WireFormat } from '../../src/mqtt/wire-format.ts';
import type { Transport, TransportHandler } from '../../src/transport/transport.ts';

export class RawClient implements TransportHandler {
  readonly transport: Transport;
  /** Everything the broker sent until it closed the connection. */
  readonly closed: Promise<Packet[]>;
  readonly #format: WireFormat;
  readonly #framer = new Framer();
  readonly #packets: Packet[] = [];
  #read = 0;
  #onPacket: () => void = () => {};
  #onClosed!: (packets: Packet[]) => void;

  constructor(transport: Transport, protocolVersion: ProtocolVersion = 5) {
    this.transport = transport;
    this.#format = { protocolVersion, packetIdentifierSize: 2 };
    this.closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
    transport.start(this);
  }

  /** Sends packets, or bytes in hexadecimal digits, in one piece. */
  write(...parts: (PacketInput | string)[]): void {
    this.transport.write(
      Buffer.concat(
        parts.map((part) => {
          if (typeof part === 'string') return Buffer.from(part.replaceAll(' ', ''), 'hex');
          const own = part.type === 'connect' ? part.protocolVersion : undefined;
          return writePacket(part, { ...this.#format, protocolVersion: own ?? this.#format.protocolVersion });
        }),
      ),
    );
  }

  /** The next packet of the broker. */
  async next(): Promise<Packet> {
    while (this.#read === this.#packets.length) {
      await new Promise<void>((resolve) => {
        this.#onPacket = resolve;
      });
    }
    return this.#packets[this.#read++]!;
  }

  /** The next packets, this many. */
  async take(count: number): Promise<Packet[]> {
    const packets: Packet[] = [];
    while (packets.length < count) packets.push(await this.next());
    return packets;
  }

  onBytes(bytes: Uint8Array): void {
    this.#framer.receive(bytes, {
      frame: (buffer, start, _bodyStart, end) => {
        this.#packets.push(readPacket(new Uint8Array(buffer.subarray(start, end)), 0, end - start, this.#format));
        return true;
      },
    });
    this.#onPacket();
  }

  onDrain(): void {}

  onClose(): void {
    this.#onClosed(this.#packets);
  }
}
