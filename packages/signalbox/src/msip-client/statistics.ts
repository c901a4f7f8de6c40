// What a client has counted, and what waits in it.

import type { ClientMachine } from './machine.ts';

/** Figures of a client since it was made. */
export interface MsipClientStatistics {
  /** Messages that wait to be sent, and their bytes. */
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  /** Sent, and not acknowledged, of those whose acknowledgement is awaited. */
  readonly inFlight: number;
  /** Outgoing messages given up because the queue had no room. */
  readonly droppedOutgoing: number;
  /** Received messages nobody wanted, or that could not be inflated. */
  readonly droppedIncoming: number;
  /** Messages of an acknowledged session that wait for a subscription. */
  readonly unclaimed: number;
}

export function statisticsOf({ publisher, inbox }: ClientMachine): MsipClientStatistics {
  return {
    queuedMessages: publisher.queue.size,
    queuedBytes: publisher.queue.bytes,
    inFlight: publisher.inFlight,
    droppedOutgoing: publisher.queue.dropped,
    droppedIncoming: inbox.dropped,
    unclaimed: inbox.unclaimed,
  };
}
