// CONNECT and CONNACK of MQTT 5.0 at the broker. §3.1, §3.2
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../support/manual-clock.ts';
import { PendingHook } from '../support/pending-hook.ts';
import { RawClient } from '../support/raw-client.ts';
import { startBroker } from '../support/test-broker.ts';

const LASTING = { cleanStart: false, properties: { sessionExpiryInterval: 3600 } } as const;

describe('CONNECT is accepted', () => {
  it('[MQTT-3.1.4-5] [MQTT-3.2.2-2] [MQTT-3.2.2-3] a valid CONNECT is answered by CONNACK 0x00', async () => {
    const { connect } = await startBroker();
    for (const cleanStart of [true, false]) {
      const { connack } = await connect('client', { connect: { cleanStart } });
      expect(connack).toMatchObject({ reasonCode: 0, sessionPresent: false });
    }
  });

  it('[MQTT-3.1.3-5] takes client identifiers of 1 to 23 letters and digits, and others', async () => {
    const { connect } = await startBroker();
    const all = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
    const names = ['a', all.slice(0, 23), all.slice(23, 46), all.slice(39), 'ü/+#$ ', 'x'.repeat(65_535)];
    for (const name of names) expect((await connect(name)).connack.reasonCode).toBe(0);
  });

  it('[MQTT-3.1.3-6] [MQTT-3.1.3-7] [MQTT-3.2.2-16] an empty client identifier gets one of its own', async () => {
    const { connect } = await startBroker();
    const clients = [await connect(''), await connect(''), await connect('')];
    const names = clients.map(({ connack }) => connack.properties.assignedClientIdentifier);
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name).toMatch(/^\S+$/);
  });

  it('[MQTT-3.1.3-7] [MQTT-3.1.3-2] the session is found again under the assigned client identifier', async () => {
    const { connect } = await startBroker();
    const client = await connect('', { connect: LASTING });
    const name = client.connack.properties.assignedClientIdentifier!;
    await client.subscribe('a', 1);
    await client.disconnect();
    await (await connect('publisher')).publish('a', 'kept', { qos: 1 });
    const again = await connect(name, { connect: LASTING });
    expect(again.connack.sessionPresent).toBe(true);
    expect(again.connack.properties.assignedClientIdentifier).toBeUndefined();
    expect((await again.message()).text).toBe('kept');
  });

  it('[MQTT-3.2.2-9] [MQTT-3.2.2-10] no Maximum QoS is announced, and every QoS is granted', async () => {
    const { connect } = await startBroker();
    const client = await connect('client');
    expect(client.connack.properties.maximumQoS).toBeUndefined();
    for (const qos of [0, 1, 2] as const) expect((await client.subscribe(`a/${qos}`, qos)).reasonCodes).toEqual([qos]);
  });

  it('[MQTT-3.2.2-12] [MQTT-3.2.2-13] a retained will of QoS 2 is taken where all of that is available', async () => {
    const { connect } = await startBroker();
    const will = { topicName: 'will', payload: 'gone', qos: 2, retain: true } as const;
    const { connack } = await connect('client', { connect: { will } });
    expect(connack).toMatchObject({ reasonCode: 0 });
    expect(connack.properties.retainAvailable).toBeUndefined();
  });

  it('[MQTT-3.1.2-28] CONNACK has no Response Information', async () => {
    const { connect } = await startBroker();
    const { connack } = await connect('client', { connect: { properties: { requestResponseInformation: false } } });
    expect(connack.properties.responseInformation).toBeUndefined();
  });

  it('[MQTT-4.12.0-6] without an Authentication Method there is no AUTH and no method in CONNACK', async () => {
    const { connect } = await startBroker({ hooks: { authenticate: () => true } });
    const client = await connect('client', { connect: { username: 'user', password: 'secret' } });
    await client.messages();
    expect(client.connack.properties.authenticationMethod).toBeUndefined();
    expect(client.inbox).toEqual([]);
  });

  it('announces the limits that it enforces', async () => {
    const { connect } = await startBroker({
      limits: { receiveMaximum: 7, packetSize: 2000, topicAliases: 3, keepAlive: 60, sessionExpiryInterval: 100 },
    });
    const { connack } = await connect('client', {
      connect: { keepAlive: 61, properties: { sessionExpiryInterval: 101 } },
    });
    expect(connack.properties).toEqual({
      receiveMaximum: 7,
      maximumPacketSize: 2000,
      topicAliasMaximum: 3,
      serverKeepAlive: 60,
      sessionExpiryInterval: 100,
    });
  });

  it('[MQTT-3.2.2-22] leaves out what the client asked for anyway', async () => {
    const { connect } = await startBroker({ limits: { keepAlive: 60, sessionExpiryInterval: 100 } });
    const { connack } = await connect('client', {
      connect: { keepAlive: 60, properties: { sessionExpiryInterval: 100 } },
    });
    expect(connack.properties.serverKeepAlive).toBeUndefined();
    expect(connack.properties.sessionExpiryInterval).toBeUndefined();
  });
});

describe('before and after CONNACK', () => {
  it('[MQTT-3.2.0-1] [MQTT-3.2.0-2] what comes before CONNACK is answered after it, in order', async () => {
    const authentication = new PendingHook<boolean>();
    const { transport } = await startBroker({ hooks: { authenticate: authentication.ask } });
    const client = new RawClient(transport());
    const subscriptions = [{ topicFilter: 'a', qos: 1 }] as const;
    client.write(
      { type: 'connect', clientId: 'early' },
      { type: 'subscribe', packetIdentifier: 9, subscriptions },
      { type: 'publish', topicName: 'a', payload: 'early', qos: 1, packetIdentifier: 10 },
      { type: 'pingreq' },
    );
    await authentication.asked;
    authentication.answer(true);
    const types = (await client.take(5)).map(({ type }) => type);
    expect(types[0]).toBe('connack');
    expect(types.filter((type) => type === 'connack')).toHaveLength(1);
    expect(types.slice(1).sort()).toEqual(['pingresp', 'puback', 'publish', 'suback']);
    expect(types.indexOf('suback')).toBeLessThan(types.indexOf('publish'));
  });

  it('what a client says while a hook is pending counts, also when it has said goodbye meanwhile', async () => {
    const authentication = new PendingHook<boolean>();
    const { broker, connect, transport } = await startBroker({
      hooks: { authenticate: ({ clientId }) => (clientId === 'early' ? authentication.ask() : true) },
    });
    const errors: unknown[] = [];
    broker.on('error', ({ error }) => errors.push(error));
    const watcher = await connect('watcher');
    await watcher.subscribe('a', 1);
    const client = new RawClient(transport());
    const subscriptions = [{ topicFilter: 'b', qos: 1 }] as const;
    client.write(
      { type: 'connect', clientId: 'early', ...LASTING },
      { type: 'subscribe', packetIdentifier: 9, subscriptions },
      { type: 'publish', topicName: 'a', payload: 'early', qos: 1, packetIdentifier: 10 },
      { type: 'disconnect' },
    );
    await authentication.asked;
    authentication.answer(true);
    expect((await client.closed)[0]).toMatchObject({ type: 'connack', reasonCode: 0 });
    expect((await watcher.message()).text).toBe('early');
    expect(await watcher.publish('b', '', { qos: 1 })).toBe(0); // there is a subscription
    expect(errors).toEqual([]);
  });

  it('closes when there is no CONNECT in time', async () => {
    const clock = new ManualClock();
    const { transport } = await startBroker({ clock, limits: { connectTimeoutMs: 5000 } });
    const silent = new RawClient(transport());
    const half = new RawClient(transport());
    half.write('10 0d 00 04 4d');
    clock.advance(5.5);
    expect(await silent.closed).toEqual([]);
    expect(await half.closed).toEqual([]);
  });

  it('a client that is connected is not closed by the time limit for CONNECT', async () => {
    const clock = new ManualClock();
    const { connect } = await startBroker({ clock, limits: { connectTimeoutMs: 5000 } });
    const client = await connect('client');
    clock.advance(3600);
    expect(await client.messages()).toEqual([]);
  });
});
