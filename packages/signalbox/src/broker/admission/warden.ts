/**
 * Guessing is slow: failed authentications are counted by address and by user name, further ones have to wait for their
 * turn, and who goes on, or sends what is no MQTT, is banned for a while (CONNACK 0x8A). Client identifiers that come
 * and go in quick succession are banned as well, for the user or the address that did so alone. What is trusted (loopback,
 * unless told otherwise) is never banned, as a proxy may be behind it. It must not know packets.
 */

import { PacketError } from '../../mqtt/errors.ts';
import { FrameError } from '../../msip/errors.ts';
import type { Link } from '../connection/link.ts';
import type { BrokerLimits } from '../limits.ts';
import type { EventListeners } from '../observation/events.ts';
import type { Statistics } from '../observation/statistics.ts';
import type { TimedEntry, TimingWheel } from '../timing-wheel.ts';
import { type AddressTable, addressKey } from './address-table.ts';
import { type Ban, type BanKind, type Banned, Bans } from './bans.ts';
import { isLoopback } from './loopback.ts';
import { Offences } from './offences.ts';

/** A minute of mistakes is forgotten soon, a night of guessing is not. */
const WINDOW_MS = 600_000;
const FLAPPING_WINDOW_MS = 60_000;
/** A connection that lasted longer does not flap. */
const SHORT_SECONDS = 10;
/** Attempts that wait for their turn, and connections with them, are not to pile up. */
const MOST_WAITING = 1_000;
/** How often a banned address is told so. */
const TOLD = 10;

export interface WardenOptions {
  readonly limits: BrokerLimits;
  readonly wheel: TimingWheel;
  readonly events: EventListeners;
  readonly statistics: Statistics;
  readonly addresses: AddressTable;
  /** Addresses that are not slowed and not banned. */
  readonly isTrusted: ((address: string) => boolean) | undefined;
}

/** Who comes under a Client Identifier. */
export interface Comer {
  readonly clientId: string;
  /** The user whom authentication has named; undefined: it named nobody. */
  readonly owner: string | undefined;
  readonly remoteAddress: string;
}

export class Warden {
  readonly #options: WardenOptions;
  readonly #bans: Bans;
  readonly #addresses: Offences;
  readonly #usernames: Offences;
  readonly #clients: Offences;
  /** Who has proved to be whom, lately: user names with their addresses. Others' mistakes do not slow them. */
  readonly #known = new Set<string>();
  #waiting = 0;

  constructor(options: WardenOptions) {
    this.#options = options;
    const size = options.limits.offenders;
    this.#bans = new Bans(size);
    this.#addresses = new Offences({ windowMs: WINDOW_MS, size });
    this.#usernames = new Offences({ windowMs: WINDOW_MS, size });
    this.#clients = new Offences({ windowMs: FLAPPING_WINDOW_MS, size });
  }

  isBanned(remoteAddress: string, now: number): boolean {
    const address = this.#countedAddress(remoteAddress);
    if (address === undefined || !this.#bans.has({ kind: 'address', value: address }, now)) return false;
    if (this.#addresses.add(address, now) >= TOLD) this.#turnAway(remoteAddress, address, now);
    return true;
  }

  /** Whether this one, and not others under the same Client Identifier, came and went too often. */
  isFlapping(comer: Comer, now: number): boolean {
    return this.#bans.has(flapper(comer), now);
  }

  /** Who was told that it is banned and comes again and again is not even listened to, until the ban is over. */
  #turnAway(remoteAddress: string, address: string, now: number): void {
    const record = this.#options.addresses.use(remoteAddress, now);
    const ban = this.#bans.get({ kind: 'address', value: address });
    if (record !== undefined && ban !== undefined) record.bannedUntil = ban.until;
  }

  /** How long an attempt to authenticate has to wait, in ms; Infinity: it is refused, as too many do. */
  delay(remoteAddress: string, username: string | undefined, now: number): number {
    const { failures: free, failureDelayMs: spacingMs } = this.#options.limits;
    const turn = { free, spacingMs, longestMs: 2 * spacingMs };
    const address = this.#countedAddress(remoteAddress);
    const own = address === undefined ? 0 : this.#addresses.takeTurn(address, now, turn);
    let delay = own;
    if (username !== undefined && !this.#known.has(pair(username, remoteAddress))) {
      delay = Math.max(delay, this.#usernames.takeTurn(username, now, turn));
    }
    if (delay === 0) return 0;
    const { statistics } = this.#options;
    if (delay <= turn.longestMs && this.#waiting < MOST_WAITING) {
      statistics.authenticationsDelayed++;
      return delay;
    }
    statistics.authenticationsRefused++;
    // Whose name others keep guessing at has done nothing itself: it must not be banned for their attempts.
    if (own > 0) this.onOffence(remoteAddress, 'too many attempts to authenticate', now);
    return Number.POSITIVE_INFINITY;
  }

  /** Resolves after this time on the broker's clock. */
  wait(delayMs: number, now: number): Promise<void> {
    this.#waiting++;
    return new Promise((resolve) => {
      this.#options.wheel.schedule(new Turn(now + delayMs, resolve));
    }).then(() => {
      this.#waiting--;
    });
  }

  onFailed(remoteAddress: string, username: string | undefined, now: number): void {
    this.#options.statistics.authenticationsFailed++;
    if (username !== undefined) this.#usernames.add(username, now);
    this.onOffence(remoteAddress, 'failed authentications', now);
  }

  /** `username`: the one that was proved, whatever the client said. */
  onSucceeded(remoteAddress: string, username: string | undefined): void {
    if (username === undefined) return;
    const key = pair(username, remoteAddress);
    this.#known.delete(key);
    if (this.#known.size >= this.#options.limits.offenders) this.#known.delete(this.#known.keys().next().value!);
    this.#known.add(key);
  }

  /** Something that a well-meaning peer does not do, or not often. */
  onOffence(remoteAddress: string, reason: string, now: number): void {
    const address = this.#countedAddress(remoteAddress);
    if (address === undefined) return;
    if (this.#bans.has({ kind: 'address', value: address }, now)) this.#turnAway(remoteAddress, address, now);
    if (this.#addresses.add(address, now) < this.#options.limits.offences) return;
    this.#addresses.delete(address);
    this.ban({ kind: 'address', value: address, until: now + this.#options.limits.banMs, reason });
  }

  /** A connection ended soon after it began, and not because the client said so. */
  onShortConnection(comer: Comer, now: number): void {
    if (this.#countedAddress(comer.remoteAddress) === undefined) return;
    const banned = flapper(comer);
    const key = JSON.stringify(banned);
    if (this.#clients.add(key, now) < this.#options.limits.flapping) return;
    this.#clients.delete(key);
    this.ban({ ...banned, until: now + this.#options.limits.banMs, reason: 'flapping' });
  }

  /** What is no MQTT, and who comes and goes, is not taken for bad luck without end. */
  onGone(link: Link, error: Error | undefined): void {
    const { exchange, transport, client, owner, greetedSecond } = link;
    const isFault =
      error instanceof PacketError && (error.code === 'MALFORMED_PACKET' || error.code === 'PROTOCOL_ERROR');
    if (isFault || (error instanceof FrameError && !error.code.endsWith('_TIMEOUT'))) {
      this.onOffence(transport.remoteAddress, error.code, exchange.lastNow);
    }
    if (greetedSecond === 0 || client === undefined || exchange.secondsUp() - greetedSecond > SHORT_SECONDS) return;
    this.onShortConnection({ ...client, owner }, exchange.lastNow);
  }

  ban(ban: Ban): void {
    if (this.#options.limits.banMs === 0) return;
    this.#bans.add(ban);
    this.#options.statistics.bansImposed++;
    this.#options.events.emit('banned', ban);
  }

  lift(kind: BanKind, value: string): boolean {
    if (kind === 'client') return this.#bans.lift(kind, value);
    const isIPv6 = value.includes(':') && !value.includes('/');
    const key = isIPv6 ? addressKey(`[${value}]:0`) : value;
    const record = this.#options.addresses.find(key.includes('/') ? `[${key.slice(0, -'/64'.length)}]:0` : `${key}:0`);
    if (record !== undefined) record.bannedUntil = 0;
    return this.#bans.lift(kind, key);
  }

  bans(now: number): Ban[] {
    return this.#bans.list(now);
  }

  /** What offences of this peer are counted by; undefined when it is trusted, or no address of a network. */
  #countedAddress(remoteAddress: string): string | undefined {
    const address = addressKey(remoteAddress);
    if (address === '') return undefined;
    const isTrusted = this.#options.isTrusted ?? isLoopback;
    return isTrusted(address) ? undefined : address;
  }
}

/** One attempt that waits for its turn. */
class Turn implements TimedEntry {
  wheelTime = 0;
  wheelIndex = 0;
  deadline: number;
  readonly #resolve: (value: undefined) => void;

  constructor(deadline: number, resolve: (value: undefined) => void) {
    this.deadline = deadline;
    this.#resolve = resolve;
  }

  onDeadline(): void {
    this.deadline = Number.POSITIVE_INFINITY;
    this.#resolve(undefined);
  }
}

/** Whoever proved nothing is its address: under the identifier of somebody else it must not get that one banned. */
function flapper({ clientId, owner, remoteAddress }: Comer): Banned {
  const whose = owner === undefined ? { address: addressKey(remoteAddress) } : { username: owner };
  return { kind: 'client', value: clientId, ...whose };
}

function pair(username: string, remoteAddress: string): string {
  return `${username}\0${addressKey(remoteAddress)}`;
}
