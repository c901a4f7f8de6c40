// A RawClient that is connected to a broker, and everything it hears until a ping comes back.

import type { ConnectInput } from '../../src/mqtt/packets/connect.ts';
import type { Packet } from '../../src/mqtt/packets/packet.ts';
import type { ProtocolVersion } from '../../src/mqtt/wire-format.ts';
import { RawClient } from './raw-client.ts';
import type { TestBroker } from './test-broker.ts';

export async function connectRaw(
  started: TestBroker,
  clientId: string,
  protocolVersion: ProtocolVersion = 5,
  connect: Partial<ConnectInput> = {},
): Promise<RawClient> {
  const client = new RawClient(started.transport(), protocolVersion);
  client.write({ type: 'connect', protocolVersion, clientId, ...connect });
  const answer = await client.next();
  if (answer.type !== 'connack' || answer.reasonCode !== 0) throw new Error(`not connected: ${JSON.stringify(answer)}`);
  return client;
}

/** Everything the broker sends until it answers a ping. */
export async function heard(client: RawClient): Promise<Packet[]> {
  client.write({ type: 'pingreq' });
  const packets: Packet[] = [];
  for (let packet = await client.next(); packet.type !== 'pingresp'; packet = await client.next()) packets.push(packet);
  return packets;
}
