/**
 * Who may come in at all, before anything was said: limits of connections in all and per address, and of how fast they
 * come. Whoever is turned away here cost an accept and nothing more. It must not know packets.
 */
import type { ListenOptions } from '../../transport/listen.ts';
import type { Exchange } from '../exchange.ts';
import { Rate } from '../rate.ts';
import { type AddressRecord, AddressTable } from './address-table.ts';

/** Why a connection was closed before its CONNECT was looked at. */
export const TURNED_AWAY = [
  /** `limits.connections` are open. */
  'connections',
  /** `limits.connectionsPerAddress` are open from there. */
  'connections-of-address',
  /** More than `limits.connectionRate` a second. */
  'connection-rate',
  /** More than `limits.connectionRatePerAddress` a second from there. */
  'connection-rate-of-address',
  /** The address is banned for some time. */
  'banned',
  /** The broker is so late that it does not even say so. */
  'overload',
  /** The broker is closing. */
  'closing',
] as const;

export type TurnedAwayReason = (typeof TURNED_AWAY)[number];

/** After a quiet time so many seconds' worth may come at once: devices that lost the same access point come together. */
const BURST_SECONDS = 5;

const WEBSOCKET_MARGIN = 64 * 1024;

export class Gate {
  readonly addresses = new AddressTable();
  readonly #exchange: Exchange;
  readonly #rate: Rate;
  readonly #ratePerAddress: Rate;
  #paidUntil = 0;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
    this.#rate = new Rate(exchange.limits.connectionRate, BURST_SECONDS);
    this.#ratePerAddress = new Rate(exchange.limits.connectionRatePerAddress, BURST_SECONDS);
  }

  /** What a listener is to ask and to heed. */
  forListener(isLeaving: () => boolean): ListenOptions {
    const { packetSize, handshakeTimeoutMs, handshakes } = this.#exchange.limits;
    return {
      // A WebSocket message can carry several packets; larger ones than this are cut off before anybody is authenticated.
      maximumPayload: packetSize + WEBSOCKET_MARGIN,
      handshakeTimeoutMs,
      maximumHandshakes: handshakes,
      welcomes: (address) => !isLeaving() && this.welcomes(address),
      onHandshake: (address, state) => this.onHandshake(address, state),
    };
  }

  /** Asked once for each connection, as early as its address is known. A no is counted. */
  welcomes(remoteAddress: string): boolean {
    const reason = this.#judge(remoteAddress, this.#exchange.now());
    if (reason === undefined) return true;
    this.#exchange.statistics.onTurnedAway(reason);
    return false;
  }

  /** A connection counts for its address from its handshake on. */
  onHandshake(remoteAddress: string, state: 'begun' | 'over'): void {
    const now = this.#exchange.now();
    if (state === 'begun') this.addresses.enter(remoteAddress, now);
    else {
      const record = this.addresses.find(remoteAddress);
      if (record !== undefined) this.addresses.leave(record, now);
    }
  }

  /** For a connection that came through. Undefined when its peer has no address. */
  enter(remoteAddress: string): AddressRecord | undefined {
    return this.addresses.enter(remoteAddress, this.#exchange.now());
  }

  leave(record: AddressRecord): void {
    this.addresses.leave(record, this.#exchange.now());
  }

  #judge(remoteAddress: string, now: number): TurnedAwayReason | undefined {
    const { limits, links, intake } = this.#exchange;
    if (intake.overload.isSpeechless) return 'overload';
    if (links.size >= limits.connections) return 'connections';
    const record = this.addresses.find(remoteAddress);
    if (record !== undefined) {
      if (record.bannedUntil > now) return 'banned';
      if (record.connections >= limits.connectionsPerAddress) return 'connections-of-address';
    }
    if (this.#ratePerAddress.isLimited) {
      const metered = this.addresses.use(remoteAddress, now);
      if (metered !== undefined) {
        if (!this.#ratePerAddress.allows(metered.paidUntil, now)) return 'connection-rate-of-address';
        metered.paidUntil = this.#ratePerAddress.spend(metered.paidUntil, now, 1);
      }
    }
    if (this.#rate.isLimited) {
      if (!this.#rate.allows(this.#paidUntil, now)) return 'connection-rate';
      this.#paidUntil = this.#rate.spend(this.#paidUntil, now, 1);
    }
    return undefined;
  }
}
