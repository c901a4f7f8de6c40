// The SUBSCRIBE and UNSUBSCRIBE packets that are not answered on this network connection: what SUBACK and UNSUBACK must
// match. The same on the side that asks and the side that answers. Exists only while something is asked. §3.8, §3.10

export type RequestType = 'subscribe' | 'unsubscribe';

export class SubscriptionRequests {
  #requests: Map<number, { readonly type: RequestType; readonly filters: number }> | undefined;

  add(packetIdentifier: number, type: RequestType, filters: number): void {
    this.#requests ??= new Map();
    this.#requests.set(packetIdentifier, { type, filters });
  }

  has(packetIdentifier: number): boolean {
    return this.#requests?.has(packetIdentifier) === true;
  }

  /** How many topic filters the unanswered request has; 0 when there is no such request. */
  filtersOf(packetIdentifier: number, type: RequestType): number {
    const request = this.#requests?.get(packetIdentifier);
    return request === undefined || request.type !== type ? 0 : request.filters;
  }

  identifiers(): number[] {
    return this.#requests === undefined ? [] : [...this.#requests.keys()];
  }

  remove(packetIdentifier: number): void {
    this.#requests?.delete(packetIdentifier);
    if (this.#requests?.size === 0) this.#requests = undefined;
  }
}
