/** The options echo and send have in common, and what they end with. */
import { ExitCode } from '../messaging/exit-codes.ts';
import type { FlagTable } from '../messaging/flag-table.ts';
import { integer, seconds, switchedOn } from '../messaging/kinds.ts';

export const MESSAGE_FLAGS = [
  { flag: 'hex', short: 'x', kind: switchedOn(), help: 'Messages are hexadecimal, on the command line and printed.' },
  { flag: 'verbose', short: 'v', kind: switchedOn(), help: 'Print the tag before each message.' },
] as const satisfies FlagTable;

export const LINK_FLAGS = [
  {
    flag: 'keep-alive',
    short: 'k',
    kind: seconds(0.001),
    help: 'Send a heartbeat after so many seconds, and expect the other side to: give it to both, or to none.',
  },
  {
    flag: 'max-message',
    kind: integer('BYTES', 1, 100_000_000),
    help: 'End the connection for a larger message. Default: 100000000.',
  },
] as const satisfies FlagTable;

export const OTHER_FLAGS = [
  { flag: 'quiet', kind: switchedOn(), help: 'Print nothing to standard error: the exit code tells.' },
  { flag: 'help', short: 'H', kind: switchedOn(), help: 'This text.' },
] as const satisfies FlagTable;

export const LINK_EXIT_CODES: readonly (readonly [code: number, meaning: string])[] = [
  [ExitCode.Done, 'done'],
  [ExitCode.Mistake, 'a mistake in an option, in a file or in the input'],
  [ExitCode.NotReachable, 'the other side cannot be reached, or not listened to'],
  [ExitCode.Lost, 'the connection ended before the work was done'],
  [ExitCode.TimedOut, '--timeout went by first'],
  [ExitCode.Interrupted, 'Ctrl-C before the work was done (143: SIGTERM)'],
];

/** What connections take, from what was said. */
export function connectionOptionsOf(values: {
  readonly 'keep-alive': number | undefined;
  readonly 'max-message': number | undefined;
}) {
  const { 'keep-alive': intervalMs, 'max-message': maximumMessageSize } = values;
  return {
    ...(intervalMs === undefined ? {} : { keepAlive: { intervalMs } }),
    ...(maximumMessageSize === undefined ? {} : { maximumMessageSize }),
  };
}
