/** Who is banned, and until when: addresses and client identifiers. Bounded: the oldest ban makes room for a new one. */

export type BanKind = 'address' | 'client';

export interface Ban {
  readonly kind: BanKind;
  /** An IPv4 address, an IPv6 network of 64 bits (`2001:db8:0:1::/64`), or a Client Identifier. */
  readonly value: string;
  /** Of a Client Identifier: banned for this user alone, who proved to be it. */
  readonly username?: string;
  /** Of a Client Identifier that nobody proved to be whose: banned at this address alone, written as in `value`. */
  readonly address?: string;
  /** Milliseconds since 1970. */
  readonly until: number;
  readonly reason: string;
}

/** Who is banned; the rest says until when and why. */
export type Banned = Pick<Ban, 'kind' | 'value' | 'username' | 'address'>;

export class Bans {
  readonly #limit: number;
  readonly #bans = new Map<string, Ban>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(ban: Ban): void {
    const key = keyOf(ban);
    this.#bans.delete(key);
    if (this.#bans.size >= this.#limit) this.#bans.delete(this.#bans.keys().next().value!);
    this.#bans.set(key, ban);
  }

  /** Of whichever user, and at whichever address. False when there was none. */
  lift(kind: BanKind, value: string): boolean {
    const lifted = [...this.#bans.values()].filter((ban) => ban.kind === kind && ban.value === value);
    for (const ban of lifted) this.#bans.delete(keyOf(ban));
    return lifted.length > 0;
  }

  get(banned: Banned): Ban | undefined {
    return this.#bans.get(keyOf(banned));
  }

  has(banned: Banned, now: number): boolean {
    if (this.#bans.size === 0) return false;
    const key = keyOf(banned);
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

/** Names may have anything in them. */
function keyOf({ kind, value, username, address }: Banned): string {
  return JSON.stringify([kind, value, username, address]);
}
