// Whose datagram this is that comes from an address nobody has: a router has given a peer another port, or it has changed
// networks. Only a record that opens under a connection's key, and is newer than all before, tells; trying is dear, so there
// is a budget. (Connection identifiers, RFC 9146, would tell without trying; OpenSSL and GnuTLS do not have them.)

import type { DtlsAddress, DtlsLink } from './link.ts';
import type { Record } from './record.ts';

/** Tries per second: AES-GCM over a thousand datagrams takes some milliseconds. */
const TRIES_PER_SECOND = 1_000;
/** For one datagram. A stranger who sends garbage costs no more than this. */
const TRIES_PER_DATAGRAM = 64;
/** Connections a second whose next number is compared: cheap, but among a thousand connections it adds up as well. */
const LOOKS_PER_SECOND = 65_536;

export class Rebinding<A extends DtlsAddress> {
  readonly #byHost = new Map<string, Set<DtlsLink<A>>>();
  #tries = TRIES_PER_SECOND;
  #looks = LOOKS_PER_SECOND;
  #filledAt: number;

  constructor(now: number) {
    this.#filledAt = now;
  }

  remember(link: DtlsLink<A>): void {
    const host = link.address.address;
    const links = this.#byHost.get(host);
    if (links === undefined) this.#byHost.set(host, new Set([link]));
    else links.add(link);
  }

  forget(link: DtlsLink<A>): void {
    const host = link.address.address;
    const links = this.#byHost.get(host);
    if (links === undefined) return;
    links.delete(link);
    if (links.size === 0) this.#byHost.delete(host);
  }

  /** Links of the same host first. `record`: the first of its datagram. */
  findOwner(record: Record, { address }: A, now: number): DtlsLink<A> | undefined {
    const seconds = Math.max(0, now - this.#filledAt) / 1_000;
    this.#tries = Math.min(TRIES_PER_SECOND, this.#tries + seconds * TRIES_PER_SECOND);
    this.#looks = Math.min(LOOKS_PER_SECOND, this.#looks + seconds * LOOKS_PER_SECOND);
    this.#filledAt = now;
    let left = TRIES_PER_DATAGRAM;
    for (const link of this.#candidates(address)) {
      if (left === 0 || this.#tries < 1 || this.#looks < 1) return undefined;
      this.#looks--;
      if (!link.connection.canBeNext(record)) continue;
      left--;
      this.#tries--;
      if (link.connection.isFromPeer(record)) return link;
    }
    return undefined;
  }

  *#candidates(host: string): Generator<DtlsLink<A>> {
    yield* this.#byHost.get(host) ?? [];
    for (const [other, links] of this.#byHost) if (other !== host) yield* links;
  }
}
