// Limits of the broker as such, and of what it keeps: what happens at each, and what the client is told.
import { describe, expect, it } from 'vitest';
import { Broker } from '../../src/broker/broker.ts';
import type { BrokerHooks } from '../../src/broker/hooks.ts';
import { type BrokerLimits, DEFAULT_LIMITS } from '../../src/broker/limits.ts';
import { MemoryStore } from '../../src/broker/store/memory-store.ts';
import { connectFrom } from '../support/address.ts';
import { MsipRawClient } from '../support/msip-raw-client.ts';
import { startBroker } from '../support/test-broker.ts';

describe('limits are checked', () => {
  for (const [name, values] of Object.entries({
    connections: [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY],
    packetSize: [0, 1023, 268_435_461],
    receiveMaximum: [0, 65_536],
    inFlight: [0, 65_536],
    topicAliases: [-1, 65_536],
    sessionExpiryInterval: [-1, 0x1_0000_0000],
    keepAlive: [-1, 65_536],
    retainedBytes: [-1],
    queuedMessages: [0],
  })) {
    it(`${name} out of range is a RangeError that names it`, () => {
      for (const value of values) expect(() => new Broker({ limits: { [name]: value } })).toThrow(`limits.${name}`);
    });
  }

  it('a limit that does not exist, or no number, is refused', () => {
    expect(() => new Broker({ limits: { connection: 1 } as unknown as Partial<BrokerLimits> })).toThrow('connection');
    expect(() => new Broker({ limits: { connections: '1' } as unknown as Partial<BrokerLimits> })).toThrow(RangeError);
  });

  it('one that is undefined is the default', () => {
    const limits = { connections: undefined } as unknown as Partial<BrokerLimits>;
    expect(new Broker({ limits }).limits).toEqual(DEFAULT_LIMITS);
  });
});

describe('limits of sessions and subscriptions', () => {
  it('sessions: a new one is refused with 0x97 and counted', async () => {
    const { connect, broker } = await startBroker({ limits: { sessions: 1 } });
    await connect('one');
    expect((await connect('two')).connack.reasonCode).toBe(0x97);
    expect((await connect('three', { protocolVersion: 4 })).connack.reasonCode).toBe(3);
    expect(broker.statistics.connectionsRefused).toBe(2);
  });

  it('anonymousSessions: one more that is to last is refused with 0x97; short ones and those with a name are not', async () => {
    const { connect } = await startBroker({ limits: { anonymousSessions: 1 } });
    const lasting = { cleanStart: false, properties: { sessionExpiryInterval: 60 } };
    const first = await connect('one', { connect: lasting });
    expect((await connect('two', { connect: lasting })).connack.reasonCode).toBe(0x97);
    expect((await connect('old', { protocolVersion: 4, connect: { cleanStart: false } })).connack.reasonCode).toBe(3);
    expect((await connect('short')).connack.reasonCode).toBe(0);
    expect((await connect('named', { connect: { ...lasting, username: 'u' } })).connack.reasonCode).toBe(0);
    await first.disconnect();
    expect((await connect('one', { connect: lasting })).connack.sessionPresent).toBe(true);
    expect((await connect('one')).connack.reasonCode).toBe(0); // a clean start, and nothing that lasts
    expect((await connect('two', { connect: lasting })).connack.reasonCode).toBe(0);
  });

  it('sessionsPerUser: one more that is to last is refused with 0x97; others have their own, and it is the same after a restart', async () => {
    const store = new MemoryStore();
    const hooks: BrokerHooks = { authenticate: (_, { username }) => ({ username }) };
    const options = { store, hooks, limits: { sessionsPerUser: 2 } };
    const { connect, broker, msip } = await startBroker(options);
    const come = (by: typeof connect, clientId: string, username: string, sessionExpiryInterval = 60) =>
      by(clientId, { connect: { cleanStart: false, username, properties: { sessionExpiryInterval } } });
    const codes: number[] = [];
    for (const clientId of ['one', 'two', 'three'])
      codes.push((await come(connect, clientId, 'alice')).connack.reasonCode);
    expect(codes).toEqual([0, 0, 0x97]);
    expect((await come(connect, 'four', 'alice', 0)).connack.reasonCode).toBe(0);
    expect((await come(connect, 'three', 'bob')).connack.reasonCode).toBe(0);
    expect((await come(connect, 'two', 'alice')).connack.sessionPresent).toBe(true);
    await (await come(connect, 'two', 'alice', 0)).disconnect();
    expect((await come(connect, 'five', 'alice')).connack.reasonCode).toBe(0);
    expect(broker.statistics.refused).toEqual({ [0x97]: 1 });
    expect((await msip('six')).transport).toBeDefined(); // without a name: by its address, and it has none
    await broker.close();
    const again = await startBroker(options);
    expect((await come(again.connect, 'seven', 'alice')).connack.reasonCode).toBe(0x97);
    expect((await come(again.connect, 'one', 'alice')).connack.sessionPresent).toBe(true);
  });

  it('sessionsPerAddress: the same for those who proved nothing, whatever name they say', async () => {
    const { broker, transport } = await startBroker({ limits: { sessionsPerAddress: 2 } });
    const properties = { sessionExpiryInterval: 60 };
    const come = async (clientId: string, address: string) => {
      const connect = { clientId, username: clientId, cleanStart: false, properties };
      return (await connectFrom(broker, address, { connect })).connack.reasonCode;
    };
    expect([await come('one', '192.0.2.1:1'), await come('two', '192.0.2.1:2')]).toEqual([0, 0]);
    expect([await come('three', '192.0.2.1:3'), await come('three', '192.0.2.2:1')]).toEqual([0x97, 0]);
    const other = MsipRawClient.connect(transport('192.0.2.1:4', { protocol: 'msip' }), 'four');
    expect((await (await other).closed)[0]).toMatch(/^error .*as many sessions/);
    expect(await come('two', '192.0.2.2:2')).toBe(0); // it counts for where it came from last
    expect([await come('five', '192.0.2.1:5'), await come('six', '192.0.2.2:3')]).toEqual([0, 0x97]);
    broker.changeLimits({ sessionsPerAddress: 3 });
    expect(await come('six', '192.0.2.2:3')).toBe(0);
  });

  it('subscriptions: one filter more is refused with 0x97; those that are there may change', async () => {
    const { connect } = await startBroker({ limits: { subscriptions: 2 } });
    const client = await connect('client');
    const subscriptions = ['a', 'b', 'c', 'a'].map((topicFilter) => ({ topicFilter, qos: 1 }) as const);
    client.send({ type: 'subscribe', subscriptions });
    expect((await client.next('suback')).reasonCodes).toEqual([1, 1, 0x97, 1]);
    client.send({ type: 'unsubscribe', topicFilters: ['a'] });
    await client.next('unsuback');
    expect((await client.subscribe('c', 0)).reasonCodes).toEqual([0]);
    expect((await (await connect('other')).subscribe('x', 0)).reasonCodes).toEqual([0]);
  });

  it('topicLevels: a deeper filter is refused with 0x8F, a deeper topic with 0x90, and counted', async () => {
    const { connect, broker } = await startBroker({ limits: { topicLevels: 3 } });
    const client = await connect('client');
    for (const topicFilter of ['a/b/c', 'a/+/#', '$share/g/a/b/c'])
      expect((await client.subscribe(topicFilter, 1)).reasonCodes).toEqual([1]);
    for (const topicFilter of ['a/b/c/d', '+/+/+/#', '$share/g/a/b/c/d'])
      expect((await client.subscribe(topicFilter, 1)).reasonCodes).toEqual([0x8f]);
    const publisher = await connect('publisher');
    expect(await publisher.publish('a/b/c', '', { qos: 1 })).toBe(0);
    for (let i = 0; i < 2; i++) expect(await publisher.publish('a/b/c/d', '', { qos: 1, retain: true })).toBe(0x90);
    expect(broker.statistics.dropped).toEqual({ 'too-many-levels': 2 });
    expect(await client.messages()).toEqual(['a/b/c=', 'a/b/c=']);
  });
});

describe('limits of messages', () => {
  it('queuedMessages and queuedBytes: what a session without connection cannot keep is counted', async () => {
    for (const [limits, kept] of [
      [{ queuedMessages: 5 }, 5],
      [{ queuedBytes: 4000 }, 3],
    ] as const) {
      const { connect, broker } = await startBroker({ limits });
      const connectAs = { cleanStart: false, properties: { sessionExpiryInterval: 60 } };
      const client = await connect('client', { connect: connectAs });
      await client.subscribe('a', 1);
      await client.disconnect();
      const publisher = await connect('publisher');
      for (let i = 0; i < 10; i++) expect(await publisher.publish('a', 'x'.repeat(1000), { qos: 1 })).toBe(0);
      expect(broker.statistics.dropped).toEqual({ 'queue-full': 10 - kept });
      expect(await (await connect('client', { connect: connectAs })).messages()).toHaveLength(kept);
    }
  });

  it('retainedMessages and retainedBytes: one more is refused with 0x97 and counted, replacing and clearing go on', async () => {
    for (const limits of [{ retainedMessages: 2 }, { retainedBytes: 2500 }]) {
      const { connect, broker } = await startBroker({ limits });
      const publisher = await connect('publisher');
      const publish = (topic: string, size: number) =>
        publisher.publish(topic, 'x'.repeat(size), { qos: 1, retain: true });
      expect(await publish('a', 1000)).toBe(0x10);
      expect(await publish('b', 1000)).toBe(0x10);
      expect(await publish('c', 1000)).toBe(0x97);
      expect(await publish('b', 900)).toBe(0x10);
      expect(await publish('a', 0)).toBe(0x10);
      expect(await publish('c', 1000)).toBe(0x10);
      expect(broker.statistics.dropped).toEqual({ 'retained-full': 1 });
    }
  });
});
