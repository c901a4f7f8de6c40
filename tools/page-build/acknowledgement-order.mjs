// In place of mqtt/acknowledgement-order.ts in a bundle for pages: the same over an array, as a page has some hundred messages
// without an acknowledgement at most.

export const SUCCESS = /* @__PURE__ */ Object.freeze({ reasonCode: 0, properties: undefined });

export class AcknowledgementOrder {
  /** @type {{ readonly packetIdentifier: number, answer: object | undefined }[]} */
  #waiting = [];

  get first() {
    return this.#waiting[0]?.packetIdentifier ?? 0;
  }

  get firstAnswer() {
    return this.#waiting[0]?.answer;
  }

  /**
   * @param {number} packetIdentifier
   * @param {object | undefined} answer
   */
  push(packetIdentifier, answer) {
    this.#waiting.push({ packetIdentifier, answer });
  }

  shift() {
    this.#waiting.shift();
  }

  /** @param {number} packetIdentifier */
  has(packetIdentifier) {
    return this.#waiting.some((one) => one.packetIdentifier === packetIdentifier);
  }

  /**
   * @param {number} packetIdentifier
   * @param {object} answer
   */
  answer(packetIdentifier, answer) {
    const found = this.#waiting.find((one) => one.packetIdentifier === packetIdentifier && one.answer === undefined);
    if (found !== undefined) found.answer = answer;
    return found !== undefined;
  }
}
