// What ends or begins sessions in crowds.
import { expect, it } from 'vitest';
import { PendingHook } from '../support/pending-hook.ts';
import { startBroker } from '../support/test-broker.ts';
import { TestClient } from '../support/test-client.ts';

it('wills that cut off each other’s slow receivers go out one after another, not within one another', async () => {
  const { broker, connect } = await startBroker({ queuePolicy: 'disconnect', limits: { queuedMessages: 1 } });
  let gone = 0;
  broker.on('disconnected', () => gone++);
  const count = 3000;
  for (let i = 0; i < count; i++) {
    const will = { topicName: 'status', payload: 'gone', qos: 1, retain: false, properties: {} } as const;
    const client = await connect(`c${i}`, { silent: true, connect: { will, properties: { receiveMaximum: 1 } } });
    await client.subscribe('status', 1);
    client.closed.catch(() => {});
  }
  await broker.publish({ topicName: 'status', payload: '1', qos: 1 });
  await broker.publish({ topicName: 'status', payload: '2', qos: 1 });
  await broker.publish({ topicName: 'status', payload: '3', qos: 1 });
  expect(gone).toBe(count);
  expect(broker.statistics.connected).toBe(0);
}, 20_000);

it('the limit on sessions holds also for clients that wait for their hook together', async () => {
  const authenticate = new PendingHook<boolean>();
  const { broker, transport } = await startBroker({
    hooks: { authenticate: authenticate.ask },
    limits: { sessions: 2 },
  });
  const clients = Array.from({ length: 5 }, (_, index) => {
    const client = new TestClient(transport());
    client.send({ type: 'connect', clientId: `c${index}` });
    return client;
  });
  await authenticate.asked;
  await new Promise(setImmediate);
  authenticate.answer(true);
  const codes = await Promise.all(clients.map(async (client) => (await client.next('connack')).reasonCode));
  expect(codes).toEqual([0, 0, 0x97, 0x97, 0x97]);
  expect(broker.statistics.connected).toBe(2);
});
