// Two connections within one process, each the other's peer: for tests of programs that use connections.

import { type MemoryOptions, memoryPair } from '../transport/memory.ts';
import { Connection } from './connection.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { TransportCarrier } from './transport-carrier.ts';

export interface ConnectionPairOptions extends ConnectionOptions, MemoryOptions {}

/** Throws ConnectionError `BAD_OPTIONS`. */
export function connectionPair(options: ConnectionPairOptions = {}): [Connection, Connection] {
  const [left, right] = memoryPair(options);
  return [new Connection(new TransportCarrier(left), options), new Connection(new TransportCarrier(right), options)];
}
