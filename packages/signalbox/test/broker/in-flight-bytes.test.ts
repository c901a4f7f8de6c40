// Messages in flight to a session that lasts are kept until they are acknowledged: they take memory like those that wait.
import { expect, it } from 'vitest';
import { MemoryStore } from '../../src/broker/store/memory-store.ts';
import { Session } from '../../src/mqtt/session.ts';
import { startBroker } from '../support/test-broker.ts';

const LASTING = { sessionExpiryInterval: 1000 };
const PAYLOAD = new Uint8Array(1000);

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
