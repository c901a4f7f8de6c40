/**
 * What the broker remembers of the addresses that connections come from: how many are open, how fast they come, which
 * failed. Bounded, and what nobody needs any more is forgotten. It decides nothing: gate and authentication do.
 */

/** One address, or one network of IPv6 (a /64 is what one customer has). Every field belongs to whoever writes it. */
export class AddressRecord {
  readonly address: string;
  /** Open connections; written by the table alone. */
  connections = 0;
  /** Until when its connections are paid for, on the broker's clock (see Rate). */
  paidUntil = 0;
  /** Failed authentications lately, and when the last one was. */
  failures = 0;
  failedAt = 0;
  /** No connection is accepted before this time; 0: never banned. */
  bannedUntil = 0;
  /** The record must not age away before. Only ever raised. */
  keepUntil = 0;

  constructor(address: string) {
    this.address = address;
  }
}

/** Records without a connection: some megabytes, and more addresses than knock at one broker within minutes. */
const MAXIMUM_IDLE = 65_536;
/** How many of the oldest are looked at when one has to go, or in one tick. */
const LOOKED_AT = 64;

export class AddressTable {
  readonly #maximum: number;
  /** In the order of their last use. */
  readonly #records = new Map<string, AddressRecord>();

  constructor(maximum: number = MAXIMUM_IDLE) {
    this.#maximum = maximum;
  }

  get size(): number {
    return this.#records.size;
  }

  /** The record of an address, if there is one. Undefined also for peers without an address, such as Unix sockets. */
  find(remoteAddress: string): AddressRecord | undefined {
    return this.#records.get(addressKey(remoteAddress));
  }

  /** The record of an address, made if need be. Undefined for peers without an address: nothing tells them apart. */
  use(remoteAddress: string, now: number): AddressRecord | undefined {
    const key = addressKey(remoteAddress);
    if (key === '') return undefined;
    let record = this.#records.get(key);
    if (record === undefined) {
      if (this.#records.size >= this.#maximum) this.#evict(now);
      record = new AddressRecord(key);
    } else this.#records.delete(key);
    this.#records.set(key, record);
    return record;
  }

  /** A connection is open. Answers the record to give back to `leave`. */
  enter(remoteAddress: string, now: number): AddressRecord | undefined {
    const record = this.use(remoteAddress, now);
    if (record !== undefined) record.connections++;
    return record;
  }

  leave(record: AddressRecord, now: number): void {
    record.connections--;
    if (isForgettable(record, now)) this.#records.delete(record.address);
  }

  /** Lets age what is old: a few at a time, as it is called often. */
  tick(now: number): void {
    let left = LOOKED_AT;
    for (const record of this.#records.values()) {
      if (left-- === 0) return;
      if (isForgettable(record, now)) this.#records.delete(record.address);
      else this.#renew(record);
    }
  }

  /** The oldest goes, but rather one that is not banned: a flood of addresses must not lift bans. */
  #evict(now: number): void {
    let left = LOOKED_AT;
    let banned: AddressRecord | undefined;
    for (const record of this.#records.values()) {
      if (left-- === 0) break;
      if (record.connections > 0) {
        this.#renew(record);
      } else if (record.bannedUntil <= now) {
        this.#records.delete(record.address);
        return;
      } else banned ??= record;
    }
    // Those with a connection are limited by the number of connections.
    if (banned !== undefined) this.#records.delete(banned.address);
  }

  #renew(record: AddressRecord): void {
    this.#records.delete(record.address);
    this.#records.set(record.address, record);
  }
}

function isForgettable(record: AddressRecord, now: number): boolean {
  const { connections, paidUntil, bannedUntil, keepUntil } = record;
  return connections <= 0 && Math.max(paidUntil, bannedUntil, keepUntil) <= now;
}

/**
 * What of `192.0.2.1:50123` or `[2001:db8::1]:50123` stands for the peer: the IPv4 address, or the first 64 bits of the
 * IPv6 address. Empty where there is no address.
 */
export function addressKey(remoteAddress: string): string {
  const port = remoteAddress.lastIndexOf(':');
  if (port < 0 || remoteAddress.includes('/')) return '';
  if (remoteAddress[0] !== '[') return remoteAddress.slice(0, port);
  const [address = ''] = remoteAddress.slice(1, port - 1).split('%');
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? 0 : tail.split(':').length;
    while (groups.length + after < 8) groups.push('0');
    if (tail !== '') groups.push(...tail.split(':'));
  }
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}
