// The Packet Identifiers of QoS 2 messages that were received and are not complete: what makes the second copy of a
// message recognisable. Part of the session: it survives with it and is cleared with it. §4.3.3

import { IdentifierRing, NOT_FOUND } from './identifier-ring.ts';

/** How far a received QoS 2 message has come. */
export const Received = {
  /** Not there: a PUBLISH with this identifier is a new message. */
  Unknown: 0,
  /** Handed to the owner, who has not accepted it yet. */
  Delivered: 1,
  /** The owner has it, PUBREC was sent or is about to be. */
  Accepted: 2,
  /** PUBREL is here, PUBCOMP not sent yet. */
  Released: 3,
} as const;

export class ReceivedIdentifiers extends IdentifierRing<undefined> {
  /** One of `Received`. */
  stageOf(packetIdentifier: number): number {
    const slot = this.find(packetIdentifier);
    return slot === NOT_FOUND ? Received.Unknown : this.stageAt(slot);
  }

  /** A new message was handed to the owner. */
  add(packetIdentifier: number): void {
    this.push(packetIdentifier, Received.Delivered, undefined);
  }

  /** Moves a known identifier on; an unknown one stays unknown. */
  advance(packetIdentifier: number, stage: number): void {
    const slot = this.find(packetIdentifier);
    if (slot !== NOT_FOUND) this.setStageAt(slot, stage);
  }

  remove(packetIdentifier: number): void {
    const slot = this.find(packetIdentifier);
    if (slot !== NOT_FOUND) this.removeAt(slot);
  }

  identifiers(): number[] {
    return this.slots().map((slot) => this.identifierAt(slot));
  }

  /** A new network connection: what waits for PUBCOMP gets its PUBREL again. */
  expectReleaseAgain(): void {
    for (const slot of this.slots())
      if (this.stageAt(slot) === Received.Released) this.setStageAt(slot, Received.Accepted);
  }

  /** What has to survive a crash: the messages the owner has accepted. The others will be sent again and are new then. */
  accepted(): number[] {
    const slots = this.slots().filter((slot) => this.stageAt(slot) !== Received.Delivered);
    return slots.map((slot) => this.identifierAt(slot));
  }

  /** Puts back what accepted() gave; what is there already stays as it is. */
  restore(packetIdentifiers: Iterable<number>): void {
    for (const packetIdentifier of packetIdentifiers) {
      if (!this.has(packetIdentifier)) this.push(packetIdentifier, Received.Accepted, undefined);
    }
  }
}
