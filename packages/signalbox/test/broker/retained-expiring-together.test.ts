// Many retained messages that expire in the same moment: nobody waits until all of them are removed. §3.3.2.3.3
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { exchangeOf } from '../../src/broker/broker.ts';
import { MemoryStore } from '../../src/broker/store/memory-store.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { startBroker } from '../support/test-broker.ts';

const COUNT = 3_500;

async function begin() {
  const clock = new ManualClock();
  const store = new MemoryStore();
  const started = await startBroker({ clock, store });
  const properties = { messageExpiryInterval: 60 };
  for (let i = 0; i < COUNT; i++) {
    void started.broker.publish({ topicName: `r/${i}`, payload: 'x', retain: true, properties });
  }
  await started.broker.publish({ topicName: 'stays', payload: 'x', retain: true });
  return { clock, store, exchange: exchangeOf(started.broker), ...started };
}

it('are removed in portions, from the store as well, and are found by nobody meanwhile', async () => {
  const { clock, store, exchange, connect } = await begin();
  clock.jump(60);
  const left: number[] = [];
  const client = await connect('client');
  left.push(exchange.retained.count);
  await client.subscribe('#');
  expect(await client.messages()).toEqual(['stays=x']);
  while (exchange.retained.count > 1) {
    left.push(exchange.retained.count);
    await turn();
  }
  for (const [index, count] of left.entries())
    expect((left[index - 1] ?? COUNT + 1) - count).toBeLessThanOrEqual(3_000);
  expect([...store.open().retained].map(({ topic }) => topic.name)).toEqual(['stays']);
});

it('a broker that closes meanwhile leaves the rest to the next one', async () => {
  const { clock, store, broker, exchange } = await begin();
  clock.jump(60);
  expect(exchange.retained.count).toBe(COUNT + 1 - 1_000);
  await broker.close();
  await turn();
  expect([...store.open().retained]).toHaveLength(COUNT + 1 - 1_000);
  const next = exchangeOf((await startBroker({ clock, store })).broker);
  clock.advance(1);
  for (let i = 0; i < 10; i++) await turn();
  expect(next.retained.count).toBe(1);
});
