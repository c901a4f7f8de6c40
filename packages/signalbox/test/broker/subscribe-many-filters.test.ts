// Looking up retained messages takes time for each filter, and a SUBSCRIBE of a few kilobytes has a thousand of them.
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../support/manual-clock.ts';
import { connectRaw } from '../support/raw-connected.ts';
import { startBroker } from '../support/test-broker.ts';

async function begin() {
  const started = await startBroker();
  for (let i = 0; i < 5000; i++) await started.broker.publish({ topicName: `r/${i}`, payload: 'x', retain: true });
  return started;
}

/** Each looks at everything and finds nothing. */
const FILTERS = Array.from({ length: 1500 }, (_, index) => ({ topicFilter: `+/+/n${index}` }));

it('a SUBSCRIBE with many filters does not keep other clients waiting', async () => {
  const { connect } = await begin();
  const greedy = await connect('greedy');
  const other = await connect('other');
  greedy.send({ type: 'subscribe', subscriptions: FILTERS });
  const order: string[] = [];
  const answered = greedy.next('suback').then(() => order.push('suback'));
  await new Promise(setImmediate);
  for (let i = 0; i < 3; i++) {
    other.send({ type: 'pingreq' });
    await other.next('pingresp');
    order.push('pingresp');
  }
  greedy.transport.destroy();
  await Promise.allSettled([answered]);
  expect(order).toEqual(['pingresp', 'pingresp', 'pingresp']);
});

it('neither do many SUBSCRIBE packets of one filter in one read', async () => {
  const started = await begin();
  const greedy = await connectRaw(started, 'greedy');
  const other = await started.connect('other');
  const packets = Array.from({ length: 1500 }, (_, index) => {
    return { type: 'subscribe', packetIdentifier: index + 1, subscriptions: [FILTERS[index]!] } as const;
  });
  let entered = 0;
  started.broker.on('subscribed', () => entered++);
  greedy.write(...packets);
  await new Promise(setImmediate);
  for (let i = 0; i < 3; i++) {
    other.send({ type: 'pingreq' });
    await other.next('pingresp');
    expect(entered).toBeLessThan(1500);
  }
});

it('what follows in the same read is answered after it, in order', async () => {
  const { connect } = await begin();
  const client = await connect('a');
  client.send({ type: 'subscribe', subscriptions: FILTERS.slice(0, 30) });
  client.send({ type: 'unsubscribe', topicFilters: ['+/+/n1'] });
  expect((await client.next('suback')).reasonCodes).toHaveLength(30);
  expect((await client.next('unsuback')).reasonCodes).toEqual([0]);
});

it('a client that goes in the middle of its SUBSCRIBE leaves nothing behind', async () => {
  const { broker, connect } = await begin();
  const greedy = await connect('greedy');
  const gone = new Promise<void>((resolve) => {
    broker.on('disconnected', () => resolve());
  });
  greedy.send({ type: 'subscribe', subscriptions: FILTERS });
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  expect(broker.disconnect('greedy')).toBe(true);
  await gone;
  expect(broker.statistics.connected).toBe(0);
});

describe('where each filter is asked about', () => {
  const MOST = 10_000;
  const many = Array.from({ length: MOST }, (_, index) => ({ topicFilter: `f/${index}` }));

  it('a SUBSCRIBE may have as many filters as a client may have', async () => {
    const { connect } = await startBroker({ hooks: { authorize: () => true } });
    const client = await connect('a');
    client.send({ type: 'subscribe', subscriptions: many });
    expect((await client.next('suback')).reasonCodes).toEqual(Array(MOST).fill(0));
  });

  /** Rules that take a millisecond for each filter. */
  async function withSlowRules() {
    const clock = new ManualClock();
    const asked: string[] = [];
    const authorize = (_: unknown, action: string, topic: string): boolean => {
      if (action === 'subscribe') clock.advance(0.001);
      asked.push(topic);
      return topic !== 'f/7';
    };
    return { ...(await startBroker({ clock, hooks: { authorize } })), asked };
  }

  it('others go between where the rules take long', async () => {
    const { connect, asked } = await withSlowRules();
    const [greedy, other] = [await connect('greedy'), await connect('other')];
    greedy.send({ type: 'subscribe', subscriptions: many.slice(0, 200) });
    for (let pings = 0; pings < 3; pings++) {
      other.send({ type: 'pingreq' });
      await other.next('pingresp');
      expect(asked.length).toBeLessThan(200);
    }
    const { reasonCodes } = await greedy.next('suback');
    expect(reasonCodes).toEqual(Array.from({ length: 200 }, (_, index) => (index === 7 ? 0x87 : 0)));
    expect(asked).toHaveLength(200);
  });

  it('nobody is asked on behalf of a client that has gone meanwhile', async () => {
    const { broker, connect, asked } = await withSlowRules();
    const greedy = await connect('greedy');
    greedy.send({ type: 'subscribe', subscriptions: many });
    while (asked.length === 0) await new Promise(setImmediate);
    broker.disconnect('greedy');
    const before = asked.length;
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
    expect(asked.length).toBeLessThanOrEqual(before + 5);
  });

  it('of a session that comes back with many, others go between, too', async () => {
    const { connect, asked } = await withSlowRules();
    const lasting = { connect: { cleanStart: false, properties: { sessionExpiryInterval: 1000 } } };
    const client = await connect('a', lasting);
    client.send({ type: 'subscribe', subscriptions: many.slice(8, 208) });
    await client.next('suback');
    await client.disconnect();
    const other = await connect('other');
    asked.length = 0;
    const again = connect('a', lasting);
    for (let pings = 0; pings < 3; pings++) {
      other.send({ type: 'pingreq' });
      await other.next('pingresp');
      expect(asked.length).toBeLessThan(200);
    }
    expect((await again).connack.sessionPresent).toBe(true);
    expect(asked).toHaveLength(200);
  });

  it('a filter of more levels than are allowed is not shown to the rules: they take a step for each level', async () => {
    const { connect, asked } = await withSlowRules();
    const client = await connect('a');
    expect((await client.subscribe('/'.repeat(200))).reasonCodes).toEqual([0x8f]);
    expect(asked).toEqual([]);
  });
});
