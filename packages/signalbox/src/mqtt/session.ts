// The state of an MQTT session on one side: what outlives the network connection. Messages in flight, the Packet
// Identifiers they occupy, and the QoS 2 messages received but not complete. It must not know the connection. §4.1

import type { InFlightEntry } from './in-flight.ts';
import { InFlight } from './in-flight.ts';
import { ListeningSession } from './listening-session.ts';
import type { PublishInput } from './packets/publish.ts';
import type { PacketIdentifierSize } from './wire-format.ts';

/** Plain data; it can be stored if `S` can. */
export interface SessionSnapshot<S> {
  readonly packetIdentifierSize: PacketIdentifierSize;
  readonly lastPacketIdentifier: number;
  readonly outgoing: readonly InFlightEntry<S>[];
  /** Identifiers of QoS 2 messages that were accepted and not released. */
  readonly received: readonly number[];
}

export interface SessionOptions {
  /** Default 2, as in every standard MQTT. */
  readonly packetIdentifierSize?: PacketIdentifierSize | undefined;
}

/** `S` is what the owner keeps for each outgoing PUBLISH until it is settled. */
export class Session<S = PublishInput> extends ListeningSession<S> {
  constructor({ packetIdentifierSize = 2 }: SessionOptions = {}) {
    super(packetIdentifierSize, new InFlight<S>(packetIdentifierSize));
  }

  /**
   * Erases a stored PUBLISH, because it expired. Possible while the peer cannot know it: it was never sent, or it is of
   * QoS 1 and this network connection has not sent it again. Returns true when it was erased.
   */
  erase(packetIdentifier: number): boolean {
    return this.outgoing.erase(packetIdentifier);
  }

  snapshot(): SessionSnapshot<S> {
    return {
      packetIdentifierSize: this.packetIdentifierSize,
      lastPacketIdentifier: this.identifiers.last,
      outgoing: this.outgoing.entries(),
      received: this.hasReceived ? this.received.accepted() : [],
    };
  }

  static restore<S>(snapshot: SessionSnapshot<S>): Session<S> {
    const session = new Session<S>({ packetIdentifierSize: snapshot.packetIdentifierSize });
    session.identifiers.continueAfter(snapshot.lastPacketIdentifier);
    for (const entry of snapshot.outgoing) session.outgoing.restore(entry);
    session.received.restore(snapshot.received);
    return session;
  }
}
