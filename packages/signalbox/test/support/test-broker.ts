// A broker for tests, with clients over memory transports; everything is closed again when the test ends.

import { onTestFinished } from 'vitest';
import { Broker } from '../../src/broker/broker.ts';
import type { BrokerOptions } from '../../src/broker/broker-options.ts';
import type { AttachSettings } from '../../src/broker/entrance.ts';
import { memoryPair } from '../../src/transport/memory.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { MsipRawClient } from './msip-raw-client.ts';
import { TestClient, type TestClientOptions } from './test-client.ts';

export interface TestBroker {
  readonly broker: Broker;
  /** A connected client; the second argument is its client identifier. */
  connect(clientId?: string, options?: TestClientOptions): Promise<TestClient>;
  /** A client that speaks MSIP, after HELLO (with these flags) and its answer. */
  msip(clientId?: string, flags?: number, settings?: AttachSettings): Promise<MsipRawClient>;
  /** The client's end of a new connection, for the broker from this address. */
  transport(remoteAddress?: string, settings?: AttachSettings): Transport;
}

export async function startBroker(options: BrokerOptions = {}): Promise<TestBroker> {
  const broker = new Broker({ systemTopicsIntervalMs: 0, ...options });
  await broker.open();
  onTestFinished(() => broker.close());
  const transport = (remoteAddress = 'memory', settings: AttachSettings = {}) => {
    const [near, far] = memoryPair();
    Object.defineProperty(far, 'remoteAddress', { value: remoteAddress });
    broker.attach(far, settings);
    onTestFinished(() => near.destroy());
    return near;
  };
  const connect = (clientId = '', clientOptions: TestClientOptions = {}) =>
    TestClient.connect(transport(), { ...clientOptions, connect: { clientId, ...clientOptions.connect } });
  const msip = (clientId = '', flags = 0, settings: AttachSettings = {}) =>
    MsipRawClient.connect(transport('memory', { protocol: 'msip', ...settings }), clientId, flags);
  return { broker, connect, msip, transport };
}
