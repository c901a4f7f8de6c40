// A broker for tests, with clients over memory transports; everything is closed again when the test ends.

import { onTestFinished } from 'vitest';
import { Broker } from '../../src/broker/broker.ts';
import type { BrokerOptions } from '../../src/broker/broker-options.ts';
import { memoryPair } from '../../src/transport/memory.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { TestClient, type TestClientOptions } from './test-client.ts';

export interface TestBroker {
  readonly broker: Broker;
  /** A connected client; the second argument is its client identifier. */
  connect(clientId?: string, options?: TestClientOptions): Promise<TestClient>;
  /** The client's end of a new connection, for the broker from this address. */
  transport(remoteAddress?: string): Transport;
}

export async function startBroker(options: BrokerOptions = {}): Promise<TestBroker> {
  const broker = new Broker({ systemTopicsIntervalMs: 0, ...options });
  await broker.open();
  onTestFinished(() => broker.close());
  const transport = (remoteAddress = 'memory') => {
    const [near, far] = memoryPair();
    Object.defineProperty(far, 'remoteAddress', { value: remoteAddress });
    broker.attach(far);
    onTestFinished(() => near.destroy());
    return near;
  };
  const connect = (clientId = '', clientOptions: TestClientOptions = {}) =>
    TestClient.connect(transport(), { ...clientOptions, connect: { clientId, ...clientOptions.connect } });
  return { broker, connect, transport };
}
