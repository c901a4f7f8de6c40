// What goes over the wire, for whoever wants to see it: a ring of the last packets for diagnosis, and every packet in order
// for those who follow `events()`. Costs some numbers per packet while nobody follows.

import { copyOf } from '../../bytes/copy.ts';
import type { Packet, PacketInput, PacketType } from '../../mqtt/packets/packet.ts';
import { PACKET_TYPES } from '../../mqtt/packets/packet-types.ts';
import type { PublishView } from '../../mqtt/publish-view.ts';

/** One packet that was sent or received. */
export interface PacketRecord {
  readonly direction: 'outgoing' | 'incoming';
  readonly type: PacketType;
  /** By the clock of the client, in milliseconds. */
  readonly at: number;
  /** Outgoing: bytes of the packet. Incoming PUBLISH: bytes of the payload. Else 0. */
  readonly size: number;
  /** 0: none. */
  readonly packetIdentifier: number;
}

/** A packet that was sent or received, as `events()` tells it. */
export interface PacketActivity extends PacketRecord {
  /** Absent for acknowledgements and pings that carry nothing, and for messages that are sent again. Without secrets. */
  readonly packet: Packet | PacketInput | undefined;
}
const INCOMING = 16;

export class PacketRecorder {
  /** Told every packet, when somebody follows. */
  onActivity: ((activity: PacketActivity) => void) | undefined;
  readonly #size: number;
  /** Four numbers for each place: type and direction, packet identifier, size and time. */
  readonly #ring: Float64Array;
  #count = 0;
  /** The packet that is being sent, for those who follow. */
  #sending: PacketInput | undefined;

  constructor(size: number) {
    this.#size = size;
    this.#ring = new Float64Array(4 * size);
  }

  /** The last packets, oldest first. */
  last(): PacketRecord[] {
    const records: PacketRecord[] = [];
    for (let at = Math.max(0, this.#count - this.#size); at < this.#count; at++) {
      const place = 4 * (at % this.#size);
      const [kind = 0, packetIdentifier = 0, size = 0, time = 0] = this.#ring.subarray(place);
      const direction = kind >= INCOMING ? 'incoming' : 'outgoing';
      records.push({ direction, type: PACKET_TYPES[kind & 15]!, at: time, size, packetIdentifier });
    }
    return records;
  }

  sending(packet: PacketInput): void {
    if (this.onActivity !== undefined) this.#sending = packet;
  }

  sent(): void {
    this.#sending = undefined;
  }

  transmitted(bytes: Uint8Array, start: number, end: number, now: number): void {
    const type = bytes[start]! >> 4;
    const packetIdentifier = type >= 4 && type <= 7 ? (bytes[start + 2]! << 8) | bytes[start + 3]! : 0;
    this.#record(type, packetIdentifier, end - start, now);
    if (this.onActivity === undefined) return;
    const sending = this.#sending;
    const packet = sending?.type === PACKET_TYPES[type] ? toShow(sending as PacketInput) : undefined;
    this.#tell('outgoing', PACKET_TYPES[type]!, packetIdentifier, { at: now, size: end - start, packet });
  }

  received(packet: Packet, now: number): void {
    const packetIdentifier = 'packetIdentifier' in packet ? packet.packetIdentifier : 0;
    this.#record(INCOMING + PACKET_TYPES.indexOf(packet.type), packetIdentifier, 0, now);
    this.#tell('incoming', packet.type, packetIdentifier, { at: now, size: 0, packet: toShow(packet) });
  }

  receivedPublish(view: PublishView, now: number): void {
    const size = view.payloadEnd - view.payloadStart;
    this.#record(INCOMING + 3, view.packetIdentifier, size, now);
    if (this.onActivity === undefined) return;
    const packet = view.toPacket();
    this.#tell('incoming', 'publish', view.packetIdentifier, { at: now, size, packet: toShow(packet) });
  }

  /** An acknowledgement for which no packet was built. */
  receivedAcknowledgement(
    type: 'puback' | 'pubrec' | 'pubrel' | 'pubcomp',
    packetIdentifier: number,
    now: number,
  ): void {
    this.#record(INCOMING + PACKET_TYPES.indexOf(type), packetIdentifier, 0, now);
    this.#tell('incoming', type, packetIdentifier, { at: now, size: 0, packet: undefined });
  }

  #record(kind: number, packetIdentifier: number, size: number, now: number): void {
    if (this.#size === 0) return;
    const place = 4 * (this.#count++ % this.#size);
    const ring = this.#ring;
    ring[place] = kind;
    ring[place + 1] = packetIdentifier;
    ring[place + 2] = size;
    ring[place + 3] = now;
  }

  #tell(
    direction: PacketRecord['direction'],
    type: PacketType,
    packetIdentifier: number,
    rest: { readonly at: number; readonly size: number; readonly packet: Packet | PacketInput | undefined },
  ): void {
    this.onActivity?.({ direction, type, packetIdentifier, ...rest });
  }
}

/** Without secrets, and with bytes of its own: those of the packet are read into again, or belong to the program. */
function toShow<P extends Packet | PacketInput>(packet: P): P {
  const shown: Record<string, unknown> = { ...packet };
  if (packet.type === 'connect') shown['password'] = undefined;
  if (packet.type === 'publish' && packet.payload instanceof Uint8Array)
    shown['payload'] = copyOf(packet.payload, 0, packet.payload.length);
  if (!('properties' in packet) || packet.properties === undefined) return shown as P;
  const { authenticationData: _, correlationData, ...properties } = packet.properties as AnyProperties;
  const isOwn = correlationData === undefined;
  shown['properties'] = isOwn
    ? properties
    : { ...properties, correlationData: copyOf(correlationData, 0, correlationData.length) };
  return shown as P;
}

interface AnyProperties {
  readonly authenticationData?: Uint8Array;
  readonly correlationData?: Uint8Array;
}
