// Many sessions that end in the same moment, with their wills: nobody who is there waits for all of them. §3.1.2.11.2
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { MemoryStore } from '../../src/broker/store/memory-store.ts';
import { TopicNames } from '../../src/mqtt/topic-names.ts';
import { createMessage } from '../../src/routing/message.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { startBroker } from '../support/test-broker.ts';

const COUNT = 5000;
const NOTHING = new Uint8Array(0);

async function begin(hasWills: 'wills' | 'no wills') {
  const clock = new ManualClock();
  const store = new MemoryStore();
  const topic = new TopicNames().internString('will');
  for (let i = 0; i < COUNT; i++) {
    const fields = { topic, payload: NOTHING, qos: 1, retain: false, properties: NOTHING, publisher: '' } as const;
    const message = { ...createMessage({ ...fields, expiresAt: Infinity }), id: i + 1 };
    const will = hasWills === 'wills' ? { message, willDelayInterval: 60, messageExpiryInterval: -1 } : undefined;
    const session = { clientId: `c${i}`, sessionExpiryInterval: 60, disconnectedAt: clock.now(), will };
    store.write({ type: 'session', session });
  }
  return { clock, store, ...(await startBroker({ clock, store })) };
}

it('are ended in portions, and others have their turn between these', async () => {
  const { clock, store } = await begin('no wills');
  clock.jump(60);
  const left: number[] = [];
  for (let i = 0; i < 20; i++) {
    left.push([...store.open().sessions].length);
    await turn();
  }
  expect(left[0]).toBe(COUNT - 1000);
  expect(left.slice(0, 6).map((count, index) => (left[index - 1] ?? COUNT) - count)).toEqual([
    1000, 1000, 1000, 1000, 1000, 0,
  ]);
  expect(left.at(-1)).toBe(0);
});

it('[MQTT-3.1.2-5] [MQTT-3.1.2-6] a client that comes before its session was ended finds none', async () => {
  const { clock, connect } = await begin('no wills');
  clock.jump(60);
  const client = await connect(`c${COUNT - 1}`, { connect: { cleanStart: false } });
  expect(client.connack.sessionPresent).toBe(false);
});

it('[MQTT-3.1.2-8] publish each will once', async () => {
  const { clock, connect } = await begin('wills');
  const client = await connect('watching');
  await client.subscribe('will', 1);
  clock.jump(60);
  for (let i = 0; i < COUNT; i++) await client.message();
  expect(await client.messages()).toEqual([]);
});

it('a broker that closes meanwhile leaves the rest to the next one', async () => {
  const { clock, store, broker } = await begin('no wills');
  clock.jump(60);
  await broker.close();
  await turn();
  expect([...store.open().sessions].length).toBe(COUNT - 1000);
  const next = await startBroker({ clock, store });
  const client = await next.connect('c4999', { connect: { cleanStart: false } });
  expect(client.connack.sessionPresent).toBe(false);
});
