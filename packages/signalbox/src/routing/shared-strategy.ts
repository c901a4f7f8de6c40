// How a Shared Subscription chooses the member for a message (MQTT 5.0 §4.8.2 leaves it to the server). Knows no group.

export const SHARED_STRATEGIES = [
  'round-robin',
  'random',
  'sticky',
  'hash-client',
  'hash-topic',
  'least-in-flight',
] as const;

/**
 * `round-robin`: the members in turn. `random`: any. `sticky`: one member, until it goes. `hash-client` and `hash-topic`:
 * all messages of one publisher, or of one topic, to the same member while nobody comes or goes. `least-in-flight`: who has
 * the fewest messages unacknowledged and waiting.
 */
export type SharedStrategy = (typeof SHARED_STRATEGIES)[number];

/** Tells whether a connected member can take a message now (its queue has room). */
export interface Readiness<P> {
  isReady(peer: P): boolean;
}

/** What groups are told once by their owner; without anything they go round. */
export interface SharedOptions<P> {
  /** Lets groups pass over busy members, except where a strategy ties messages to one. */
  readonly readiness?: Readiness<P>;
  /** Asked once for each group. */
  readonly strategyOf?: (shareName: string) => SharedStrategy;
  /** At least 0, below 1; for `random`. */
  readonly random?: () => number;
  /** Messages a member has unacknowledged and waiting; for `least-in-flight`. */
  readonly loadOf?: (peer: P) => number;
}

/** A number from 0 below `count`, the same for the same text (FNV-1a). */
export function placeOf(text: string, count: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 0) % count;
}
