// In place of mqtt/received-identifiers.ts in a bundle for pages: the same as a Map, which keeps the order as well.

export const Received = { Unknown: 0, Delivered: 1, Accepted: 2, Released: 3 };

export class ReceivedIdentifiers {
  /** @type {Map<number, number>} identifier to stage */
  #stages = new Map();

  get count() {
    return this.#stages.size;
  }

  /** @param {number} packetIdentifier */
  stageOf(packetIdentifier) {
    return this.#stages.get(packetIdentifier) ?? Received.Unknown;
  }

  /** @param {number} packetIdentifier */
  add(packetIdentifier) {
    this.#stages.set(packetIdentifier, Received.Delivered);
  }

  /**
   * @param {number} packetIdentifier
   * @param {number} stage
   */
  advance(packetIdentifier, stage) {
    if (this.#stages.has(packetIdentifier)) this.#stages.set(packetIdentifier, stage);
  }

  /** @param {number} packetIdentifier */
  remove(packetIdentifier) {
    this.#stages.delete(packetIdentifier);
  }

  identifiers() {
    return [...this.#stages.keys()];
  }

  expectReleaseAgain() {
    for (const [packetIdentifier, stage] of this.#stages)
      if (stage === Received.Released) this.#stages.set(packetIdentifier, Received.Accepted);
  }

  /** @param {Iterable<number>} packetIdentifiers */
  restore(packetIdentifiers) {
    for (const packetIdentifier of packetIdentifiers)
      if (!this.#stages.has(packetIdentifier)) this.#stages.set(packetIdentifier, Received.Accepted);
  }
}
