// Limits of connections and packets: what happens at each, and what the client is told.
import { describe, expect, it } from 'vitest';
import type { PacketInput } from '../../src/mqtt/packets/packet.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { RawClient } from '../support/raw-client.ts';
import { startBroker } from '../support/test-broker.ts';

const CONNECT = { type: 'connect', clientId: 'client' } as const;

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
