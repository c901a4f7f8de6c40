// Looking up retained messages takes time for each filter, and a SUBSCRIBE of a few kilobytes has a thousand of them.
import { expect, it } from 'vitest';
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
