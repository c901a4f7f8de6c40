// How many PUBLISH packets of QoS 1 and 2 the peer has on their way to us on this network connection: what our Receive
// Maximum limits. It exists only once such a packet was received. §3.3.4, §4.9

export class ReceiveMaximum {
  readonly limit: number;
  /** Received and not answered for good: no PUBACK, PUBCOMP, or PUBREC of 0x80 and above. */
  used = 0;
  /** QoS 2 identifiers from an earlier network connection that were not sent again on this one: they do not count. */
  #carried: Set<number> | undefined;

  constructor(limit: number, carried: readonly number[]) {
    this.limit = limit;
    this.#carried = carried.length === 0 ? undefined : new Set(carried);
  }

  get isExceeded(): boolean {
    return this.used > this.limit;
  }

  /** A message of QoS 1, or one of QoS 2 that was not here before. */
  takeNew(): void {
    this.used++;
  }

  /** A QoS 2 identifier that is here already: it counts when this network connection sees it for the first time. */
  takeAgain(packetIdentifier: number): void {
    if (this.#carried?.delete(packetIdentifier) === true) this.used++;
  }

  /** The last answer to a QoS 1 message, or to a QoS 2 one that was refused. */
  give(): void {
    this.used--;
  }

  /** PUBCOMP: frees only what was counted. */
  giveReleased(packetIdentifier: number): void {
    if (this.#carried?.delete(packetIdentifier) !== true) this.used--;
  }
}
