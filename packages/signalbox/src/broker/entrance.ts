/**
 * Where connections come from, and what the broker does differently for them. How a listener listens is the business of
 * transport/; a setting that is absent here is the broker's.
 */
import type { ToleranceName } from '../mqtt/tolerances.ts';
import type { ListenOptions } from '../transport/listen.ts';
import { DURABILITIES, type Durability } from './store/store.ts';

/** Settings of one listener, or of one attached transport. */
export interface EntranceSettings {
  /** What a client that came in here may rely on when it is acknowledged; not more than the store keeps. */
  readonly durability?: Durability;
  /**
   * What becomes of clients that present nothing: no user name, no password, no certificate, no Authentication Method.
   * `true` admits them unasked, `false` refuses them with Not authorized (0x87). Default: the hooks decide.
   */
  readonly allowAnonymous?: boolean;
  /** Mistakes of known clients that are overlooked here: docs/guide/compat.md. Default: none. */
  readonly compat?: readonly ToleranceName[];
}

export type BrokerListenOptions = ListenOptions & EntranceSettings;

/** Throws RangeError when more is promised than the store keeps. */
export function checkDurability(wanted: Durability | undefined, kept: Durability): void {
  if (wanted === undefined) return;
  const rank = DURABILITIES.indexOf(wanted);
  if (rank < 0) throw new RangeError(`durability must be one of ${DURABILITIES.join(', ')}, not ${String(wanted)}`);
  if (rank > DURABILITIES.indexOf(kept)) {
    throw new RangeError(`durability ${wanted} is more than the store of this broker keeps, which is ${kept}`);
  }
}

export interface Entrance extends EntranceSettings {
  /** Of the listener; empty for an attached transport. */
  readonly url: string;
  /** Bits of `compat`. */
  readonly tolerances: number;
}
