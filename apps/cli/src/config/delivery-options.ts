/** What becomes of messages on their way: queues, sharing, rewriting. */
import type { OptionTable } from './option.ts';
import { choice } from './value-types.ts';

export const DELIVERY_OPTIONS = [
  {
    path: 'queuePolicy',
    flag: 'queue-policy',
    type: choice('drop-newest', 'drop-oldest', 'disconnect'),
    default: 'drop-newest',
    help: 'For a client whose queue is full.',
  },
  {
    path: 'publishRatePolicy',
    flag: 'publish-rate-policy',
    type: choice('pause', 'disconnect'),
    default: 'pause',
    help: 'For a client above limits.publishRate or publishByteRate: it is not read for a while, or sent away.',
  },
] as const satisfies OptionTable;
