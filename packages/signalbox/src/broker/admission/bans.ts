/** Who is banned, and until when: addresses and client identifiers. Bounded: the oldest ban makes room for a new one. */

export type BanKind = 'address' | 'client';

export interface Ban {
  readonly kind: BanKind;
  /** An IPv4 address, an IPv6 network of 64 bits (`2001:db8:0:1::/64`), or a Client Identifier. */
  readonly value: string;
  /** Milliseconds since 1970. */
  readonly until: number;
  readonly reason: string;
}

export class Bans {
  readonly #limit: number;
  readonly #bans = new Map<string, Ban>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(ban: Ban): void {
    const key = keyOf(ban.kind, ban.value);
    this.#bans.delete(key);
    if (this.#bans.size >= this.#limit) this.#bans.delete(this.#bans.keys().next().value!);
    this.#bans.set(key, ban);
  }

  /** False when there was none. */
  lift(kind: BanKind, value: string): boolean {
    return this.#bans.delete(keyOf(kind, value));
  }

  get(kind: BanKind, value: string): Ban | undefined {
    return this.#bans.get(keyOf(kind, value));
  }

  has(kind: BanKind, value: string, now: number): boolean {
    if (this.#bans.size === 0) return false;
    const key = keyOf(kind, value);
    const ban = this.#bans.get(key);
    if (ban === undefined) return false;
    if (ban.until > now) return true;
    this.#bans.delete(key);
    return false;
  }

  /** Those that still hold. */
  list(now: number): Ban[] {
    return [...this.#bans.values()].filter(({ until }) => until > now);
  }
}

function keyOf(kind: BanKind, value: string): string {
  return `${kind}:${value}`;
}
