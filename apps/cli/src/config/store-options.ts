/** Where the broker keeps what it must not forget, and how firmly. */
import type { OptionTable } from './option.ts';
import { choice, text } from './value-types.ts';

export const DURABILITY = choice('memory', 'process', 'disk');

export const STORE_OPTIONS = [
  {
    path: 'data',
    flag: 'data',
    type: text('WHERE'),
    default: './signalbox-data',
    help: 'The folder where sessions and retained messages are kept. memory: is gone when the broker ends.',
  },
  {
    path: 'durability',
    flag: 'durability',
    type: DURABILITY,
    help: 'What an acknowledged message survives: memory (nothing), process (a crash of the broker) or disk (a power failure as well). Default: disk; with --data memory: memory.',
  },
] as const satisfies OptionTable;
