// Why a message did not reach a subscriber: one list for queues, sessions and the counters of the broker.

export const DROP_REASONS = [
  'queue-full',
  'expired',
  'packet-too-large',
  'session-ended',
  'qos0-offline',
  'no-shared-member',
  'disconnected',
] as const;

export type DropReason = (typeof DROP_REASONS)[number];
