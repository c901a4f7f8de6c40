// The state of an MQTT session on a side that has published nothing yet: the QoS 2 messages received and not complete, and the
// Packet Identifiers in use. What is published outlives the network connection in an InFlight, which comes with the first of it. §4.1

import type { AcknowledgementResponse } from './acknowledgement-order.ts';
import type { InFlight } from './in-flight.ts';
import { PacketIdentifiers } from './packet-identifiers.ts';
import { ReceivedIdentifiers } from './received-identifiers.ts';
import type { PacketIdentifierSize } from './wire-format.ts';

/** What a session needs of the network connection that has it. */
export interface SessionUser {
  /** A QoS 2 message was accepted or refused after the network connection that brought it had gone. */
  acceptedBefore(packetIdentifier: number, response: AcknowledgementResponse): void;
}

/** Stands for an InFlight as long as there is none: what is asked of it by who publishes nothing. */
const NOTHING_IN_FLIGHT: Pick<InFlight<never>, 'count' | 'held' | 'has' | 'holdAll' | 'entries' | 'slots'> = {
  count: 0,
  held: 0,
  has: () => false,
  holdAll() {},
  entries: () => [],
  slots: () => [],
};

/** `S` is what the owner keeps for each outgoing PUBLISH until it is settled. */
export class ListeningSession<S> {
  readonly packetIdentifierSize: PacketIdentifierSize;
  /** Outgoing PUBLISH packets of QoS 1 and 2 that are not settled, in order. */
  outgoing: InFlight<S>;
  /** One pool for PUBLISH, SUBSCRIBE and UNSUBSCRIBE. */
  readonly identifiers: PacketIdentifiers;
  /** The network connection that has it now, so that what comes late from an earlier one does no harm. */
  user: SessionUser | undefined;
  #received: ReceivedIdentifiers | undefined;

  constructor(size: PacketIdentifierSize = 2, outgoing = NOTHING_IN_FLIGHT as unknown as InFlight<S>) {
    this.packetIdentifierSize = size;
    this.outgoing = outgoing;
    this.identifiers = new PacketIdentifiers(size, outgoing);
  }

  /** From now on something is published. */
  publishes(outgoing: InFlight<S>): void {
    this.outgoing = outgoing;
    this.identifiers.inFlight = outgoing;
  }

  /** QoS 2 messages received and not complete. */
  get received(): ReceivedIdentifiers {
    this.#received ??= new ReceivedIdentifiers(this.packetIdentifierSize);
    return this.#received;
  }

  /** False when `received` is empty; asks without creating it. */
  get hasReceived(): boolean {
    return this.#received !== undefined && this.#received.count > 0;
  }

  /**
   * The session ends: forgets what was sent or received and gives back the messages that are lost by that. Messages that
   * were only queued were never part of the conversation; they stay. [MQTT-3.1.2-4] [MQTT-3.2.2-5]
   */
  clear(): S[] {
    this.#received = undefined;
    const lost: S[] = [];
    if (this.outgoing.count === 0) return lost; // so it is for most who connect
    for (const { stored } of this.outgoing.takeSent()) if (stored !== undefined) lost.push(stored);
    return lost;
  }
}
