// Origin: what all transports of one listener, or of one call of connect, share; a connection holds one reference.

import type { TransportProtocol } from './transport.ts';

export interface Origin {
  readonly protocol: TransportProtocol;
  readonly graceMs: number;
  /** What `remoteAddress` answers where peers have no address of their own. */
  readonly peerName: string | undefined;
  /** A transport of this origin is closed, and its owner does not know yet. */
  closed(): void;
}

/** The origin of transports which nobody counts, or which are counted by other means. */
export function uncounted(protocol: TransportProtocol, graceMs: number, peerName?: string): Origin {
  return { protocol, graceMs, peerName, closed: () => {} };
}
