// The outgoing PUBLISH packets of QoS 1 and 2 that are not settled, in the order they were published, with how far each
// has come and what the owner keeps for it. Also which of them this network connection still has to send: after a resume
// they go out as the send quota allows. It must not know packets or bytes. §4.3, §4.4, §4.6

import { IdentifierRing, NOT_FOUND } from './identifier-ring.ts';
import type { QoS } from './wire-format.ts';

/** What an in-flight message waits for. */
export type InFlightStage = 'puback' | 'pubrec' | 'pubcomp';

/** The stages as the ring keeps them. The first two were never sent, the last two wait for the end of a QoS 2 exchange. */
export const Stage = {
  QueuedQoS1: 1,
  QueuedQoS2: 2,
  Puback: 3,
  Pubrec: 4,
  /** PUBREC is here, PUBREL not sent: the owner releases by hand. */
  Release: 5,
  Pubcomp: 6,
} as const;

/** One in-flight message as it is stored and restored. `sent` is false before the packet that opens the stage was sent. */
export interface InFlightEntry<S> {
  readonly packetIdentifier: number;
  readonly stage: InFlightStage;
  readonly sent: boolean;
  readonly stored: S | undefined;
}

const NAMES: readonly (InFlightStage | undefined)[] = [
  undefined,
  'puback',
  'pubrec',
  'puback',
  'pubrec',
  'pubcomp',
  'pubcomp',
];

export class InFlight<S> extends IdentifierRing<S> {
  /** PUBLISH packets this network connection has not sent (again) yet; all of them while there is none. */
  held = 0;
  /** Sequence number of the first that can be held; means something only while `held` is above 0. */
  #cursor = 0;

  /** A PUBLISH that is being sent now. */
  addSent(packetIdentifier: number, qos: QoS, stored: S | undefined): void {
    this.push(packetIdentifier, qos === 1 ? Stage.Puback : Stage.Pubrec, stored);
  }

  /** A PUBLISH that waits for a network connection: not in flight yet, so it outlives the loss of the session. */
  addQueued(packetIdentifier: number, qos: QoS, stored: S | undefined): void {
    this.#pushHeld(packetIdentifier, qos === 1 ? Stage.QueuedQoS1 : Stage.QueuedQoS2, stored);
  }

  /** Only while there is no network connection: then every PUBLISH is held. */
  #pushHeld(packetIdentifier: number, stage: number, stored: S | undefined): void {
    this.push(packetIdentifier, stage, stored);
    this.#cursor = this.head;
    if (isPublish(stage)) this.held++;
  }

  stageOf(packetIdentifier: number): InFlightStage | undefined {
    const slot = this.find(packetIdentifier);
    return slot === NOT_FOUND ? undefined : NAMES[this.stageAt(slot)];
  }

  storedOf(packetIdentifier: number): S | undefined {
    const slot = this.find(packetIdentifier);
    return slot === NOT_FOUND ? undefined : this.valueAt(slot);
  }

  /** True when this network connection has not sent the PUBLISH in the slot. */
  isHeld(slot: number): boolean {
    return this.held > 0 && isPublish(this.stageAt(slot)) && ((this.sequenceOf(slot) - this.#cursor) | 0) >= 0;
  }

  /** Removes a message, held or not. */
  settleAt(slot: number): void {
    if (this.isHeld(slot)) this.held--;
    this.removeAt(slot);
  }

  /** The network connection is another one or gone: every PUBLISH is held until takeHeld() hands it out. */
  holdAll(): void {
    this.#cursor = this.head;
    this.held = 0;
    for (const slot of this.slots()) if (isPublish(this.stageAt(slot))) this.held++;
  }

  /** The next PUBLISH to send, in the original order, and counts it as sent; NOT_FOUND when nothing is held. */
  takeHeld(): number {
    if (this.held === 0) return NOT_FOUND;
    let slot = this.slotFrom(this.#cursor);
    while (!isPublish(this.stageAt(slot))) slot = this.slotFrom(this.sequenceOf(slot) + 1);
    this.#cursor = (this.sequenceOf(slot) + 1) | 0;
    this.held--;
    return slot;
  }

  /** Takes out a PUBLISH the peer cannot know or would take as new anyway; false when it is no such one. */
  erase(packetIdentifier: number): boolean {
    const slot = this.find(packetIdentifier);
    if (slot === NOT_FOUND || !this.isHeld(slot) || this.stageAt(slot) === Stage.Pubrec) return false; // [MQTT-4.3.3-7]
    this.settleAt(slot);
    return true;
  }

  entries(): InFlightEntry<S>[] {
    return this.slots().map((slot) => this.#entryAt(slot));
  }

  /** Puts an entry back. Entries are restored in the order entries() gave them. */
  restore(entry: InFlightEntry<S>): void {
    this.#pushHeld(entry.packetIdentifier, stageOfEntry(entry), entry.stored);
  }

  /** The session is lost: takes out what was sent and gives it back; what was only queued stays. */
  takeSent(): InFlightEntry<S>[] {
    const lost: InFlightEntry<S>[] = [];
    for (const entry of this.entries()) {
      if (!entry.sent && entry.stage !== 'pubcomp') continue;
      lost.push(entry);
      this.removeAt(this.find(entry.packetIdentifier));
    }
    this.holdAll();
    return lost;
  }

  #entryAt(slot: number): InFlightEntry<S> {
    const stage = this.stageAt(slot);
    return {
      packetIdentifier: this.identifierAt(slot),
      stage: NAMES[stage]!,
      sent: stage >= Stage.Puback && stage !== Stage.Release,
      stored: this.valueAt(slot),
    };
  }
}

/** True for the stages in which a resume sends the PUBLISH itself. */
export function isPublish(stage: number): boolean {
  return stage <= Stage.Pubrec;
}

/** True when the PUBLISH was never sent on any network connection, so DUP is 0. */
export function isQueued(stage: number): boolean {
  return stage <= Stage.QueuedQoS2;
}

function stageOfEntry(entry: InFlightEntry<unknown>): number {
  if (entry.stage === 'pubcomp') return entry.sent ? Stage.Pubcomp : Stage.Release;
  if (entry.stage === 'puback') return entry.sent ? Stage.Puback : Stage.QueuedQoS1;
  return entry.sent ? Stage.Pubrec : Stage.QueuedQoS2;
}
