// Every limit of the broker: what happens at it, and what the client is told.
import { describe, expect, it } from 'vitest';
import { Broker } from '../../src/broker/broker.ts';
import type { BrokerHooks } from '../../src/broker/hooks.ts';
import { type BrokerLimits, DEFAULT_LIMITS } from '../../src/broker/limits.ts';
import { MemoryStore } from '../../src/broker/store/memory-store.ts';
import type { PacketInput } from '../../src/mqtt/packets/packet.ts';
import { connectFrom } from '../support/address.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { MsipRawClient } from '../support/msip-raw-client.ts';
import { RawClient } from '../support/raw-client.ts';
import { startBroker } from '../support/test-broker.ts';

const CONNECT = { type: 'connect', clientId: 'client' } as const;

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

describe('limits of connections', () => {
  it('connections: one more is closed without a word and counted', async () => {
    const { connect, transport, broker } = await startBroker({ limits: { connections: 2 } });
    const first = await connect('one');
    await connect('two');
    const third = new RawClient(transport());
    third.write(CONNECT);
    expect(await third.closed).toEqual([]);
    expect(broker.statistics.connectionsRefused).toBe(1);
    await first.disconnect();
    expect((await connect('three')).connack.reasonCode).toBe(0);
  });

  it('connectTimeoutMs: without CONNECT the connection is closed in time, also when bytes trickle in', async () => {
    const clock = new ManualClock();
    const { transport, connect } = await startBroker({ clock, limits: { connectTimeoutMs: 5000 } });
    const silent = new RawClient(transport());
    const half = new RawClient(transport());
    const quick = await connect('quick');
    let isHalfClosed = false;
    void half.closed.then(() => {
      isHalfClosed = true;
    });
    for (const byte of ['10', '20', '00', '04']) {
      half.write(byte);
      await quick.messages();
      clock.advance(1);
    }
    await quick.messages();
    expect(isHalfClosed).toBe(false);
    half.write('4d');
    await quick.messages();
    clock.advance(1.5);
    expect(await half.closed).toEqual([]);
    expect(await silent.closed).toEqual([]);
    clock.advance(3600);
    expect(await quick.messages()).toEqual([]); // no Keep Alive was asked for
  });

  it('[MQTT-3.2.2-21] keepAlive: a longer one is lowered, and kept', async () => {
    const clock = new ManualClock();
    const { connect } = await startBroker({ clock, limits: { keepAlive: 10 } });
    for (const [asked, told] of [
      [0, 10],
      [60, 10],
      [10, undefined],
      [5, undefined],
    ] as const) {
      const client = await connect('client', { connect: { keepAlive: asked } });
      expect(client.connack.properties.serverKeepAlive).toBe(told);
      clock.advance(told === undefined ? asked * 1.5 + 0.5 : 15.5);
      expect(await client.next('disconnect')).toMatchObject({ reasonCode: 0x8d });
      await client.closed;
    }
  });

  it('sessionExpiryInterval: a longer one is lowered', async () => {
    const clock = new ManualClock();
    const { connect } = await startBroker({ clock, limits: { sessionExpiryInterval: 60 } });
    const connectAs = { cleanStart: false, properties: { sessionExpiryInterval: 3600 } };
    const client = await connect('client', { connect: connectAs });
    expect(client.connack.properties.sessionExpiryInterval).toBe(60);
    await client.disconnect(0, { sessionExpiryInterval: 0xffff_ffff });
    clock.advance(61);
    expect((await connect('client', { connect: connectAs })).connack.sessionPresent).toBe(false);
  });
});

describe('limits of packets', () => {
  it('[MQTT-3.2.2-15] packetSize: told in CONNACK; a larger packet ends the connection with 0x95 before it has come', async () => {
    const { transport } = await startBroker({ limits: { packetSize: 2000 } });
    const client = new RawClient(transport());
    client.write(CONNECT);
    expect(await client.next()).toMatchObject({ properties: { maximumPacketSize: 2000 } });
    const fitting: PacketInput = { type: 'publish', topicName: 'a', payload: new Uint8Array(1993) };
    client.write(fitting, { type: 'pingreq' });
    expect((await client.next()).type).toBe('pingresp');
    client.write('30 ce 0f'); // 1,998 + 3 bytes announced
    expect((await client.closed).at(-1)).toMatchObject({ type: 'disconnect', reasonCode: 0x95 });
  });

  it('[MQTT-3.3.4-7] receiveMaximum: one message more ends the connection with 0x93', async () => {
    const { transport, connect } = await startBroker({ limits: { receiveMaximum: 3 } });
    const client = new RawClient(transport());
    client.write(CONNECT);
    expect(await client.next()).toMatchObject({ properties: { receiveMaximum: 3 } });
    const publish = (packetIdentifier: number): PacketInput => ({
      type: 'publish',
      topicName: 'a',
      qos: 2,
      packetIdentifier,
    });
    client.write(publish(1), publish(2), publish(3));
    expect((await client.take(3)).map(({ type }) => type)).toEqual(['pubrec', 'pubrec', 'pubrec']);
    client.write(publish(4));
    expect((await client.closed).at(-1)).toMatchObject({ type: 'disconnect', reasonCode: 0x93 });
    const old = await connect('old', { protocolVersion: 4 }); // knows no Receive Maximum
    const settled = Array.from({ length: 100 }, () => old.publish('a', '', { qos: 1 }));
    expect(await Promise.all(settled)).toEqual(new Array(100).fill(0));
  });

  it('[MQTT-3.3.2-9] [MQTT-3.3.2-12] topicAliases: all up to the limit, the next one ends the connection with 0x94', async () => {
    const { transport, connect } = await startBroker({ limits: { topicAliases: 2 } });
    const watcher = await connect('watcher');
    await watcher.subscribe('#', 0);
    const client = new RawClient(transport());
    client.write(CONNECT);
    expect(await client.next()).toMatchObject({ properties: { topicAliasMaximum: 2 } });
    const publish = (topicName: string, topicAlias: number): PacketInput => ({
      type: 'publish',
      topicName,
      properties: { topicAlias },
    });
    client.write(publish('a', 1), publish('b', 2), publish('', 1), publish('', 2), publish('c', 1), publish('', 1));
    client.write({ type: 'pingreq' });
    await client.next();
    expect(await watcher.messages()).toEqual(['a=', 'b=', 'a=', 'b=', 'c=', 'c=']);
    client.write(publish('d', 3));
    expect((await client.closed).at(-1)).toMatchObject({ type: 'disconnect', reasonCode: 0x94 });
  });

  it('[MQTT-3.1.2-24] [MQTT-3.1.2-25] Maximum Packet Size of a client: what is larger is left out and counted, at every QoS', async () => {
    const { connect, broker } = await startBroker();
    const client = await connect('client', { connect: { properties: { maximumPacketSize: 100 } } });
    const other = await connect('other');
    for (const each of [client, other]) await each.subscribe('#', 2);
    const publisher = await connect('publisher');
    for (const qos of [0, 1, 2] as const) {
      await publisher.publish('a', 'x'.repeat(100), { qos });
      await publisher.publish('a', 'small', { qos });
    }
    expect(await client.messages()).toEqual(['a=small', 'a=small', 'a=small']);
    expect(await other.messages()).toHaveLength(6);
    expect(broker.statistics.dropped).toEqual({ 'packet-too-large': 3 });
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
