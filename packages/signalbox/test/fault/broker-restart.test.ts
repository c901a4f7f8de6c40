// Brokers that are closed or killed at random moments, and the next one begins on the same store: nothing acknowledged is
// lost, QoS 2 stays exactly once. A killed broker leaves what was committed and nothing else. [MQTT-4.1.0-1] §4.3, §4.4

import { describe, expect, it } from 'vitest';
import { BrokerWalk, type WalkOptions } from '../support/broker-walk.ts';
import { expectDelivered } from '../support/delivery-model.ts';

async function walk(options: WalkOptions): Promise<BrokerWalk> {
  const path = new BrokerWalk(options);
  const { network, clients } = path;
  await path.run();
  expect(network.errors).toEqual([]);
  for (const { clientId, errors, lostSessions } of clients) {
    expect([clientId, errors, lostSessions]).toEqual([clientId, [], 0]);
  }
  expectDelivered({ clients, isForgetful: options.commitMs !== undefined });
  network.expectIdle(clients);
  await path.leave();
  network.expectEmpty();
  return path;
}

const SEEDS = Array.from({ length: 10 }, (_, seed) => seed + 1);
const OFTEN = { steps: 120, restartsOnceIn: 12 };

describe('brokers that end at random', () => {
  it('[MQTT-4.3.3-10] on a store that commits at once', async () => {
    let restarts = 0;
    for (const seed of SEEDS) restarts += (await walk({ ...OFTEN, seed })).restarts;
    expect(restarts).toBeGreaterThan(60);
  });

  it('with no other trouble: connections last until the broker ends', async () => {
    for (const seed of SEEDS) await walk({ ...OFTEN, seed: seed + 100, isCutting: false, hasCleanStarts: false });
  });

  it('on a store that commits late', async () => {
    for (const seed of SEEDS) await walk({ ...OFTEN, seed: seed + 200, commitMs: () => 3 });
  });

  it('on a store that commits when it likes, many commits together', async () => {
    const known = [5342, 5364]; // QoS 0 overtook what waited while a write was taken before the drain
    for (const seed of [...SEEDS.map((each) => each + 300), ...known]) {
      await walk({ ...OFTEN, seed, commitMs: (random) => random.below(12) });
    }
  });

  it('with shared subscriptions', async () => {
    for (const seed of SEEDS) await walk({ ...OFTEN, seed: seed + 400, members: 3, hasCleanStarts: false });
  });
});
