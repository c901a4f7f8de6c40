// A second connection under the same client identifier. §3.1.4
import { describe, expect, it } from 'vitest';
import { PendingHook } from '../support/pending-hook.ts';
import { RawClient } from '../support/raw-client.ts';
import { startBroker } from '../support/test-broker.ts';

const LASTING = { cleanStart: false, properties: { sessionExpiryInterval: 3600 } } as const;
const CONNECT = { type: 'connect', clientId: 'client', ...LASTING } as const;

describe('takeover', () => {
  it('[MQTT-3.1.4-3] [MQTT-3.14.4-2] the old connection gets DISCONNECT 0x8E and is closed', async () => {
    const { broker, connect } = await startBroker();
    const old = await connect('client', { connect: LASTING });
    const other = await connect('client', { connect: LASTING });
    expect(other.connack).toMatchObject({ reasonCode: 0, sessionPresent: true });
    expect(await old.next('disconnect')).toMatchObject({ reasonCode: 0x8e });
    await old.closed;
    expect(await other.messages()).toEqual([]);
    expect(broker.statistics.connected).toBe(1);
  });

  it('[MQTT-3.1.4-2@3.1.1] the old connection of 3.1.1 is closed without a word', async () => {
    const { connect, transport } = await startBroker();
    const old = new RawClient(transport(), 4);
    old.write({ type: 'connect', protocolVersion: 4, clientId: 'client', cleanStart: false });
    const other = await connect('client', { protocolVersion: 4, connect: { cleanStart: false } });
    expect(other.connack.sessionPresent).toBe(true);
    expect(await old.closed).toMatchObject([{ type: 'connack' }]);
  });

  it('[MQTT-3.1.2-4] a clean start by the new connection ends the session of the old', async () => {
    const { connect } = await startBroker();
    const old = await connect('client', { connect: LASTING });
    await old.subscribe('a', 1);
    const other = await connect('client', { connect: { ...LASTING, cleanStart: true } });
    expect(other.connack.sessionPresent).toBe(false);
    await (await connect('publisher')).publish('a', '', { qos: 1 });
    expect(await other.messages()).toEqual([]);
  });

  it('a session that ends with its connection ended with the old one', async () => {
    const { connect } = await startBroker();
    const old = await connect('client', { connect: { cleanStart: false } });
    await old.subscribe('a', 1);
    const other = await connect('client', { connect: { cleanStart: false } });
    expect(other.connack.sessionPresent).toBe(false);
  });

  it('[MQTT-3.1.4-6] a connection that is refused takes over nothing', async () => {
    const { connect } = await startBroker({ hooks: { authenticate: (_client, { username }) => username !== 'thief' } });
    const owner = await connect('client');
    const thief = await connect('client', { connect: { username: 'thief' } });
    await thief.closed;
    expect(await owner.messages()).toEqual([]);
  });

  it('[MQTT-4.4.0-1] [MQTT-4.6.0-1] nothing is lost or doubled: in flight with DUP, then what waits, then what is new', async () => {
    const { connect, transport } = await startBroker();
    const old = new RawClient(transport());
    const properties = { ...LASTING.properties, receiveMaximum: 4 };
    const subscriptions = [{ topicFilter: 'a', qos: 2 }] as const;
    old.write({ ...CONNECT, properties }, { type: 'subscribe', packetIdentifier: 1, subscriptions });
    await old.take(2);
    const publisher = await connect('publisher');
    for (let i = 0; i < 12; i++) await publisher.publish('a', String(i), { qos: (1 + (i % 2)) as 1 | 2 });
    const sent = await old.take(4);
    const other = await connect('client', { connect: { ...LASTING, properties } });
    await publisher.publish('a', '12', { qos: 1 });
    for (let i = 0; i < 13; i++) {
      const message = await other.message();
      expect(message.text).toBe(String(i));
      expect(message.duplicate).toBe(i < 4);
      if (i < 4) expect(message).toMatchObject({ ...sent[i], duplicate: true });
    }
    expect(await other.messages()).toEqual([]);
  });

  it('a hundred connections in a row lose and double nothing', async () => {
    const { broker, connect } = await startBroker();
    let client = await connect('client', { connect: LASTING });
    await client.subscribe('a', 1);
    const { session } = client;
    const publisher = await connect('publisher');
    const texts: string[] = [];
    for (let i = 0; i < 100; i++) {
      const settled = publisher.publish('a', String(i), { qos: 1 });
      client = await connect('client', { connect: LASTING, session });
      await settled;
      texts.push((await client.message()).text);
      expect(await client.messages()).toEqual([]); // its PUBACK has arrived as well
    }
    expect(texts).toEqual(Array.from({ length: 100 }, (_, i) => String(i)));
    expect(broker.statistics.connected).toBe(2);
  });

  it('takes over a connection that its hook still keeps waiting', async () => {
    const authentication = new PendingHook<boolean>();
    const { connect } = await startBroker({
      hooks: { authenticate: (_client, { username }) => (username === 'slow' ? authentication.ask() : true) },
    });
    const slow = connect('client', { connect: { ...LASTING, username: 'slow' } });
    await authentication.asked;
    const fast = await connect('client', { connect: LASTING });
    expect(fast.connack.sessionPresent).toBe(false);
    authentication.answer(true);
    expect((await slow).connack).toMatchObject({ reasonCode: 0, sessionPresent: true });
    expect(await fast.next('disconnect')).toMatchObject({ reasonCode: 0x8e });
  });
});

describe('what the old connection had begun', () => {
  const PUBLISH = { type: 'publish', topicName: 't', payload: 'x', qos: 2, packetIdentifier: 7 } as const;

  for (const ending of ['takeover', 'breaks first'] as const) {
    it(`[MQTT-4.3.3-8] [MQTT-4.3.3-10] a QoS 2 message whose hook is pending is finished, ${ending}`, async () => {
      const permission = new PendingHook<boolean>();
      const { connect, transport } = await startBroker({
        hooks: {
          authorize: ({ clientId }, action) =>
            clientId === 'client' && action === 'publish' ? permission.ask() : true,
        },
      });
      const watcher = await connect('watcher');
      await watcher.subscribe('t', 2);
      const old = new RawClient(transport());
      old.write(CONNECT, PUBLISH);
      await permission.asked;
      if (ending === 'breaks first') old.transport.destroy();
      const other = new RawClient(transport());
      other.write(CONNECT, { ...PUBLISH, duplicate: true });
      await old.closed;
      permission.answer(true);
      expect(await other.take(2)).toMatchObject([
        { type: 'connack', sessionPresent: true },
        { type: 'pubrec', packetIdentifier: 7, reasonCode: 0 },
      ]);
      other.write({ type: 'pubrel', packetIdentifier: 7 });
      expect(await other.next()).toMatchObject({ type: 'pubcomp', packetIdentifier: 7, reasonCode: 0 });
      expect(await watcher.messages()).toEqual(['t=x']);
    });
  }

  it('its QoS 0 messages and its will come before the new connection is accepted', async () => {
    const permission = new PendingHook<boolean>();
    const { connect, transport } = await startBroker({
      hooks: { onPublish: ({ clientId }) => (clientId === 'client' ? permission.ask() : true) },
    });
    const watcher = await connect('watcher');
    await watcher.subscribe('#', 0);
    const old = new RawClient(transport());
    const publish = { type: 'publish', topicName: 't', payload: 'x' } as const;
    old.write({ ...CONNECT, will: { topicName: 'will', payload: 'old' } }, publish, { type: 'disconnect' });
    await permission.asked;
    const other = connect('client', { connect: LASTING });
    await old.closed;
    permission.answer(true);
    expect((await other).connack.sessionPresent).toBe(true);
    expect(await watcher.messages()).toEqual(['t=x']); // and no will: it said goodbye
  });
});
