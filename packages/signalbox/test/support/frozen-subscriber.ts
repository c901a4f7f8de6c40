// A broker with a subscriber that stopped reading.
import { onTestFinished } from 'vitest';
import type { BrokerOptions } from '../../src/broker/broker-options.ts';
import { memoryPair } from '../../src/transport/memory.ts';
import { startBroker } from './test-broker.ts';
import { TestClient } from './test-client.ts';

/** A broker with one subscriber whose network takes 1 KiB and then no more, until `thaw`. */
export async function startFrozen(options: BrokerOptions = {}, qos: 0 | 1 | 2 = 1, connect: object = {}) {
  const test = await startBroker(options);
  const [near, far] = memoryPair({ highWaterMark: 1024 });
  test.broker.attach(far);
  onTestFinished(() => near.destroy());
  const frozen = await TestClient.connect(near, { connect: { clientId: 'frozen', ...connect } });
  await frozen.subscribe('t/#', qos);
  near.pause();
  return { ...test, frozen, far, thaw: () => near.resume() };
}
