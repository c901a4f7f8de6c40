// The received PUBLISH packets of one QoS that are not acknowledged, in the order they came: acknowledgements leave in
// that order, and one that is given early waits here for those before it. Exists only once there is something to
// acknowledge. §4.6

import type { AcknowledgementProperties, PropertiesInput } from './properties.ts';

/** How an acknowledgement is answered when it is not plain success. */
export interface AcknowledgementResponse {
  readonly reasonCode?: number | undefined;
  readonly properties?: PropertiesInput<AcknowledgementProperties> | undefined;
}

export const SUCCESS: AcknowledgementResponse = Object.freeze({ reasonCode: 0, properties: undefined });

const FIRST_CAPACITY = 4;

export class AcknowledgementOrder {
  #identifiers: number[] = new Array<number>(FIRST_CAPACITY).fill(0);
  #answers: (AcknowledgementResponse | undefined)[] = new Array<AcknowledgementResponse | undefined>(
    FIRST_CAPACITY,
  ).fill(undefined);
  #first = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** The identifier whose turn it is; 0 when nothing waits. */
  get first(): number {
    return this.#count === 0 ? 0 : this.#identifiers[this.#first]!;
  }

  /** The answer for the one whose turn it is, if it was given early. */
  get firstAnswer(): AcknowledgementResponse | undefined {
    return this.#count === 0 ? undefined : this.#answers[this.#first];
  }

  /** A PUBLISH came; `answer` when its acknowledgement is decided already. */
  push(packetIdentifier: number, answer: AcknowledgementResponse | undefined): void {
    if (this.#count === this.#identifiers.length) this.#grow();
    const slot = (this.#first + this.#count) & (this.#identifiers.length - 1);
    this.#identifiers[slot] = packetIdentifier;
    this.#answers[slot] = answer;
    this.#count++;
  }

  shift(): void {
    this.#answers[this.#first] = undefined;
    this.#first = (this.#first + 1) & (this.#identifiers.length - 1);
    this.#count--;
  }

  /** True when an acknowledgement of this identifier has not left yet. */
  has(packetIdentifier: number): boolean {
    for (let at = 0; at < this.#count; at++) if (this.#identifiers[this.#slot(at)] === packetIdentifier) return true;
    return false;
  }

  /** Remembers an answer until its turn comes. False when no such identifier waits for one. */
  answer(packetIdentifier: number, answer: AcknowledgementResponse): boolean {
    for (let at = 0; at < this.#count; at++) {
      const slot = this.#slot(at);
      if (this.#identifiers[slot] !== packetIdentifier || this.#answers[slot] !== undefined) continue;
      this.#answers[slot] = answer;
      return true;
    }
    return false;
  }

  #slot(at: number): number {
    return (this.#first + at) & (this.#identifiers.length - 1);
  }

  #grow(): void {
    const capacity = this.#identifiers.length * 2;
    const identifiers = new Array<number>(capacity).fill(0);
    const answers = new Array<AcknowledgementResponse | undefined>(capacity).fill(undefined);
    for (let at = 0; at < this.#count; at++) {
      identifiers[at] = this.#identifiers[this.#slot(at)]!;
      answers[at] = this.#answers[this.#slot(at)];
    }
    this.#identifiers = identifiers;
    this.#answers = answers;
    this.#first = 0;
  }
}
