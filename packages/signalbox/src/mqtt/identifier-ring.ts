// Packet Identifiers in the order they came, each with a stage and a value: the one data structure behind messages in
// flight in either direction. A ring of slots: adding, finding and removing cost O(1) as long as identifiers rise (modulo
// their range), O(log n) with gaps, and a Map takes over only when a peer or owner numbers them out of order. It must not
// know what a stage means. Nothing is allocated before the first identifier. §2.2.1

import { largestIdentifier, type PacketIdentifierSize } from './wire-format.ts';

/** What find() answers when the identifier is not there. */
export const NOT_FOUND = -1;

const GONE = 0;
const FIRST_CAPACITY = 4;
/** An empty ring larger than this gives its memory back; smaller ones are worth keeping for the next burst. */
const KEPT_CAPACITY = 1024;
/** Every empty ring's slots; never written to. */
const NO_SLOTS: never[] = [];

export class IdentifierRing<V> {
  /** Identifiers in the ring. */
  count = 0;
  /** Sequence numbers of the first slot in use and of the one after the last; they wrap around at 32 bits. */
  protected head = 0;
  protected tail = 0;
  readonly #range: number;
  #mask = -1;
  #identifiers: number[] = NO_SLOTS;
  #stages: number[] = NO_SLOTS;
  #values: (V | undefined)[] = NO_SLOTS;
  /** Identifier to sequence number, while identifiers are not in rising order. */
  #index: Map<number, number> | undefined;

  constructor(size: PacketIdentifierSize) {
    this.#range = largestIdentifier(size);
  }

  has(packetIdentifier: number): boolean {
    return this.find(packetIdentifier) !== NOT_FOUND;
  }

  /** The slot of an identifier, valid until the next push or remove; NOT_FOUND when it is not there. */
  find(packetIdentifier: number): number {
    if (this.count === 0) return NOT_FOUND;
    const mask = this.#mask;
    if (this.#index !== undefined) {
      const sequence = this.#index.get(packetIdentifier);
      return sequence === undefined ? NOT_FOUND : sequence & mask;
    }
    const span = (this.tail - this.head) | 0;
    const distance = this.#distance(packetIdentifier);
    if (distance < span) {
      const slot = (this.head + distance) & mask; // right whenever no identifier was left out
      if (this.#identifiers[slot] === packetIdentifier) return this.#stages[slot] === GONE ? NOT_FOUND : slot;
    }
    return this.#search(packetIdentifier, distance, Math.min(distance, span - 1));
  }

  #search(packetIdentifier: number, distance: number, last: number): number {
    let low = 0;
    let high = last;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const slot = (this.head + middle) & this.#mask;
      const found = this.#identifiers[slot]!;
      if (found === packetIdentifier) return this.#stages[slot] === GONE ? NOT_FOUND : slot;
      if (this.#distance(found) < distance) low = middle + 1;
      else high = middle - 1;
    }
    return NOT_FOUND;
  }

  /** How far an identifier is ahead of the first one, counting in a circle. */
  #distance(packetIdentifier: number): number {
    const distance = packetIdentifier - this.#identifiers[this.head & this.#mask]!;
    return distance < 0 ? distance + this.#range : distance;
  }

  /** True when the identifier is free and comes after all others, so that pushing it keeps the ring fast. */
  continues(packetIdentifier: number): boolean {
    if (this.count === 0) return true;
    if (this.#index !== undefined) return false;
    const last = this.#identifiers[(this.tail - 1) & this.#mask]!;
    return this.#distance(packetIdentifier) > this.#distance(last);
  }

  /** Appends an identifier that is not in the ring. `stage` is above 0. */
  push(packetIdentifier: number, stage: number, value: V | undefined): void {
    if (((this.tail - this.head) | 0) > this.#mask) this.#grow();
    if (this.#index === undefined && !this.continues(packetIdentifier)) this.#buildIndex();
    const slot = this.tail & this.#mask;
    this.#identifiers[slot] = packetIdentifier;
    this.#stages[slot] = stage;
    this.#values[slot] = value;
    if (this.#index !== undefined) this.#index.set(packetIdentifier, this.tail);
    this.tail = (this.tail + 1) | 0;
    this.count++;
  }

  identifierAt(slot: number): number {
    return this.#identifiers[slot]!;
  }

  stageAt(slot: number): number {
    return this.#stages[slot]!;
  }

  setStageAt(slot: number, stage: number): void {
    this.#stages[slot] = stage;
  }

  valueAt(slot: number): V | undefined {
    return this.#values[slot];
  }

  removeAt(slot: number): void {
    this.#stages[slot] = GONE;
    this.#values[slot] = undefined;
    this.#index?.delete(this.#identifiers[slot]!);
    this.count--;
    if (this.count === 0) {
      this.clear();
      return;
    }
    const mask = this.#mask;
    while (this.#stages[this.head & mask] === GONE) this.head = (this.head + 1) | 0;
    while (this.#stages[(this.tail - 1) & mask] === GONE) this.tail = (this.tail - 1) | 0;
  }

  /** The slot of the first identifier whose sequence number is `sequence` or later; NOT_FOUND when there is none. */
  protected slotFrom(sequence: number): number {
    const from = ((sequence - this.head) | 0) < 0 ? this.head : sequence;
    for (let at = from; ((this.tail - at) | 0) > 0; at = (at + 1) | 0) {
      if (this.#stages[at & this.#mask] !== GONE) return at & this.#mask;
    }
    return NOT_FOUND;
  }

  protected sequenceOf(slot: number): number {
    return (this.head + ((slot - this.head) & this.#mask)) | 0;
  }

  /** The slots in use in order, for what happens seldom. */
  slots(): number[] {
    const slots: number[] = [];
    for (let slot = this.slotFrom(this.head); slot !== NOT_FOUND; slot = this.slotFrom(this.sequenceOf(slot) + 1))
      slots.push(slot);
    return slots;
  }

  clear(): void {
    const isLarge = this.#mask >= KEPT_CAPACITY;
    for (let at = this.head; !isLarge && this.count > 0 && at !== this.tail; at = (at + 1) | 0) {
      this.#stages[at & this.#mask] = GONE;
      this.#values[at & this.#mask] = undefined;
    }
    if (isLarge) {
      this.#mask = -1;
      this.#identifiers = NO_SLOTS;
      this.#stages = NO_SLOTS;
      this.#values = NO_SLOTS;
    }
    this.count = 0;
    this.head = 0;
    this.tail = 0;
    this.#index = undefined;
  }

  /** Moves everything to new arrays without what is gone: the same size when half of it is gone, else twice the size. */
  #grow(): void {
    const slots = this.slots();
    const old = this.#mask + 1;
    const capacity = Math.max(FIRST_CAPACITY, slots.length * 2 > old ? old * 2 : old);
    const identifiers = new Array<number>(capacity).fill(0);
    const stages = new Array<number>(capacity).fill(GONE);
    const values = new Array<V | undefined>(capacity).fill(undefined);
    for (let at = 0; at < slots.length; at++) {
      const slot = slots[at]!;
      identifiers[at] = this.#identifiers[slot]!;
      stages[at] = this.#stages[slot]!;
      values[at] = this.#values[slot];
    }
    this.#identifiers = identifiers;
    this.#stages = stages;
    this.#values = values;
    this.#mask = capacity - 1;
    this.head = 0;
    this.tail = slots.length;
    if (this.#index !== undefined) this.#buildIndex();
  }

  #buildIndex(): void {
    const index = new Map<number, number>();
    for (const slot of this.slots()) index.set(this.#identifiers[slot]!, this.sequenceOf(slot));
    this.#index = index;
  }
}
