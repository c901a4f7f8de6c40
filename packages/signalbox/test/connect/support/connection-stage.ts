// A connection over a virtual carrier: the test is its network and its peer.

import { Connection } from '../../../src/connect/connection.ts';
import type { ConnectionOptions } from '../../../src/connect/connection-options.ts';
import { Datagram } from '../../../src/datagram/datagram.ts';
import { ManualConnectionClock, VirtualCarrier } from './virtual-carrier.ts';

export function stage(options: ConnectionOptions = {}, kind: ConstructorParameters<typeof VirtualCarrier>[1] = {}) {
  const clock = new ManualConnectionClock();
  const carrier = new VirtualCarrier(clock, kind);
  return { clock, carrier, connection: new Connection(carrier, { clock, ...options }) };
}

/** Messages as they are sent. */
export function wire(...texts: string[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(texts.map((text) => new Datagram(text).toBytes())));
}
