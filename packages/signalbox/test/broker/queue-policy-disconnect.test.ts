// queuePolicy 'disconnect': who is too slow is cut off once, and then gets what waited for it before it can be again.
import { expect, it } from 'vitest';
import { startBroker } from '../support/test-broker.ts';

const KEPT = { cleanStart: false, properties: { sessionExpiryInterval: 3_600 } };

it('a client that subscribes to its own messages comes through with a full queue, and is not cut off for ever', async () => {
  const { connect, broker } = await startBroker({
    queuePolicy: 'disconnect',
    limits: { queuedMessages: 5, inFlight: 2 },
  });
  const first = await connect('echo', { connect: KEPT, silent: true });
  await first.subscribe('own', 1);
  for (let number = 0; number < 20; number++) void first.publish('own', String(number), { qos: 1 });
  expect(await first.next('disconnect')).toMatchObject({ reasonCode: 0x97 });
  await first.closed;
  // It publishes before it acknowledges anything, as a client does that sends again what was not acknowledged.
  const second = await connect('echo', { connect: KEPT, silent: true });
  expect(second.connack.sessionPresent).toBe(true);
  for (let number = 20; number < 25; number++) expect(await second.publish('own', String(number), { qos: 1 })).toBe(0);
  expect(broker.statistics.connected).toBe(1);
  expect(broker.statistics.dropped['queue-full']).toBeGreaterThanOrEqual(5);
  await second.disconnect();
  // Now it takes what waits, and is as any other again.
  const third = await connect('echo', { connect: KEPT });
  const waited: string[] = [];
  for (let round = 0; round < 5; round++) waited.push(...(await third.messages())); // two in flight at a time
  expect(waited.length).toBeGreaterThanOrEqual(5);
  await third.disconnect();
  const fourth = await connect('echo', { connect: KEPT, silent: true });
  for (let number = 0; number < 20; number++) void fourth.publish('own', String(number), { qos: 1 });
  expect(await fourth.next('disconnect')).toMatchObject({ reasonCode: 0x97 });
});

it('a busy topic does not keep a client away that comes back to a full queue', async () => {
  const { connect, broker } = await startBroker({ queuePolicy: 'disconnect', limits: { queuedMessages: 5 } });
  const away = await connect('away', { connect: KEPT });
  await away.subscribe('busy', 1);
  await away.disconnect();
  const publisher = await connect('publisher');
  for (let number = 0; number < 10; number++) await publisher.publish('busy', String(number), { qos: 1 });
  const back = await connect('away', { connect: KEPT });
  for (let number = 10; number < 15; number++) await publisher.publish('busy', String(number), { qos: 1 });
  expect(await back.messages()).toEqual(expect.arrayContaining(['busy=0', 'busy=4', 'busy=14']));
  expect(broker.statistics.dropped).toEqual({ 'queue-full': 5 });
});
