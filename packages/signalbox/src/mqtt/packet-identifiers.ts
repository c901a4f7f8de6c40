// The one pool of Packet Identifiers a sender has for PUBLISH, SUBSCRIBE and UNSUBSCRIBE. Identifiers rotate, so that a late
// answer to an old one does not meet a new one; 0 is never used. An identifier in flight is taken by being there, the few
// others are in a set that exists only while it is needed. §2.2.1

import { largestIdentifier, type PacketIdentifierSize } from './wire-format.ts';

/** What else occupies identifiers: the messages in flight. */
export interface OccupiedIdentifiers {
  readonly count: number;
  has(packetIdentifier: number): boolean;
  continues(packetIdentifier: number): boolean;
}

export class PacketIdentifiers {
  /** 65,535 or 4,294,967,295. */
  readonly largest: number;
  inFlight: OccupiedIdentifiers;
  #held: Set<number> | undefined;
  /** The identifier used last. */
  #last = 0;

  constructor(size: PacketIdentifierSize, inFlight: OccupiedIdentifiers) {
    this.largest = largestIdentifier(size);
    this.inFlight = inFlight;
  }

  /** How many are in use. */
  get count(): number {
    return this.inFlight.count + (this.#held === undefined ? 0 : this.#held.size);
  }

  /** The identifier used last; the next one is looked for behind it. */
  get last(): number {
    return this.#last;
  }

  has(packetIdentifier: number): boolean {
    return this.isHeld(packetIdentifier) || this.inFlight.has(packetIdentifier);
  }

  /** Takes the next free identifier; 0 when all are in use. */
  acquire(): number {
    const packetIdentifier = this.next();
    if (packetIdentifier !== 0) this.use(packetIdentifier);
    return packetIdentifier;
  }

  /** Takes this identifier. False when it is in use or out of range. */
  register(packetIdentifier: number): boolean {
    if (!this.isValid(packetIdentifier) || this.has(packetIdentifier)) return false;
    this.#held ??= new Set();
    this.#held.add(packetIdentifier);
    return true;
  }

  /** Takes a free identifier, or one that is taken by the caller already; the next one follows it. */
  use(packetIdentifier: number): void {
    this.#held ??= new Set();
    this.#held.add(packetIdentifier);
    this.#last = packetIdentifier;
  }

  /** Gives an acquired or registered identifier back. False when it was not taken this way; in flight it stays taken. */
  release(packetIdentifier: number): boolean {
    if (this.#held === undefined || !this.#held.delete(packetIdentifier)) return false;
    if (this.#held.size === 0) this.#held = undefined;
    return true;
  }

  /** True for an identifier that acquire() or register() took and that is not in flight. */
  isHeld(packetIdentifier: number): boolean {
    return this.#held?.has(packetIdentifier) === true;
  }

  isValid(packetIdentifier: number): boolean {
    return Number.isInteger(packetIdentifier) && packetIdentifier > 0 && packetIdentifier <= this.largest; // [MQTT-2.2.1-3]
  }

  /** The next free identifier, not yet taken; 0 when all are in use. */
  next(): number {
    if (this.count >= this.largest) return 0;
    let candidate = this.#last;
    do candidate = candidate >= this.largest ? 1 : candidate + 1;
    while (this.has(candidate)); // [MQTT-4.3.2-1] [MQTT-4.3.3-1] [MQTT-2.3.1-2@3.1.1]
    return candidate;
  }

  /** The next identifier for a message that is about to be in flight: `preferred` when it is free and keeps the order. */
  nextInFlight(preferred: number): number {
    if (preferred !== 0 && this.inFlight.continues(preferred) && !this.isHeld(preferred)) this.#last = preferred;
    else {
      const packetIdentifier = this.next();
      if (packetIdentifier === 0) return 0;
      this.#last = packetIdentifier;
    }
    return this.#last;
  }

  /** An identifier chosen by the owner was put in flight: it is no longer held, and the next one follows it. */
  moveInFlight(packetIdentifier: number): void {
    this.release(packetIdentifier);
    this.#last = packetIdentifier;
  }

  /** Continues behind the identifier another process used last. */
  continueAfter(packetIdentifier: number): void {
    this.#last = packetIdentifier;
  }
}
