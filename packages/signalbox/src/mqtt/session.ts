// The state of an MQTT session on one side: what outlives the network connection. Messages in flight, the Packet
// Identifiers they occupy, and the QoS 2 messages received but not complete. It must not know the connection. §4.1

import type { AcknowledgementResponse } from './acknowledgement-order.ts';
import type { InFlightEntry } from './in-flight.ts';
import { InFlight } from './in-flight.ts';
import { PacketIdentifiers } from './packet-identifiers.ts';
import type { PublishInput } from './packets/publish.ts';
import { ReceivedIdentifiers } from './received-identifiers.ts';
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

/** What a session needs of the network connection that has it. */
export interface SessionUser {
  /** A QoS 2 message was accepted or refused after the network connection that brought it had gone. */
  acceptedBefore(packetIdentifier: number, response: AcknowledgementResponse): void;
}

/** `S` is what the owner keeps for each outgoing PUBLISH until it is settled. */
export class Session<S = PublishInput> {
  readonly packetIdentifierSize: PacketIdentifierSize;
  /** Outgoing PUBLISH packets of QoS 1 and 2 that are not settled, in order. */
  readonly outgoing: InFlight<S>;
  /** One pool for PUBLISH, SUBSCRIBE and UNSUBSCRIBE. */
  readonly identifiers: PacketIdentifiers;
  /** The network connection that has it now, so that what comes late from an earlier one does no harm. */
  user: SessionUser | undefined;
  #received: ReceivedIdentifiers | undefined;

  constructor({ packetIdentifierSize = 2 }: SessionOptions = {}) {
    this.packetIdentifierSize = packetIdentifierSize;
    this.outgoing = new InFlight<S>(packetIdentifierSize);
    this.identifiers = new PacketIdentifiers(packetIdentifierSize, this.outgoing);
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
   * Erases a stored PUBLISH, because it expired. Possible while the peer cannot know it: it was never sent, or it is of
   * QoS 1 and this network connection has not sent it again. Returns true when it was erased.
   */
  erase(packetIdentifier: number): boolean {
    return this.outgoing.erase(packetIdentifier);
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

  snapshot(): SessionSnapshot<S> {
    return {
      packetIdentifierSize: this.packetIdentifierSize,
      lastPacketIdentifier: this.identifiers.last,
      outgoing: this.outgoing.entries(),
      received: this.#received === undefined ? [] : this.#received.accepted(),
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
