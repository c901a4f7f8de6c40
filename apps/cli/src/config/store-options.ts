/** Where the broker keeps what it must not forget, and how firmly. */
import type { OptionTable } from './option.ts';
import { text } from './value-types.ts';

export const STORE_OPTIONS = [
  {
    path: 'data',
    flag: 'data',
    type: text('WHERE'),
    default: 'memory:',
    help: 'Where sessions and retained messages are kept. memory: is gone when the broker ends.',
  },
] as const satisfies OptionTable;
