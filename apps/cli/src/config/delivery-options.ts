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
] as const satisfies OptionTable;
