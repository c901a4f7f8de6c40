// Many retained messages for one new subscription, whatever its client takes at once. §3.3.1.3, §4.9
import { describe, expect, it } from 'vitest';
import type { BrokerOptions } from '../../src/broker/broker-options.ts';
import { MemoryStore } from '../../src/broker/store/memory-store.ts';
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
});

describe('3,000 retained messages', () => {
  const COUNT = 3000;

  async function begin(options: BrokerOptions = {}) {
    const started = await startBroker(options);
    for (let i = 0; i < COUNT; i++) {
      void started.broker.publish({ topicName: `r/${i}`, payload: 'old', qos: 1, retain: true });
    }
    await started.broker.publish({ topicName: 'done' });
    return started;
  }

  it('asking again and again begins anew, and does not pile up', async () => {
    const { connect } = await begin();
    const client = await connect('client', { connect: { properties: { receiveMaximum: 5 } } });
    client.send({ type: 'subscribe', subscriptions: Array.from({ length: 10 }, () => ({ topicFilter: '#', qos: 1 })) });
    for (let i = 0; i < 1000 + COUNT; i++) await client.message(); // what the first one had in hand, and all for the last one
    expect(await client.messages()).toEqual([]);
  });

  it('what is published meanwhile comes once, as what it is', async () => {
    const { connect, broker } = await begin();
    const client = await connect('client', { connect: { properties: { receiveMaximum: 5 } } });
    client.send({ type: 'subscribe', subscriptions: [{ topicFilter: '#', qos: 1 }] });
    await client.next('suback');
    await broker.publish({ topicName: `r/${COUNT - 1}`, payload: 'new', qos: 1, retain: true });
    const payloads: string[] = [];
    for (let i = 0; i < COUNT; i++) {
      const { topicName, text, retain } = await client.message();
      if (topicName === `r/${COUNT - 1}`) payloads.push(`${text} ${retain}`);
    }
    expect(payloads).toEqual(['new false']);
    expect(await client.messages()).toEqual([]);
  });

  it('[MQTT-3.10.4-2] [MQTT-3.10.4-2@3.1.1] no further ones are looked up after UNSUBSCRIBE', async () => {
    const { connect } = await begin();
    const client = await connect('client', { connect: { properties: { receiveMaximum: 5 } } });
    client.send({ type: 'subscribe', subscriptions: [{ topicFilter: '#', qos: 1 }] });
    client.send({ type: 'unsubscribe', topicFilters: ['#'] });
    for (let i = 0; i < 1000; i++) await client.message(); // what was found before
    expect(await client.messages()).toEqual([]);
  });

  it('a broker that begins on the store in the middle of it begins the look-up anew', async () => {
    const store = new MemoryStore();
    const first = await begin({ store });
    const connectAs = { ...LASTING, properties: { ...LASTING.properties, receiveMaximum: 5 } };
    const silent = await first.connect('client', { connect: connectAs, silent: true });
    await silent.subscribe('#', 1);
    await first.broker.close();
    const second = await startBroker({ store });
    const client = await second.connect('client', { connect: connectAs });
    const topics = new Set<string>();
    for (let i = 0; i < 1000 + COUNT; i++) topics.add((await client.message()).topicName); // 1,000 were kept before
    expect(topics.size).toBe(COUNT);
    const kept = () => [...store.open().sessions][0]!;
    while (kept().deliveries.length > 0 || kept().subscriptions[0]!.isLookingUp === true) await client.messages();
    await client.disconnect();
    expect(second.broker.statistics.dropped).toEqual({});
  });
});

it('a filter that looks at everything and finds nothing keeps nobody waiting, and ends', async () => {
  const { connect, broker } = await startBroker();
  for (let i = 0; i < 50_000; i++) void broker.publish({ topicName: `r/${i}/x`, payload: 'x', retain: true });
  await broker.publish({ topicName: 'done' });
  const client = await connect('client');
  client.send({ type: 'subscribe', subscriptions: [{ topicFilter: '+/+/y' }] });
  await client.next('suback');
  const other = await connect('other');
  await broker.publish({ topicName: 'r/1/y', payload: 'behind it' });
  const [answer] = await Promise.all([client.message(), other.messages()]);
  expect(answer).toMatchObject({ text: 'behind it', retain: false });
});
