/**
 * Where connections come from, and what the broker does differently for them. How a listener listens is the business of
 * transport/; a setting that is absent here is the broker's.
 */
import type { ToleranceName } from '../mqtt/tolerances.ts';
import type { ListenOptions } from '../transport/listen.ts';
import type { Transport } from '../transport/transport.ts';
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
  /**
   * Of MSIP: which PUBLISH is answered by ACK. `always` (default), as the reference server does, or `requested`: only those
   * with ACK_REQUIRED, which halves the traffic of a publisher that does not look.
   */
  readonly ackPublish?: 'always' | 'requested';
  /** Of MSIP: a message of kind STATE is retained under its topic. Default: no. */
  readonly retainState?: boolean;
}

/** Settings of an attached transport. */
export interface AttachSettings extends EntranceSettings {
  /** What is spoken on it. Default `mqtt`; on a WebSocket its subprotocol decides. */
  readonly protocol?: 'mqtt' | 'msip';
}

export type BrokerListenOptions = ListenOptions & EntranceSettings;

/** Subprotocols of WebSockets, best first. */
export const SUBPROTOCOLS: readonly string[] = ['mqtt', 'mqttv3.1', 'msip']; // [MSIP-10-3]

/** Whether MSIP is spoken on a connection. */
export function speaksMsip({ subprotocol }: Transport, { protocol }: Entrance): boolean {
  return subprotocol === undefined || subprotocol === '' ? protocol === 'msip' : subprotocol === 'msip';
}

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
  /** What is spoken here, but for WebSockets that agree on another subprotocol. */
  readonly protocol: 'mqtt' | 'msip';
  /** Bits of `compat`. */
  readonly tolerances: number;
}
