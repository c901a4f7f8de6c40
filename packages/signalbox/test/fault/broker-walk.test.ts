// Clients that publish, subscribe, lose their connections at any byte and come back, through a whole broker, against what
// the standard promises. Every walk is drawn from its seed. [MQTT-4.3.2-3] [MQTT-4.3.3-10] [MQTT-4.4.0-1] [MQTT-4.6.0-6]

import { describe, expect, it } from 'vitest';
import { BrokerWalk, type WalkOptions } from '../support/broker-walk.ts';
import { type DeliveryModel, expectDelivered } from '../support/delivery-model.ts';

async function walk(options: WalkOptions, model: Partial<DeliveryModel> = {}): Promise<BrokerWalk> {
  const path = new BrokerWalk(options);
  const { network, clients } = path;
  await path.run();
  expect(network.errors).toEqual([]);
  for (const { clientId, errors, lostSessions } of clients) {
    expect([clientId, errors, lostSessions]).toEqual([clientId, [], 0]);
  }
  expectDelivered({ clients, ...model, ...(options.hasOwnTopics === true ? { dropped: network.dropped } : {}) });
  network.expectIdle(clients);
  await path.leave();
  network.expectEmpty();
  return path;
}

/** What was counted is what was told, reason by reason. */
function expectCounted({ network }: BrokerWalk): number {
  const told: Record<string, number> = {};
  for (const { reason } of network.dropped) told[reason] = (told[reason] ?? 0) + 1;
  expect(network.broker.statistics.dropped).toEqual(told);
  return network.dropped.filter(({ reason }) => reason !== 'qos0-offline').length;
}

function received({ clients }: BrokerWalk): number {
  return clients.reduce((sum, client) => sum + client.received.length, 0);
}

const SEEDS = Array.from({ length: 12 }, (_, seed) => seed + 1);
const STEPS = 150;

describe('several clients at random', () => {
  it('pitfall: cuts, takeovers and clean starts: QoS 1 at least once, QoS 2 exactly once, in order', async () => {
    let sum = { cuts: 0, takeovers: 0, received: 0 };
    for (const seed of SEEDS) {
      const path = await walk({ seed, steps: STEPS });
      sum = {
        cuts: sum.cuts + path.cuts,
        takeovers: sum.takeovers + path.takeovers,
        received: sum.received + received(path),
      };
    }
    expect(sum.cuts).toBeGreaterThan(100); // or the walks prove nothing
    expect(sum.takeovers).toBeGreaterThan(50);
    expect(sum.received).toBeGreaterThan(1000);
  });

  it('[MQTT-4.8.2-4] shared subscriptions: one member gets it, and only once', async () => {
    for (const seed of SEEDS) await walk({ seed: seed + 100, steps: STEPS, members: 3, hasCleanStarts: false });
  });

  it('pitfall: one message in flight at a time', async () => {
    for (const seed of SEEDS.slice(0, 6)) {
      await walk({ seed: seed + 200, steps: STEPS, broker: { limits: { inFlight: 1, receiveMaximum: 1 } } });
    }
  });

  it('pitfall: small queues: what is not delivered is counted, each by its reason', async () => {
    let dropped = 0;
    for (const seed of SEEDS) {
      const queuePolicy = seed % 2 === 0 ? 'drop-newest' : 'drop-oldest';
      const broker = { queuePolicy, limits: { queuedMessages: 3, inFlight: 2 } } as const;
      const calm = { isCutting: false, hasCleanStarts: false, hasOwnTopics: true };
      dropped += expectCounted(await walk({ seed: seed + 300, steps: STEPS, broker, ...calm }, { isCalm: true }));
    }
    expect(dropped).toBeGreaterThan(100);
  });

  it('pitfall: small queues and cuts, and a broker that parts from slow clients', async () => {
    let dropped = 0;
    for (const seed of SEEDS) {
      const queuePolicy = (['drop-newest', 'drop-oldest', 'disconnect'] as const)[seed % 3]!;
      const broker = { queuePolicy, limits: { queuedMessages: 4, inFlight: 2 } };
      const isOneWay = queuePolicy === 'disconnect';
      dropped += expectCounted(await walk({ seed: seed + 400, steps: STEPS, broker, hasOwnTopics: true, isOneWay }));
    }
    expect(dropped).toBeGreaterThan(100);
  });

  it('[MQTT-3.3.2-5] messages that expire are delivered or counted', async () => {
    let expired = 0;
    for (const seed of SEEDS) {
      const path = await walk({ seed: seed + 500, steps: STEPS, expiry: 5, hasOwnTopics: true });
      expectCounted(path);
      expired += path.network.dropped.filter(({ reason }) => reason === 'expired').length;
    }
    expect(expired).toBeGreaterThan(20);
  });
});
