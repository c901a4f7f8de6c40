// Many retained messages for one new subscription, whatever its client takes at once. §3.3.1.3, §4.9
import { describe, expect, it } from 'vitest';
import { startBroker } from '../support/test-broker.ts';

const LASTING = { cleanStart: false, properties: { sessionExpiryInterval: 3600 } } as const;

describe('20,000 retained messages', () => {
  const COUNT = 20_000;

  for (const qos of [0, 1, 2] as const) {
    it(`reach a subscriber of QoS ${qos} with a Receive Maximum of 3 in full, and newer ones behind them`, async () => {
      const { connect, broker } = await startBroker();
      for (let i = 0; i < COUNT; i++)
        void broker.publish({ topicName: `r/${i}`, payload: String(i), qos: 2, retain: true });
      await broker.publish({ topicName: 'done' });
      const client = await connect('client', { connect: { properties: { receiveMaximum: 3 } } });
      await client.subscribe('r/+', qos);
      void broker.publish({ topicName: 'r/new', payload: 'new', qos });
      const seen = new Set<string>();
      for (let i = 0; i < COUNT; i++) {
        const message = await client.next('publish');
        expect(message.retain && message.qos === qos).toBe(true);
        seen.add(message.topicName);
        while (client.inbox[0]?.type === 'pubrel') client.inbox.shift();
      }
      expect(seen.size).toBe(COUNT);
      expect(await client.message()).toMatchObject({ text: 'new', retain: false });
      expect(broker.statistics.dropped).toEqual({});
    });
  }

  it('what a lost connection did not take comes on the next one', async () => {
    const { connect, broker } = await startBroker();
    for (let i = 0; i < 100; i++) await broker.publish({ topicName: `r/${i}`, payload: 'x', qos: 1, retain: true });
    const connectAs = { ...LASTING, properties: { ...LASTING.properties, receiveMaximum: 10 } };
    const silent = await connect('client', { connect: connectAs, silent: true });
    await silent.subscribe('#', 1);
    expect(await silent.messages()).toHaveLength(10);
    await silent.destroy();
    const again = await connect('client', { connect: connectAs });
    const topics = new Set<string>();
    for (let i = 0; i < 100; i++) topics.add((await again.message()).topicName);
    expect(topics.size).toBe(100);
    expect(await again.messages()).toEqual([]);
  });

  it('asking again and again does not pile up more than all of them', async () => {
    const { connect, broker } = await startBroker({ limits: { retainedMessages: 100 } });
    for (let i = 0; i < 100; i++) await broker.publish({ topicName: `r/${i}`, payload: 'x', qos: 1, retain: true });
    const client = await connect('client', { connect: { properties: { receiveMaximum: 1 } }, silent: true });
    for (let i = 0; i < 10; i++) await client.subscribe('#', 1);
    expect(broker.statistics.dropped['queue-full']).toBeGreaterThanOrEqual(899);
  });
});
