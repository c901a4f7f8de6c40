// Why a message did not reach a subscriber: one list for queues, sessions and the counters of the broker.

export const DROP_REASONS = [
  /** The subscriber's queue is at its limit. */
  'queue-full',
  /** All queues together are at their limit. */
  'memory-full',
  /** The Message Expiry Interval passed while it waited. */
  'expired',
  /** Larger than the Maximum Packet Size of the client. */
  'packet-too-large',
  /** The session ended while it waited. */
  'session-ended',
  /** QoS 0 is not kept for a session without a connection. */
  'qos0-offline',
  /** A shared group had nobody to give it to. */
  'no-member',
  /** The subscriber refused it (PUBACK or PUBREC of 0x80 or higher). */
  'refused',
] as const;

export type DropReason = (typeof DROP_REASONS)[number];
