// What a Connection tells its owner to do and what it tells it happened: as calls on a sink (nothing is allocated for
// them), or as an array of events collected by a sink of our own. Both are in the order in which they are to be executed.

import { copyOf } from '../bytes/copy.ts';
import type { GrowingBytes } from '../bytes/growing-bytes.ts';
import type { PacketError } from './errors.ts';
import type { Packet } from './packets/packet.ts';
import type { PublishView } from './publish-view.ts';

/** Why an outgoing PUBLISH was given up without an answer of the peer. */
export type DroppedReason =
  | 'session-lost' // the peer has no session any more, or a clean start ended it
  | 'session-ended' // the network connection is gone, and the session ends with it
  | 'packet-too-large' // larger than the peer of this network connection accepts
  | 'not-supported' // QoS or RETAIN that the peer of this network connection does not take
  | 'expired'; // the owner had nothing to send any more

export interface ConnectionSink<S> {
  /** Send `connection.writer.bytes` from `start` to `end` now. */
  transmit(start: number, end: number): void;
  /** A packet of the peer. Its byte fields are windows, valid until the call returns. */
  packet(packet: Packet): void;
  /** Hot lane of PUBLISH; without it `packet` gets a PublishPacket. Never called for a duplicate of QoS 2. */
  publish?(view: PublishView): void;
  /**
   * An outgoing PUBLISH left the flight: PUBACK, PUBCOMP, or PUBREC of 0x80 and above. With it no packet object is built
   * for these three, unless `everyPacket`.
   */
  settled?(packetIdentifier: number, reasonCode: number, stored: S | undefined): void;
  /** The peer has taken a QoS 2 message over (PUBREC below 0x80); PUBREL follows. */
  handedOver?(packetIdentifier: number, stored: S | undefined, reasonCode: number): void;
  /** PUBREL of a QoS 2 message received; with it no packet object is built, unless `everyPacket`. Answer with acknowledge(). */
  released?(packetIdentifier: number): void;
  /** An outgoing PUBLISH was given up; one call per message. */
  dropped?(stored: S, reason: DroppedReason): void;
  /** Close the network connection after what was transmitted. No error: a normal end. */
  close(error: PacketError | undefined): void;
  /** `packet` is also called for what `settled`, `handedOver` and `released` report, just before it. */
  readonly everyPacket?: boolean;
}

export type ConnectionEvent<S> =
  | { readonly type: 'transmit'; readonly bytes: Uint8Array }
  | { readonly type: 'packet'; readonly packet: Packet }
  | {
      readonly type: 'settled';
      readonly packetIdentifier: number;
      readonly reasonCode: number;
      readonly stored: S | undefined;
    }
  | { readonly type: 'dropped'; readonly stored: S; readonly reason: DroppedReason }
  | { readonly type: 'close'; readonly error: PacketError | undefined };

/** The sink behind the array form. */
export class EventCollector<S> implements ConnectionSink<S> {
  readonly events: ConnectionEvent<S>[] = [];
  readonly everyPacket: boolean = true;
  readonly #writer: GrowingBytes;

  constructor(writer: GrowingBytes) {
    this.#writer = writer;
  }

  transmit(start: number, end: number): void {
    this.events.push({ type: 'transmit', bytes: copyOf(this.#writer.bytes, start, end) });
  }

  packet(packet: Packet): void {
    this.events.push({ type: 'packet', packet });
  }

  settled(packetIdentifier: number, reasonCode: number, stored: S | undefined): void {
    this.events.push({ type: 'settled', packetIdentifier, reasonCode, stored });
  }

  dropped(stored: S, reason: DroppedReason): void {
    this.events.push({ type: 'dropped', stored, reason });
  }

  close(error: PacketError | undefined): void {
    this.events.push({ type: 'close', error });
  }
}
