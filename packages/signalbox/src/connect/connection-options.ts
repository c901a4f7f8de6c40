// What every connection takes, whoever made it.

import { anything, options as optionsOf } from '../options/shape.ts';
import type { ConnectionClock } from './clock.ts';
import { ConnectionError } from './connection-error.ts';
import type { KeepAliveOptions } from './liveness.ts';

export interface ConnectionOptions {
  /** Most data of one received datagram, in bytes; a larger one ends the connection. Default 100,000,000, the format's limit. */
  readonly maximumMessageSize?: number;
  /**
   * Bytes of unread datagrams from which on nothing is read any more, so that the peer has to wait. Default 131,072: as much
   * as one read brings. Small datagrams count 128 bytes.
   */
  readonly receiveBuffer?: number;
  /** Most bytes that wait for the network; then `send` rejects. One datagram may always wait. Default 64 MiB. */
  readonly sendBuffer?: number;
  /** Heartbeats, and an end when the peer sends none. To be set at both ends alike. Default: none. */
  readonly keepAlive?: KeepAliveOptions | undefined;
  /** Ends the connection when no message came or went for so long; heartbeats are none. Default: never, of UDP listeners 60,000. */
  readonly idleTimeoutMs?: number;
  /** Default: that of the system. */
  readonly clock?: ConnectionClock;
}

export const DEFAULT_RECEIVE_BUFFER = 131_072;
/** Some seconds of a fast line; who sends more without waiting has lost the peer from sight. */
export const DEFAULT_SEND_BUFFER = 64 * 1024 * 1024;

const LEAST = { maximumMessageSize: 1, receiveBuffer: 1, sendBuffer: 0, idleTimeoutMs: 1 } as const;

/** Throws ConnectionError `BAD_OPTIONS`. */
export function checkConnectionOptions(options: ConnectionOptions): void {
  for (const [name, least] of Object.entries(LEAST) as [keyof typeof LEAST, number][])
    checkNumber(options, name, least);
  const { keepAlive } = options;
  if (keepAlive === undefined) return;
  checkNames(keepAlive, ['tag', 'intervalMs', 'timeoutMs'], 'keepAlive');
  checkNumber(keepAlive, 'intervalMs', 1);
  checkNumber(keepAlive, 'timeoutMs', 1);
  const { tag = 0 } = keepAlive;
  if (!Number.isInteger(tag) || tag < 0 || tag > 0xffff)
    throw badOption('keepAlive.tag', 'an integer from 0 to 65535', tag);
}

/** What every connection takes, as names. */
export const CONNECTION_NAMES: readonly (keyof ConnectionOptions)[] = [
  ...(['maximumMessageSize', 'receiveBuffer', 'sendBuffer', 'keepAlive', 'idleTimeoutMs', 'clock'] as const),
];

/** No other names than these: a misspelt one would be heeded by nobody. `path` is the option they are in. Throws ConnectionError `BAD_OPTIONS`. */
export function checkNames(options: object, names: readonly string[], path = ''): void {
  const problem = optionsOf(Object.fromEntries(names.map((name) => [name, anything])))(options, path);
  if (problem !== undefined) throw new ConnectionError('BAD_OPTIONS', problem);
}

/** A number that may be left out. */
export function checkNumber<T extends object>(options: T, name: keyof T & string, least: number): void {
  const value = options[name] as number | undefined;
  if (value === undefined || (typeof value === 'number' && value >= least)) return;
  throw badOption(name, `a number from ${least}`, value);
}

function badOption(name: string, wanted: string, value: unknown): ConnectionError {
  return new ConnectionError('BAD_OPTIONS', `${name} must be ${wanted}, not ${String(value)}`);
}
