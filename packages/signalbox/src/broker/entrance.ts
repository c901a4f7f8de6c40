/**
 * Where connections come from, and what the broker does differently for them. How a listener listens is the business of
 * transport/; a setting that is absent here is the broker's.
 */
import type { ListenOptions } from '../transport/listen.ts';
import type { Store } from './store.ts';

/** How long what is acknowledged lasts: as long as the broker runs, its process falls, or the machine does. */
export type Durability = Store['durability'];

/** Settings of one listener, or of one attached transport. */
export interface EntranceSettings {
  /** What a client that came in here may rely on when it is acknowledged; not more than the store keeps. */
  readonly durability?: Durability;
}

export type BrokerListenOptions = ListenOptions & EntranceSettings;

export interface Entrance extends EntranceSettings {
  /** Of the listener; empty for an attached transport. */
  readonly url: string;
}
