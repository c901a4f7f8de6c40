// In place of mqtt/packet-identifiers.ts in a bundle for pages: the same as far as a client uses it.

const LARGEST = 0xffff;

export class PacketIdentifiers {
  largest = LARGEST;
  inFlight;
  /** @type {Set<number>} */
  #held = new Set();
  #last = 0;

  /**
   * @param {number} _size always 2 here
   * @param {{ readonly count: number, has(packetIdentifier: number): boolean }} inFlight
   */
  constructor(_size, inFlight) {
    this.inFlight = inFlight;
  }

  get count() {
    return this.inFlight.count + this.#held.size;
  }

  /** @param {number} packetIdentifier */
  has(packetIdentifier) {
    return this.#held.has(packetIdentifier) || this.inFlight.has(packetIdentifier);
  }

  acquire() {
    const packetIdentifier = this.next();
    if (packetIdentifier !== 0) this.use(packetIdentifier);
    return packetIdentifier;
  }

  /** @param {number} packetIdentifier */
  register(packetIdentifier) {
    if (!this.isValid(packetIdentifier) || this.has(packetIdentifier)) return false;
    this.#held.add(packetIdentifier);
    return true;
  }

  /** @param {number} packetIdentifier */
  use(packetIdentifier) {
    this.#held.add(packetIdentifier);
    this.#last = packetIdentifier;
  }

  /** @param {number} packetIdentifier */
  release(packetIdentifier) {
    return this.#held.delete(packetIdentifier);
  }

  /** @param {number} packetIdentifier */
  isValid(packetIdentifier) {
    return Number.isInteger(packetIdentifier) && packetIdentifier > 0 && packetIdentifier <= LARGEST;
  }

  next() {
    if (this.count >= LARGEST) return 0;
    let candidate = this.#last;
    do candidate = (candidate % LARGEST) + 1;
    while (this.has(candidate));
    return candidate;
  }

  /** @param {number} packetIdentifier */
  moveInFlight(packetIdentifier) {
    this.release(packetIdentifier);
    this.#last = packetIdentifier;
  }

  /** @param {number} packetIdentifier */
  continueAfter(packetIdentifier) {
    this.#last = packetIdentifier;
  }
}
