/** Why a message was lost at the broker: what routing names, and what the broker itself refuses. */
import type { DroppedReason } from '../../mqtt/connection-events.ts';
import type { DropReason } from '../../routing/drop-reasons.ts';

/**
 * Refused on the way in: by `authorize`, by `onPublish`, by the limits on topic levels and on retained messages, because the
 * store cannot keep it.
 */
export type RefusalReason =
  | 'not-authorized'
  | 'refused-by-hook'
  | 'too-many-levels'
  | 'retained-full'
  | 'delayed-full'
  | 'delay-not-allowed'
  | 'store-failing';

export type LossReason = DropReason | RefusalReason;

/** What the core gives up, in the words of the counters. */
export const LOSSES = {
  'session-lost': 'session-ended',
  'session-ended': 'session-ended',
  'packet-too-large': 'packet-too-large',
  'not-supported': 'refused',
  expired: 'expired',
} as const satisfies Record<DroppedReason, LossReason>;
