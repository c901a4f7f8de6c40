// A broker that listens for MSIP, and for MQTT beside it, on ports of 127.0.0.1; everything is closed when the test ends.

import { onTestFinished } from 'vitest';
import { Broker } from '../../src/broker/broker.ts';
import type { BrokerOptions } from '../../src/broker/broker-options.ts';
import type { BrokerListenOptions } from '../../src/broker/entrance.ts';
import { memoryPair } from '../../src/transport/memory.ts';
import { MsipPeer } from './msip-peer.ts';
import { TestClient, type TestClientOptions } from './test-client.ts';

export interface MsipBroker {
  readonly broker: Broker;
  readonly port: number;
  /** A network connection that has said nothing. */
  open(): Promise<MsipPeer>;
  /** One that said HELLO and was let in. */
  connect(clientId: string, input?: { readonly flags?: number; readonly msgId?: bigint }): Promise<MsipPeer>;
  /** A connected client that speaks MQTT. */
  mqtt(clientId: string, options?: TestClientOptions): Promise<TestClient>;
}

export async function startMsipBroker(
  options: BrokerOptions = {},
  listening: BrokerListenOptions = {},
): Promise<MsipBroker> {
  const broker = new Broker({ systemTopicsIntervalMs: 0, ...options });
  const { url } = await broker.listen('msip://127.0.0.1:0', listening);
  onTestFinished(() => broker.close());
  const port = Number(new URL(url).port);
  const open = (): Promise<MsipPeer> => MsipPeer.connect(port);
  const connect = async (clientId: string, input = {}): Promise<MsipPeer> => {
    const peer = await open();
    await peer.greet(clientId, input);
    return peer;
  };
  const mqtt = (clientId: string, clientOptions: TestClientOptions = {}): Promise<TestClient> => {
    const [near, far] = memoryPair();
    broker.attach(far);
    onTestFinished(() => near.destroy());
    return TestClient.connect(near, { ...clientOptions, connect: { clientId, ...clientOptions.connect } });
  };
  return { broker, port, open, connect, mqtt };
}
