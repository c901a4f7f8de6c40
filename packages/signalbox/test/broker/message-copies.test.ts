// Copies of a message that the broker keeps: their numbers rise in the order of delivery, and their bytes are its own.
import { expect, it } from 'vitest';
import { Broker } from '../../src/broker/broker.ts';
import { MemoryStore } from '../../src/broker/store/memory-store.ts';
import { memoryPair } from '../../src/transport/memory.ts';
import { PendingHook } from '../support/pending-hook.ts';
import { startBroker } from '../support/test-broker.ts';
import { TestClient } from '../support/test-client.ts';

const LASTING = { sessionExpiryInterval: 1000 };

it('a QoS 0 copy that is dropped does not take the QoS 1 copy of the same message from the store', async () => {
  const store = new MemoryStore();
  const { broker, transport } = await startBroker({ store });
  const away = new TestClient(transport(), { silent: true });
  away.send({ type: 'connect', clientId: 'away', properties: { ...LASTING, receiveMaximum: 1 } });
  await away.next('connack');
  await away.subscribe('t', 1);
  await away.subscribe('$share/group/t', 0);
  away.transport.pause();
  await broker.publish({ topicName: 't', payload: new Uint8Array(100_000), qos: 1 }); // the network takes no more now
  await new Promise(setImmediate);
  await broker.publish({ topicName: 't', payload: 'kept', qos: 1 });
  broker.disconnect('away');
  await broker.close();
  const again = new Broker({ store, systemTopicsIntervalMs: 0 });
  await again.open();
  const [near, far] = memoryPair();
  again.attach(far);
  const back = await TestClient.connect(near, {
    connect: { clientId: 'away', cleanStart: false, properties: LASTING },
  });
  expect(back.connack.sessionPresent).toBe(true);
  const texts = (await back.messages()).map((text) => text.length);
  expect(texts).toEqual([100_002, 't=kept'.length]);
  await again.close();
});

it('what a hook put in the place of a payload is the broker’s own: the hook may use its memory again', async () => {
  const scratch = new Uint8Array(4);
  const onPublish = (_client: unknown, { payload }: { payload: Uint8Array }) => {
    scratch.set(payload);
    return { payload: scratch };
  };
  const { connect } = await startBroker({ hooks: { onPublish } });
  const client = await connect('a');
  await client.publish('one', '1111', { retain: true, qos: 1 });
  await client.publish('two', '2222', { retain: true, qos: 1 });
  await client.subscribe('#');
  expect((await client.messages()).sort()).toEqual(['one=1111', 'two=2222']);
});

it('a will gets its number when it is published, so that numbers rise in the order of delivery', async () => {
  const store = new MemoryStore();
  const { broker, connect } = await startBroker({ store });
  const will = { topicName: 't', payload: 'will', qos: 1, retain: false, properties: {} } as const;
  const dying = await connect('dying', { connect: { will } });
  const away = await connect('away', { connect: { properties: LASTING } });
  await away.subscribe('t', 1);
  await away.disconnect();
  await broker.publish({ topicName: 't', payload: 'first', qos: 1 });
  await dying.destroy();
  await new Promise(setImmediate);
  const [session] = store.open().sessions;
  const ids = [...session!.deliveries].map(({ message }) => message.id);
  expect(ids).toHaveLength(2);
  expect(ids[1]).toBeGreaterThan(ids[0]!);
});

it('a message that waited for a hook gets its number when it goes on', async () => {
  const store = new MemoryStore();
  const slow = new PendingHook<boolean>();
  const onPublish = ({ clientId }: { clientId: string }) => (clientId === 'asked' ? slow.ask() : true);
  const { connect } = await startBroker({ store, hooks: { onPublish } });
  const away = await connect('away', { connect: { properties: LASTING } });
  await away.subscribe('t', 1);
  await away.disconnect();
  const asked = await connect('asked');
  const other = await connect('other');
  const published = asked.publish('t', 'asked', { qos: 1 });
  await slow.asked;
  await other.publish('t', 'other', { qos: 1 });
  slow.answer(true);
  await published;
  const [session] = store.open().sessions;
  const ids = [...session!.deliveries].map(({ message }) => message.id);
  expect(ids[1]).toBeGreaterThan(ids[0]!);
});
