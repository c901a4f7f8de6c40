// Maximum Packet Size in both directions. §3.1.2.11.4, §3.2.2.3.6
import { describe, expect, it } from 'vitest';
import type { PublishPacket } from '../../src/mqtt/packets/publish.ts';
import { ReasonCode } from '../../src/mqtt/reason-codes.ts';
import { RawClient } from '../support/raw-client.ts';
import { startBroker } from '../support/test-broker.ts';

const SUBSCRIBE = { type: 'subscribe', packetIdentifier: 1, subscriptions: [{ topicFilter: '#', qos: 2 }] } as const;
/** Fixed header, topic name `a`, packet identifier, property length. */
const OVERHEAD = 2 + 3 + 2 + 1;

describe('towards the client', () => {
  it('[MQTT-3.1.2-24] [MQTT-3.1.2-25] what is too large is dropped and counted, the rest arrives', async () => {
    const { broker, connect, transport } = await startBroker();
    const drops: unknown[] = [];
    broker.on('dropped', (drop) => drops.push(drop));
    const client = new RawClient(transport());
    client.write({ type: 'connect', clientId: 'client', properties: { maximumPacketSize: 50 } }, SUBSCRIBE);
    await client.take(2);
    const publisher = await connect('publisher');
    const sizes = [50 - OVERHEAD, 51 - OVERHEAD, 500, 1];
    for (const size of sizes) expect(await publisher.publish('a', 'x'.repeat(size), { qos: 1 })).toBe(0);
    await publisher.publish('a', 'x'.repeat(60));
    const packets = (await client.take(2)) as PublishPacket[];
    expect(packets.map(({ payload }) => payload.length)).toEqual([50 - OVERHEAD, 1]);
    client.write({ type: 'pingreq' });
    expect((await client.next()).type).toBe('pingresp');
    expect(drops).toEqual(
      Array.from({ length: 3 }, () => ({ clientId: 'client', topicName: 'a', reason: 'packet-too-large' })),
    );
    expect(broker.statistics.dropped).toEqual({ 'packet-too-large': 3 });
  });

  it('[MQTT-3.1.2-25] also from the queue and of what is retained, without holding up what follows', async () => {
    const { broker, connect, transport } = await startBroker();
    const properties = { sessionExpiryInterval: 3600, maximumPacketSize: 50 };
    const client = new RawClient(transport());
    client.write({ type: 'connect', clientId: 'client', cleanStart: false, properties }, SUBSCRIBE);
    await client.take(2);
    client.transport.destroy();
    await client.closed;
    const publisher = await connect('publisher');
    for (const size of [1, 100, 2]) await publisher.publish('a', 'x'.repeat(size), { qos: 2 });
    await publisher.publish('r/large', 'x'.repeat(100), { qos: 1, retain: true });
    await publisher.publish('r/small', 'x'.repeat(3), { qos: 1, retain: true });
    const again = new RawClient(transport());
    again.write({ type: 'connect', clientId: 'client', cleanStart: false, properties });
    const waited = (await again.take(4)).slice(1) as PublishPacket[];
    expect(waited.map(({ payload }) => payload.length)).toEqual([1, 2, 3]);
    again.write({ type: 'subscribe', packetIdentifier: 2, subscriptions: [{ topicFilter: 'r/+', qos: 0 }] });
    const [suback, retained] = (await again.take(2)) as [unknown, PublishPacket];
    expect(suback).toMatchObject({ type: 'suback' });
    expect(retained).toMatchObject({ topicName: 'r/small', retain: true });
    expect(broker.statistics.dropped).toEqual({ 'packet-too-large': 3 });
  });

  it('[MQTT-3.1.2-25] in flight, and too large for the next connection: given up, and its identifier is free', async () => {
    const { broker, connect, transport } = await startBroker();
    const lasting = { type: 'connect', clientId: 'client', cleanStart: false } as const;
    const client = new RawClient(transport());
    client.write({ ...lasting, properties: { sessionExpiryInterval: 3600 } }, SUBSCRIBE);
    await client.take(2);
    const publisher = await connect('publisher');
    for (const size of [100, 1]) await publisher.publish('a', 'x'.repeat(size), { qos: 1 });
    await client.take(2);
    client.transport.destroy();
    await client.closed;
    const again = new RawClient(transport());
    again.write({ ...lasting, properties: { sessionExpiryInterval: 3600, maximumPacketSize: 50, receiveMaximum: 1 } });
    const resent = (await again.take(2))[1] as PublishPacket;
    expect(resent).toMatchObject({ type: 'publish', duplicate: true });
    expect(resent.payload).toHaveLength(1);
    expect(broker.statistics.dropped).toEqual({ 'packet-too-large': 1 });
    again.transport.destroy();
    await again.closed;
    const last = new RawClient(transport());
    last.write({ ...lasting, properties: { sessionExpiryInterval: 3600 } }, { type: 'pingreq' });
    expect((await last.take(3)).map(({ type }) => type)).toEqual(['connack', 'publish', 'pingresp']);
  });
});

describe('towards the broker', () => {
  for (const protocolVersion of [4, 5] as const) {
    it(`what is above its limit ends the connection before it is complete, version ${protocolVersion}`, async () => {
      const { connect, transport } = await startBroker({ limits: { packetSize: 1024 } });
      const watcher = await connect('watcher');
      await watcher.subscribe('#', 0);
      const client = new RawClient(transport(), protocolVersion);
      client.write({ type: 'connect', protocolVersion, clientId: 'client' });
      await client.next();
      const overhead = 3 + 3 + (protocolVersion === 5 ? 1 : 0);
      client.write({ type: 'publish', topicName: 'a', payload: 'x'.repeat(1024 - overhead) });
      client.write('30 fe 07 00'); // 1025 bytes
      const packets = (await client.closed).slice(1);
      expect((await watcher.message()).payload).toHaveLength(1024 - overhead);
      expect(packets).toMatchObject(
        protocolVersion === 5 ? [{ type: 'disconnect', reasonCode: ReasonCode.PacketTooLarge }] : [],
      );
    });
  }
});
