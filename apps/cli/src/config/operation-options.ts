/** What the people who run the broker see of it, and how it ends. */
import type { OptionTable } from './option.ts';
import { duration, onOff } from './value-types.ts';

export const OPERATION_OPTIONS = [
  {
    path: 'sysInterval',
    flag: 'sys-interval',
    type: duration(),
    default: '10s',
    help: 'How often $SYS/broker/… is published; 0: never.',
  },
  {
    path: 'verbose',
    flag: 'verbose',
    type: onOff(),
    default: false,
    help: 'Print connections and subscriptions as they come and go.',
  },
] as const satisfies OptionTable;
