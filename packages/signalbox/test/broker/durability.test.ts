// How long an acknowledgement lasts: a choice of the broker and of each listener, no more than the store keeps, and what
// clients and operators see of it.

import { describe, expect, it, onTestFinished } from 'vitest';
import { Broker } from '../../src/broker/broker.ts';
import type { Durability, EntranceSettings } from '../../src/broker/index.ts';
import { MemoryStore } from '../../src/broker/store/memory-store.ts';
import type { StoreChange } from '../../src/broker/store/store.ts';
import { memoryPair } from '../../src/transport/memory.ts';
import { HeldStore } from '../support/held-store.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { RawClient } from '../support/raw-client.ts';
import { startBroker } from '../support/test-broker.ts';

const LASTING = { cleanStart: false, properties: { sessionExpiryInterval: 3600 } } as const;

/** A client that came in where things are so. */
function enter(broker: Broker, settings: EntranceSettings, clientId: string): RawClient {
  const [near, far] = memoryPair();
  broker.attach(far, settings);
  onTestFinished(() => near.destroy());
  const client = new RawClient(near);
  client.write({ type: 'connect', clientId, ...LASTING });
  return client;
}

describe('durability', () => {
  it('of an entrance is whether its clients wait for the store', async () => {
    const store = new HeldStore();
    const { broker, connect } = await startBroker({ store });
    await (await connect('away', { connect: LASTING })).subscribe('a', 2);
    const hasty = enter(broker, { durability: 'memory' }, 'hasty');
    const patient = enter(broker, {}, 'patient');
    expect(await hasty.next()).toMatchObject({ properties: { userProperties: [['durability', 'memory']] } });
    expect(await patient.next()).toMatchObject({ properties: { userProperties: [['durability', 'process']] } });
    void store.hold();
    const subscriptions = [{ topicFilter: 'b', qos: 1 }] as const;
    for (const client of [hasty, patient]) {
      client.write(
        { type: 'publish', topicName: 'a', qos: 1, packetIdentifier: 1 },
        { type: 'publish', topicName: 'a', qos: 2, packetIdentifier: 2 },
        { type: 'subscribe', packetIdentifier: 3, subscriptions },
        { type: 'pingreq' },
      );
    }
    const types = async (client: RawClient, count: number) => (await client.take(count)).map(({ type }) => type).sort();
    expect(await types(hasty, 4)).toEqual(['pingresp', 'puback', 'pubrec', 'suback']);
    expect(await types(patient, 1)).toEqual(['pingresp']);
    store.release();
    expect(await types(patient, 3)).toEqual(['puback', 'pubrec', 'suback']);
  });

  it('of the broker holds where an entrance has none, and lets QoS 2 out at once', async () => {
    const store = new HeldStore();
    const { broker } = await startBroker({ store, durability: 'memory' });
    expect(broker.durability).toBe('memory');
    const client = enter(broker, {}, 'client');
    await client.next();
    void store.hold();
    client.write({ type: 'subscribe', packetIdentifier: 3, subscriptions: [{ topicFilter: 'a', qos: 2 }] });
    await client.next();
    client.write({ type: 'publish', topicName: 'a', qos: 2, packetIdentifier: 2 });
    const types = (await client.take(2)).map(({ type }) => type).sort();
    expect(types).toEqual(['publish', 'pubrec']);
    store.release();
  });

  it('is that of the store by default, and on $SYS for operators', async () => {
    const { broker, connect } = await startBroker({ store: new HeldStore(), systemTopicsIntervalMs: 1000 });
    expect(broker.durability).toBe('process');
    const client = await connect('client');
    await client.subscribe('$SYS/broker/store/durability', 0);
    expect((await client.message()).text).toBe('process');
    expect((await startBroker()).broker.durability).toBe('memory');
  });

  it('is not announced to a client that takes small packets only, nor by a broker in memory', async () => {
    const { broker } = await startBroker({ store: new HeldStore() });
    const [near, far] = memoryPair();
    broker.attach(far);
    const client = new RawClient(near);
    client.write({ type: 'connect', clientId: 'small', properties: { maximumPacketSize: 100 } });
    const connack = await client.next();
    expect(connack.type === 'connack' && connack.properties.userProperties).toBe(undefined);
    const inMemory = await (await startBroker()).connect('client');
    expect(inMemory.connack.properties.userProperties).toBe(undefined);
    near.destroy();
  });

  it('cannot be more than the store keeps', async () => {
    const wrong = /more than the store of this broker keeps, which is process/;
    const store = new HeldStore();
    expect(() => new Broker({ store, durability: 'disk' })).toThrow(wrong);
    expect(() => new Broker({ durability: 'process' })).toThrow(RangeError);
    expect(() => new Broker({ durability: 'always' as Durability })).toThrow(/one of memory, process, disk/);
    const { broker } = await startBroker({ store });
    await expect(broker.listen('mqtt://127.0.0.1:0', { durability: 'disk' })).rejects.toThrow(wrong);
    const [near, far] = memoryPair();
    expect(() => broker.attach(far, { durability: 'disk' })).toThrow(wrong);
    near.destroy();
  });
});

describe('wills', () => {
  const will = { topicName: 'will', payload: 'gone', qos: 1, retain: false, properties: {} } as const;

  it('[MQTT-3.1.2-8] that of a client whose session ends with its connection outlives a kill of the broker', async () => {
    const store = new HeldStore();
    const clock = new ManualClock();
    const first = await startBroker({ store, clock });
    await (await first.connect('watcher', { connect: LASTING })).subscribe('will', 1);
    await first.connect('client', { connect: { will } });
    const leaving = await first.connect('leaving', { connect: { will: { ...will, payload: 'not gone' } } });
    await leaving.disconnect();
    const second = await startBroker({ store, clock }); // the first one was killed: it says nothing more
    const watcher = await second.connect('watcher', { connect: LASTING });
    expect((await watcher.message()).text).toBe('gone');
    expect(await watcher.messages()).toEqual([]);
    const left = [...store.kept.open().sessions].map(({ clientId }) => clientId);
    expect(left).toEqual(['watcher']);
  });

  it('is no burden for a store in memory, which nobody gets to see after a kill', async () => {
    const store = new MemoryStore();
    const { connect } = await startBroker({ store });
    await connect('client', { connect: { will } });
    expect([...store.open().sessions]).toEqual([]);
  });
});

describe('what waits for the store', () => {
  it('is counted: a client that goes on publishing meanwhile is not read', async () => {
    const store = new HeldStore();
    const { broker, connect } = await startBroker({ store, limits: { unsentBytes: 400, receiveMaximum: 65_535 } });
    await (await connect('away', { connect: LASTING })).subscribe('a', 1);
    const client = enter(broker, {}, 'client');
    await client.next();
    void store.hold();
    for (let i = 1; i <= 300; i++) {
      client.write({ type: 'publish', topicName: 'a', qos: 1, packetIdentifier: i });
      await new Promise(setImmediate);
    }
    expect(broker.statistics.publishReceived).toBeLessThan(120); // 101 acknowledgements of 4 bytes, and what was read with the last
    store.release();
    const acknowledged = await client.take(300);
    expect(acknowledged.every(({ type }) => type === 'puback')).toBe(true);
  });
});

describe('a store that throws', () => {
  it('against its contract, while a connection goes: the broker lives, and says so', async () => {
    const store = new MemoryStore();
    const { broker, connect } = await startBroker({ store });
    const errors: string[] = [];
    broker.on('error', ({ error }) => errors.push((error as Error).message));
    const client = await connect('client', { connect: LASTING });
    store.write = (_: StoreChange) => {
      throw new Error('a bug');
    };
    await client.destroy();
    Reflect.deleteProperty(store, 'write');
    const again = await connect('client', { connect: LASTING });
    expect(again.connack.sessionPresent).toBe(true);
    expect(errors).toEqual(['a bug']);
  });
});
