/** What an embedding program can say about its broker. Everything has a default. */
import type { Clock } from './clock.ts';
import type { BrokerExtras } from './extras.ts';
import type { BrokerHooks } from './hooks.ts';
import type { PublishRatePolicy } from './intake.ts';
import type { BrokerLimits } from './limits.ts';
import type { Redirection } from './redirection.ts';
import type { Durability, Store } from './store/store.ts';

export interface BrokerOptions extends BrokerExtras {
  readonly hooks?: BrokerHooks;
  /** Where sessions and retained messages are kept. Default: a MemoryStore of its own. */
  readonly store?: Store;
  /** How long what is acknowledged lasts; not more than the store keeps. Default: what the store keeps. */
  readonly durability?: Durability;
  /** Limits that differ from DEFAULT_LIMITS. */
  readonly limits?: Partial<BrokerLimits>;
  /** What happens to QoS 1 and 2 messages for a client whose queue is full. Default `drop-newest`. */
  readonly queuePolicy?: 'drop-newest' | 'drop-oldest' | 'disconnect';
  /** What happens to a client above `limits.publishRate` or `publishByteRate`. Default `pause`. */
  readonly publishRatePolicy?: PublishRatePolicy;
  /** How often `$SYS/broker/…` is published, in ms; 0: never. Default 10,000. */
  readonly systemTopicsIntervalMs?: number;
  /**
   * Addresses whose clients are never slowed and never banned, as `192.0.2.1` or `2001:db8:0:1::/64`. Default: loopback,
   * as what comes from there can be a proxy. What has no address of a network (a socket file, memory) is trusted always.
   */
  readonly isTrusted?: (address: string) => boolean;
  /** Every CONNECT is refused and the client sent there. Absent: clients are welcome. */
  readonly redirection?: Redirection;
  /** What time it is, and when to look at what is due. Default: the clock of the system. */
  readonly clock?: Clock;
}
