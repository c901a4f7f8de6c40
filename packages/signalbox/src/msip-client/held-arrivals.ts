// What came in an acknowledged session and outlasts the call that brought it: known again when the server sends it again. §8

import type { Arrival } from './arrival.ts';

export class HeldArrivals {
  readonly #byId = new Map<bigint, Arrival>();

  /** The same message that came before and is not dealt with yet. */
  find(arrival: Arrival): Arrival | undefined {
    const held = this.#byId.size === 0 ? undefined : this.#byId.get(arrival.msgId);
    return held?.topic === arrival.topic && isSame(held.raw, arrival.raw) ? held : undefined;
  }

  /** Of two messages with one msg_id the server means the later one. */
  add(arrival: Arrival): void {
    const { msgId } = arrival;
    const former = this.#byId.get(msgId);
    if (former !== undefined) former.isOwed = false;
    this.#byId.set(msgId, arrival);
  }

  /** Answers whether an acknowledgement was owed; it is no longer. */
  settle(arrival: Arrival): boolean {
    if (!arrival.isOwed) return false;
    arrival.isOwed = false;
    if (this.#byId.size > 0 && this.#byId.get(arrival.msgId) === arrival) this.#byId.delete(arrival.msgId);
    return true;
  }

  clear(): void {
    for (const arrival of this.#byId.values()) arrival.isOwed = false;
    this.#byId.clear();
  }
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
