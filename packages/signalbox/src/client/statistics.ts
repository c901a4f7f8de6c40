// Figures of a client since it was made, gathered where each of them is counted.

import type { ClientMachine } from './machine.ts';

/** Figures of a client since it was made. */
export interface ClientStatistics {
  /** Messages that wait to be sent, and their bytes. */
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  /** Sent, and not acknowledged. */
  readonly inFlight: number;
  /** Outgoing messages given up because the queue had no room. */
  readonly droppedOutgoing: number;
  /** Received messages given up because a subscription had no room. */
  readonly droppedIncoming: number;
  /** Received messages no subscription wanted, and for which there was no room to wait for one. */
  readonly droppedUnclaimed: number;
  /** Messages given up because they never get through (`POISONED`): in either direction. */
  readonly poisoned: number;
}

export function statisticsOf({
  early,
  publisher,
  network,
  subscriptions,
  inbox,
  poisoned,
}: ClientMachine): ClientStatistics {
  return {
    queuedMessages: publisher?.queue.size ?? early.count,
    queuedBytes: publisher?.queue.bytes ?? early.bytes,
    inFlight: network.core.session.outgoing.count,
    droppedOutgoing: publisher?.queue.dropped ?? 0,
    droppedIncoming: subscriptions.dropped,
    droppedUnclaimed: inbox.unclaimedDropped,
    poisoned,
  };
}
