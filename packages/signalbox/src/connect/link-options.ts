// What a link takes, and what it tells about itself.

import type { BackOffOptions } from './back-off.ts';
import { CONNECT_NAMES, type ConnectOptions } from './connect.ts';
import type { Connection } from './connection.ts';
import { ConnectionError } from './connection-error.ts';
import { checkConnectionOptions, checkNames, checkNumber } from './connection-options.ts';
import type { LinkQueueOptions } from './link-queue.ts';

export type LinkStatus =
  | { readonly state: 'connecting' }
  | { readonly state: 'connected'; readonly connection: Connection }
  /** Until the next attempt, after the last connection or attempt has failed. */
  | { readonly state: 'waiting'; readonly delayMs: number; readonly error: Error }
  /** For good; with the error the link gave up for. */
  | { readonly state: 'closed'; readonly error: Error | undefined };

export interface LinkOptions extends Omit<ConnectOptions, 'signal'> {
  readonly queue?: LinkQueueOptions;
  readonly backOff?: BackOffOptions;
  /**
   * What becomes of messages that were being handed over when the connection failed, a few at a time: they may have arrived.
   * `reject`: `send` rejects with `UNCERTAIN`, and none comes twice. `resend`: they are sent again, and may come twice.
   * Default `reject`.
   */
  readonly uncertain?: 'reject' | 'resend';
  /** Called with each change of `status`, `connecting` at the beginning excepted. */
  readonly onStatus?: (status: LinkStatus) => void;
  /** How a connection is made. Default `connect`; another one can ask for an address or for fresh certificates each time. */
  readonly dial?: (url: string, options: ConnectOptions) => Promise<Connection>;
}

export interface LinkStatistics {
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  /** Messages the queue had no room for. */
  readonly dropped: number;
  /** Messages that were being handed over when a connection failed. */
  readonly uncertain: number;
  /** Received messages that nobody took before eight other connections came. */
  readonly discarded: number;
  /** Connections made so far. */
  readonly connections: number;
  /** Failures in a row; 0 after a connection that lived for five seconds or brought a message. */
  readonly failures: number;
}

/** Throws ConnectionError `BAD_OPTIONS`. */
export function checkLinkOptions(options: LinkOptions): void {
  checkNames(options, [...CONNECT_NAMES, 'queue', 'backOff', 'uncertain', 'onStatus', 'dial']);
  checkConnectionOptions(options);
  const { queue = {}, backOff = {} } = options;
  checkNames(queue, ['messages', 'bytes', 'policy'], 'queue');
  checkNames(backOff, ['firstMs', 'longestMs', 'attempts', 'random'], 'backOff');
  checkNumber(queue, 'messages', 0);
  checkNumber(queue, 'bytes', 0);
  checkNumber(backOff, 'firstMs', 0);
  checkNumber(backOff, 'longestMs', 0);
  checkNumber(backOff, 'attempts', 1);
  checkWord('queue.policy', queue.policy, ['reject', 'drop-oldest']);
  checkWord('uncertain', options.uncertain, ['reject', 'resend']);
}

function checkWord(name: string, value: string | undefined, words: readonly string[]): void {
  if (value === undefined || words.includes(value)) return;
  throw new ConnectionError('BAD_OPTIONS', `${name} must be one of ${words.join(', ')}, not ${String(value)}`);
}

/** Mistakes that the next attempt would make again. */
const HOPELESS = new Set(['BAD_URL', 'BAD_OPTIONS', 'TLS_OPTIONS', 'UNKNOWN_SCHEME', 'INVALID_ARGUMENT']);

export function isHopeless(error: Error & { readonly code?: string }): boolean {
  return error.code !== undefined && HOPELESS.has(error.code);
}
