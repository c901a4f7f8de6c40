// Clients of a test broker that seem to come from an address of a network.

import { onTestFinished } from 'vitest';
import type { Broker } from '../../src/broker/broker.ts';
import { memoryPair } from '../../src/transport/memory.ts';
import type { PeerCertificate, Transport, TransportProtocol } from '../../src/transport/transport.ts';
import { TestClient, type TestClientOptions } from './test-client.ts';

export interface Peer {
  readonly remoteAddress?: string;
  readonly protocol?: TransportProtocol;
  readonly certificate?: PeerCertificate;
}

/** The client's end of a new connection from this peer. */
export function transportFrom(
  broker: Broker,
  { remoteAddress, protocol, certificate }: Peer,
  settings = {},
): Transport {
  const [near, far] = memoryPair();
  if (remoteAddress !== undefined) Object.defineProperty(far, 'remoteAddress', { value: remoteAddress });
  if (protocol !== undefined) Object.defineProperty(far, 'protocol', { value: protocol });
  if (certificate !== undefined) Object.defineProperty(far, 'peerCertificate', { value: () => certificate });
  broker.attach(far, settings);
  onTestFinished(() => near.destroy());
  return near;
}

export function connectFrom(broker: Broker, remoteAddress: string, options: TestClientOptions = {}) {
  return TestClient.connect(transportFrom(broker, { remoteAddress }), options);
}
