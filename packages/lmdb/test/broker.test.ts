// A broker whose store is a folder, and the next one on the same folder: everything is there, and time went on meanwhile.

import { expect, it, onTestFinished } from 'vitest';
import { ManualClock } from '../../signalbox/test/support/manual-clock.ts';
import { RawClient } from '../../signalbox/test/support/raw-client.ts';
import { startBroker, type TestBroker } from '../../signalbox/test/support/test-broker.ts';
import { LmdbStore } from '../src/lmdb-store.ts';
import { temporaryFolder } from './folder.ts';

const lasting = (sessionExpiryInterval: number) => ({ cleanStart: false, properties: { sessionExpiryInterval } });

/** Brokers one after another on one folder and one clock. */
function place() {
  const path = temporaryFolder();
  const clock = new ManualClock();
  const start = async (): Promise<TestBroker> => {
    const started = await startBroker({ store: new LmdbStore({ path, durability: 'process' }), clock });
    onTestFinished(() => started.broker.close());
    return started;
  };
  return { clock, start };
}

it('sessions, queues and retained messages are there, and expire when they would have', async () => {
  const { clock, start } = place();
  let { broker, connect } = await start();
  const short = await connect('short', { connect: lasting(100) });
  const long = await connect('long', { connect: lasting(1000) });
  for (const client of [short, long]) {
    await client.subscribe('a/#', 2);
    await client.disconnect();
  }
  const publisher = await connect('publisher');
  await publisher.publish('a/1', 'lasts', { qos: 1 });
  await publisher.publish('a/2', 'expires', { qos: 2, properties: { messageExpiryInterval: 150 } });
  await publisher.publish('r', 'retained', { qos: 1, retain: true });
  await publisher.publish('s', 'for a while', { qos: 1, retain: true, properties: { messageExpiryInterval: 150 } });
  clock.advance(60);
  await broker.close();
  clock.advance(60); // nobody is there
  ({ broker, connect } = await start());
  expect((await connect('short', { connect: lasting(100) })).connack.sessionPresent).toBe(false);
  clock.advance(40);
  const again = await connect('long', { connect: lasting(1000) });
  expect(again.connack.sessionPresent).toBe(true);
  expect(await again.messages()).toEqual(['a/1=lasts']);
  const later = await connect('later');
  await later.subscribe('#', 0);
  expect(await later.messages()).toEqual(['r=retained']);
});

it('a will waits for what is left of its delay', async () => {
  const { clock, start } = place();
  const will = {
    topicName: 'will',
    payload: 'gone',
    qos: 1,
    retain: false,
    properties: { willDelayInterval: 100 },
  } as const;
  let { broker, connect } = await start();
  await (await connect('client', { connect: { ...lasting(1000), will } })).destroy();
  clock.advance(60);
  await broker.close();
  ({ broker, connect } = await start());
  const watcher = await connect('watcher');
  await watcher.subscribe('will', 0);
  clock.advance(39);
  expect(await watcher.messages()).toEqual([]);
  clock.advance(2);
  expect(await watcher.messages()).toEqual(['will=gone']);
});

it('QoS 2 goes on where it was, both ways', async () => {
  const { start } = place();
  let { broker, transport } = await start();
  const connect = { type: 'connect', clientId: 'client', ...lasting(1000) } as const;
  const publish = { type: 'publish', topicName: 'a', payload: 'once', qos: 2, packetIdentifier: 7 } as const;
  const before = new RawClient(transport());
  before.write(connect, { type: 'subscribe', packetIdentifier: 1, subscriptions: [{ topicFilter: 'a', qos: 2 }] });
  await before.take(2);
  before.write(publish);
  const sent = (await before.take(2)).find(({ type }) => type === 'publish');
  await broker.close();
  ({ broker, transport } = await start());
  const after = new RawClient(transport());
  after.write(connect, { ...publish, duplicate: true });
  const packets = await after.take(3);
  expect(packets.map(({ type }) => type).sort()).toEqual(['connack', 'publish', 'pubrec']);
  expect(packets.find(({ type }) => type === 'publish')).toMatchObject({
    packetIdentifier: (sent as { packetIdentifier: number }).packetIdentifier,
    duplicate: true,
  });
  after.write({ type: 'pubrel', packetIdentifier: 7 });
  expect(await after.next()).toMatchObject({ type: 'pubcomp', packetIdentifier: 7, reasonCode: 0 });
});

it('what waits is sent in the order in which the session got it: queue, then retained for a new subscription', async () => {
  const { start } = place();
  let { broker, connect, transport } = await start();
  const client = new RawClient(transport());
  const properties = { sessionExpiryInterval: 1000, receiveMaximum: 1 };
  client.write({ type: 'connect', clientId: 'client', cleanStart: false, properties });
  client.write({ type: 'subscribe', packetIdentifier: 1, subscriptions: [{ topicFilter: 'a', qos: 1 }] });
  await client.take(2);
  const publisher = await connect('publisher');
  for (const text of ['1', '2', '3']) await publisher.publish('a', text, { qos: 1, retain: true });
  await client.next(); // the first one, and it is not acknowledged
  client.write({ type: 'subscribe', packetIdentifier: 2, subscriptions: [{ topicFilter: '+', qos: 1 }] });
  await client.next();
  await publisher.publish('a', '4', { qos: 1 });
  await broker.close();
  ({ broker, connect, transport } = await start());
  const again = await connect('client', { connect: lasting(1000) });
  const texts = [...(await again.messages())].map((text) => text.replace('a=', ''));
  expect(texts).toEqual(['1', '2', '3', '3', '4']);
});
