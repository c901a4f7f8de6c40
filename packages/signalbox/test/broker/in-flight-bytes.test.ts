// Messages in flight to a session that lasts are kept until they are acknowledged: they take memory like those that wait.
import { expect, it } from 'vitest';
import { exchangeOf } from '../../src/broker/broker.ts';
import { MemoryStore } from '../../src/broker/store/memory-store.ts';
import { Session } from '../../src/mqtt/session.ts';
import { FLAG } from '../support/msip-wire.ts';
import { startBroker } from '../support/test-broker.ts';

const LASTING = { sessionExpiryInterval: 1000 };
const PAYLOAD = new Uint8Array(1000);
/** Two of them are more than a client may always have in flight. */
const LARGE = new Uint8Array(40_000);

it('a client that never acknowledges is sent no more than the limit on bytes, and the rest when it does', async () => {
  const { broker, connect } = await startBroker({ limits: { queuedBytes: 10_000 } });
  const client = await connect('a', { silent: true, connect: { properties: LASTING } });
  await client.subscribe('t', 1);
  for (let i = 0; i < 15; i++) await broker.publish({ topicName: 't', payload: PAYLOAD, qos: 1 });
  expect(await client.messages()).toHaveLength(10);
  for (let packetIdentifier = 1; packetIdentifier <= 10; packetIdentifier++) {
    client.send({ type: 'puback', packetIdentifier });
  }
  expect(await client.messages()).toHaveLength(5);
  expect(broker.statistics.dropped).toEqual({});
});

it('what came back from the store in flight counts until it is acknowledged', async () => {
  const store = new MemoryStore();
  const limits = { queuedBytes: 3000 };
  const first = await startBroker({ store, limits });
  const session = new Session();
  const before = await first.connect('a', { silent: true, session, connect: { properties: LASTING } });
  await before.subscribe('t', 1);
  for (let i = 0; i < 5; i++) await first.broker.publish({ topicName: 't', payload: PAYLOAD, qos: 1 });
  expect(await before.messages()).toHaveLength(3);
  await first.broker.close();
  const { connect, broker } = await startBroker({ store, limits });
  const client = await connect('a', { silent: true, connect: { cleanStart: false, properties: LASTING } });
  const identifiers: number[] = [];
  for (let i = 0; i < 3; i++) identifiers.push((await client.next('publish')).packetIdentifier);
  expect(await client.messages()).toEqual([]);
  for (const packetIdentifier of identifiers) client.send({ type: 'puback', packetIdentifier });
  for (let i = 0; i < 2; i++) {
    const { packetIdentifier } = await client.next('publish');
    client.send({ type: 'puback', packetIdentifier });
  }
  await broker.publish({ topicName: 't', payload: PAYLOAD, qos: 1 });
  expect(await client.messages()).toHaveLength(1);
});

it('what is in flight to all clients counts with what waits for them, and is free again when it is acknowledged', async () => {
  const { broker, connect } = await startBroker({ limits: { queuedBytesInAll: 200_000 } });
  const budget = exchangeOf(broker).queueBudget;
  const connectSilent = () => connect('a', { silent: true, connect: { cleanStart: false, properties: LASTING } });
  const client = await connectSilent();
  await client.subscribe('t', 1);
  const publish = () => broker.publish({ topicName: 't', payload: LARGE, qos: 1 });
  for (let i = 0; i < 10; i++) await publish();
  expect(await client.messages()).toHaveLength(4);
  expect(broker.statistics.dropped).toEqual({ 'memory-full': 6 });
  expect(budget.used).toBe(4 * 40_001);
  client.send({ type: 'puback', packetIdentifier: 1 });
  client.send({ type: 'puback', packetIdentifier: 2 });
  expect(await client.messages()).toEqual([]);
  expect(budget.used).toBe(2 * 40_001);
  await client.destroy();
  for (let i = 0; i < 3; i++) await publish(); // two of them wait
  expect(budget.used).toBe(4 * 40_001);
  const again = await connectSilent();
  expect(await again.messages()).toHaveLength(4);
  expect(budget.used).toBe(4 * 40_001);
  await again.disconnect(0, { sessionExpiryInterval: 0 });
  expect(budget.used).toBe(0);
});

it('a client that acknowledges goes on when another has used up the memory of all', async () => {
  const { broker, connect } = await startBroker({ limits: { queuedBytesInAll: 200_000 } });
  const frozen = await connect('frozen', { silent: true, connect: { properties: LASTING } });
  const healthy = await connect('healthy', { connect: { properties: LASTING } });
  for (const client of [frozen, healthy]) await client.subscribe('t', 1);
  for (let i = 0; i < 10; i++) {
    await broker.publish({ topicName: 't', payload: LARGE, qos: 1 });
    expect(await healthy.messages()).toHaveLength(1);
  }
  expect(await frozen.messages()).toHaveLength(4);
});

it('MSIP: the same for EVENTs of an acknowledged session, and for one that becomes plain', async () => {
  const { broker, msip } = await startBroker({ limits: { queuedBytesInAll: 200_000 } });
  const budget = exchangeOf(broker).queueBudget;
  const client = await msip('a', FLAG.ackRequired);
  await client.subscribe('t');
  for (let i = 0; i < 10; i++) await broker.publish({ topicName: 't', payload: LARGE, qos: 1 });
  expect(budget.used).toBe(4 * 40_001);
  expect(broker.statistics.dropped).toEqual({ 'memory-full': 6 });
  client.transport.destroy();
  await client.closed;
  await msip('a');
  expect(budget.used).toBe(0);
});
