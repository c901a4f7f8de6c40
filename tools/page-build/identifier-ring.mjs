// In place of mqtt/identifier-ring.ts in a bundle for pages: the same over two Maps, in a third of the code. There it is a ring for a
// hundred thousand messages a second; a page has some hundreds at a time.

export const NOT_FOUND = -1;

/**
 * @template V
 * @typedef {{ readonly packetIdentifier: number, stage: number, readonly value: V | undefined }} Entry
 */

/** @template V */
export class IdentifierRing {
  /** A slot is the sequence number of an identifier: the first that can be in use, and the one after the last. */
  head = 0;
  #tail = 0;
  /** @type {Map<number, number>} identifier to slot */
  #slots = new Map();
  /** @type {Map<number, Entry<V>>} by slot */
  #entries = new Map();

  get count() {
    return this.#slots.size;
  }

  /** @param {number} packetIdentifier */
  has(packetIdentifier) {
    return this.#slots.has(packetIdentifier);
  }

  /** @param {number} packetIdentifier */
  find(packetIdentifier) {
    return this.#slots.get(packetIdentifier) ?? NOT_FOUND;
  }

  /**
   * @param {number} packetIdentifier
   * @param {number} stage
   * @param {V | undefined} value
   */
  push(packetIdentifier, stage, value) {
    this.#slots.set(packetIdentifier, this.#tail);
    this.#entries.set(this.#tail++, { packetIdentifier, stage, value });
  }

  /** @param {number} slot */
  identifierAt(slot) {
    return this.#at(slot).packetIdentifier;
  }

  /** @param {number} slot */
  stageAt(slot) {
    return this.#at(slot).stage;
  }

  /**
   * @param {number} slot
   * @param {number} stage
   */
  setStageAt(slot, stage) {
    this.#at(slot).stage = stage;
  }

  /** @param {number} slot */
  valueAt(slot) {
    return this.#at(slot).value;
  }

  /** @param {number} slot */
  removeAt(slot) {
    this.#slots.delete(this.identifierAt(slot));
    this.#entries.delete(slot);
    while (this.head < this.#tail && !this.#entries.has(this.head)) this.head++;
    if (this.head === this.#tail) {
      this.head = 0;
      this.#tail = 0;
    }
  }

  /** @param {number} sequence */
  slotFrom(sequence) {
    for (let slot = Math.max(sequence, this.head); slot < this.#tail; slot++) if (this.#entries.has(slot)) return slot;
    return NOT_FOUND;
  }

  /** @param {number} slot */
  sequenceOf(slot) {
    return slot;
  }

  slots() {
    return [...this.#entries.keys()];
  }

  /**
   * @param {number} slot of an identifier that is there
   * @returns {Entry<V>}
   */
  #at(slot) {
    return /** @type {Entry<V>} */ (this.#entries.get(slot));
  }
}
