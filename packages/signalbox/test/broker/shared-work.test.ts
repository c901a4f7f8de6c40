// What a member of a shared group leaves behind when its session ends goes to another member. §4.8.2
import { describe, expect, it } from 'vitest';
import { exchangeOf } from '../../src/broker/broker.ts';
import type { BrokerOptions } from '../../src/broker/broker-options.ts';
import { MemoryStore } from '../../src/broker/store/memory-store.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { startBroker } from '../support/test-broker.ts';

const LASTING = { cleanStart: false, properties: { sessionExpiryInterval: 60 } } as const;
const SILENT = { silent: true } as const;

/** A group of one member that takes and acknowledges nothing; publishes so many messages to it. */
async function start(count: number, filters = ['$share/g/a'], connect: object = {}, options: BrokerOptions = {}) {
  const clock = new ManualClock();
  const started = await startBroker({ clock, limits: { inFlight: 2 }, ...options });
  const first = await started.connect('first', { ...SILENT, connect });
  for (const filter of filters) await first.subscribe(filter, 2);
  const publish = (payload: string, qos: 0 | 1 | 2 = 1) => started.broker.publish({ topicName: 'a', payload, qos });
  for (let i = 0; i < count; i++) await publish(String(i));
  const join = async (clientId = 'second') => {
    const client = await started.connect(clientId);
    await client.subscribe('$share/g/a', 2);
    return client;
  };
  return { ...started, clock, first, publish, join };
}

describe('QoS 1 that a member did not acknowledge', () => {
  it.each([
    ['whose session ends with its connection', {}],
    ['whose session ends at its expiry', LASTING],
  ])('goes to another one, in order, sent or not: of a member %s', async (_, connect) => {
    const { broker, clock, first, join } = await start(5, ['$share/g/a'], connect);
    const second = await join();
    await first.destroy();
    clock.advance(61);
    expect((await second.messages()).sort()).toEqual(['a=0', 'a=1', 'a=2', 'a=3', 'a=4']);
    expect(broker.statistics.dropped).toEqual({});
    expect(exchangeOf(broker).queueBudget.used).toBe(0);
  });

  it('goes to a session that lasts when no other member is there, and is kept for it', async () => {
    const store = new MemoryStore();
    const { broker, connect, clock, first } = await start(3, ['$share/g/a'], LASTING, { store });
    const away = await connect('away', { connect: { ...LASTING, properties: { sessionExpiryInterval: 1_000 } } });
    await away.subscribe('$share/g/a', 1);
    await away.disconnect();
    await first.destroy();
    clock.advance(61);
    await broker.close();
    const again = await startBroker({ store, clock });
    expect(await (await again.connect('away', { connect: LASTING })).messages()).toEqual(['a=0', 'a=1', 'a=2']);
  });

  it('is dropped with the session when there is no other member, or its time is over', async () => {
    const { broker, clock, first, join } = await start(3);
    await first.destroy();
    expect(broker.statistics.dropped).toEqual({ 'session-ended': 3 });
    const again = await start(0, ['$share/g/a'], LASTING);
    const properties = { messageExpiryInterval: 5 };
    await again.broker.publish({ topicName: 'a', payload: 'x', qos: 1, properties });
    const second = await again.join();
    await again.first.destroy();
    again.clock.advance(61);
    expect(await second.messages()).toEqual([]);
    expect(again.broker.statistics.dropped).toEqual({ 'session-ended': 1 });
    expect([clock, join]).toHaveLength(2);
  });

  it('is dropped where more than one subscription can have brought it', async () => {
    for (const other of ['a', '$share/h/a', '#']) {
      const { broker, first, join } = await start(0, ['$share/g/a', other]);
      await broker.publish({ topicName: 'a', payload: 'x', qos: 1 });
      const second = await join();
      await first.destroy();
      expect(await second.messages()).toEqual([]);
      // Without a lasting session only what may have to be passed on is kept until it is acknowledged.
      expect(broker.statistics.dropped['session-ended']).toBe(other === '$share/h/a' ? 2 : 1);
    }
  });

  it('goes on from one slow member to the next, each of which is cut off for it', async () => {
    const options: BrokerOptions = { queuePolicy: 'disconnect', limits: { inFlight: 1, queuedMessages: 3 } };
    const { broker, connect, first, publish } = await start(0, ['$share/g/a'], {}, options);
    for (const clientId of ['slow-1', 'slow-2', 'slow-3']) {
      const member = await connect(clientId, SILENT);
      await member.subscribe('$share/g/a', 1);
    }
    for (let i = 0; i < 8; i++) await publish(String(i));
    await first.destroy();
    await publish('last');
    const { dropped, connected } = broker.statistics;
    expect(connected).toBeLessThanOrEqual(3);
    expect(Object.keys(dropped).every((reason) => reason === 'queue-full' || reason === 'session-ended')).toBe(true);
  });
});

it('[MQTT-4.8.2-5] QoS 2 dies with the session of its member, and QoS 0 with its connection', async () => {
  const { first, publish, join, broker } = await start(0);
  await publish('two', 2);
  const second = await join();
  await first.destroy();
  expect(await second.messages()).toEqual([]);
  expect(broker.statistics.dropped).toEqual({});
});

it('what was acknowledged, or refused, goes nowhere else', async () => {
  const { first, join } = await start(2);
  expect(await first.messages()).toHaveLength(2);
  first.send({ type: 'puback', packetIdentifier: 1 });
  first.send({ type: 'puback', packetIdentifier: 2, reasonCode: 0x80 }); // [MQTT-4.8.2-6]
  const second = await join();
  await first.destroy();
  expect(await second.messages()).toEqual([]);
});

it('a store hears nothing of what is kept for the next member alone', async () => {
  const store = new MemoryStore();
  const { first, broker } = await start(2, ['$share/g/a'], {}, { store });
  await first.messages();
  first.send({ type: 'puback', packetIdentifier: 1 });
  await first.messages();
  expect([...store.open().sessions]).toEqual([]);
  expect(exchangeOf(broker).sessions.get('first')?.inFlightBytes).toBe(2);
});
