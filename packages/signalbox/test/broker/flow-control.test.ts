// Receive Maximum in both directions. §3.3.4, §4.9
import { describe, expect, it } from 'vitest';
import type { PublishPacket } from '../../src/mqtt/packets/publish.ts';
import { ReasonCode } from '../../src/mqtt/reason-codes.ts';
import { HeldStore } from '../support/held-store.ts';
import { RawClient } from '../support/raw-client.ts';
import { startBroker, type TestBroker } from '../support/test-broker.ts';

/** A raw client with this Receive Maximum that has subscribed to everything at QoS 2, and a publisher. */
async function start(receiveMaximum: number | undefined, options: object = {}) {
  const started: TestBroker = await startBroker(options);
  const properties = { sessionExpiryInterval: 3600, ...(receiveMaximum === undefined ? {} : { receiveMaximum }) };
  const connect = { type: 'connect', clientId: 'client', cleanStart: false, properties } as const;
  const client = new RawClient(started.transport());
  client.write(connect, { type: 'subscribe', packetIdentifier: 1, subscriptions: [{ topicFilter: '#', qos: 2 }] });
  await client.take(2);
  return { ...started, client, connect, publisher: await started.connect('publisher') };
}

describe('towards the client', () => {
  it('[MQTT-3.3.4-9] [MQTT-4.9.0-1] [MQTT-4.9.0-2] no more than its Receive Maximum is unacknowledged', async () => {
    const { client, publisher } = await start(3);
    for (let i = 0; i < 8; i++) await publisher.publish('a', String(i), { qos: i % 2 === 0 ? 1 : 2 });
    const sent = (await client.take(3)) as PublishPacket[];
    for (let i = 3; i < 8; i++) {
      client.write({ type: 'pingreq' });
      expect((await client.next()).type).toBe('pingresp'); // and no message
      const { qos, packetIdentifier } = sent[i - 3]!;
      if (qos === 2) {
        client.write({ type: 'pubrec', packetIdentifier }, { type: 'pingreq' });
        expect((await client.take(2)).map(({ type }) => type)).toEqual(['pubrel', 'pingresp']); // PUBREC frees nothing
      }
      client.write({ type: qos === 2 ? 'pubcomp' : 'puback', packetIdentifier });
      sent.push((await client.next()) as PublishPacket);
    }
    expect(sent.map(({ payload }) => Buffer.from(payload).toString())).toEqual([
      '0',
      '1',
      '2',
      '3',
      '4',
      '5',
      '6',
      '7',
    ]);
  });

  it('[MQTT-3.3.4-9] a refusal by PUBACK or PUBREC frees a place', async () => {
    const { client, publisher } = await start(1);
    for (const qos of [1, 2, 1] as const) await publisher.publish('a', '', { qos });
    for (const [answer, reasonCode] of [
      ['puback', 0x80],
      ['pubrec', 0x97],
      ['puback', 0],
    ] as const) {
      const { packetIdentifier } = (await client.next()) as PublishPacket;
      client.write({ type: answer, packetIdentifier, reasonCode });
    }
    client.write({ type: 'pingreq' });
    expect((await client.next()).type).toBe('pingresp');
  });

  it('[MQTT-3.3.4-10] [MQTT-4.9.0-3] a full window holds back no QoS 0 and no answer', async () => {
    const { client, publisher } = await start(1);
    await publisher.publish('a', 'first', { qos: 1 });
    await publisher.publish('a', 'waits', { qos: 1 });
    await publisher.publish('b', 'passes');
    const packets = (await client.take(2)) as PublishPacket[];
    expect(packets.map(({ payload }) => Buffer.from(payload).toString())).toEqual(['first', 'passes']);
    client.write(
      { type: 'publish', topicName: '$x', qos: 1, packetIdentifier: 1 },
      { type: 'publish', topicName: '$x', qos: 2, packetIdentifier: 2 },
      { type: 'subscribe', packetIdentifier: 3, subscriptions: [{ topicFilter: 'b', qos: 0 }] },
      { type: 'unsubscribe', packetIdentifier: 4, topicFilters: ['b'] },
      { type: 'pingreq' },
    );
    const types = (await client.take(5)).map(({ type }) => type);
    expect(types.sort()).toEqual(['pingresp', 'puback', 'pubrec', 'suback', 'unsuback']);
  });

  it('[MQTT-3.3.4-9] what is sent again counts, and goes out only as far as the new Receive Maximum', async () => {
    const { client, connect, publisher, transport } = await start(4);
    for (let i = 0; i < 6; i++) await publisher.publish('a', String(i), { qos: 1 });
    const sent = (await client.take(4)) as PublishPacket[];
    client.transport.destroy();
    await client.closed;
    const again = new RawClient(transport());
    again.write({ ...connect, properties: { ...connect.properties, receiveMaximum: 2 } }, { type: 'pingreq' });
    const packets = await again.take(4);
    expect(packets.map(({ type }) => type)).toEqual(['connack', 'publish', 'publish', 'pingresp']);
    for (let i = 2; i < 6; i++) {
      const { packetIdentifier } = sent[i - 2]!;
      again.write({ type: 'puback', packetIdentifier });
      const next = (await again.next()) as PublishPacket;
      expect(next.duplicate).toBe(i < 4);
      expect(Buffer.from(next.payload).toString()).toBe(String(i));
      sent[i] = next;
    }
    again.write({ type: 'pingreq' });
    expect((await again.next()).type).toBe('pingresp');
  });

  it('the limit of the broker holds where the client has none', async () => {
    for (const protocolVersion of [4, 5] as const) {
      const { connect } = await startBroker({ limits: { inFlight: 5 } });
      const client = await connect('client', { protocolVersion, silent: true });
      await client.subscribe('#', 1);
      const publisher = await connect('publisher');
      for (let i = 0; i < 9; i++) await publisher.publish('a', String(i), { qos: 1 });
      expect(await client.messages()).toHaveLength(5);
    }
  });
});

describe('towards the broker', () => {
  for (const qos of [1, 2] as const) {
    it(`[MQTT-3.3.4-7] more than its Receive Maximum at QoS ${qos} ends the connection with 0x93`, async () => {
      const store = new HeldStore();
      const { connect, transport } = await startBroker({ store, limits: { receiveMaximum: 3 } });
      const away = await connect('away', { connect: { properties: { sessionExpiryInterval: 3600 } } });
      await away.subscribe('a', 1);
      await away.disconnect();
      const client = new RawClient(transport());
      client.write({ type: 'connect', clientId: 'client' });
      await client.next();
      const publishes = [1, 2, 3].map(
        (packetIdentifier) => ({ type: 'publish', topicName: 'a', qos, packetIdentifier }) as const,
      );
      const isHeld = store.hold();
      client.write(...publishes);
      await isHeld;
      client.write({ type: 'pingreq' });
      expect((await client.next()).type).toBe('pingresp'); // three are allowed
      client.write({ ...publishes[0]!, packetIdentifier: 4 });
      expect((await client.closed).at(-1)).toMatchObject({
        type: 'disconnect',
        reasonCode: ReasonCode.ReceiveMaximumExceeded,
      });
    });
  }

  it('[MQTT-3.3.4-7] acknowledgements make room again, at QoS 2 the last one', async () => {
    const { client } = await start(undefined, { limits: { receiveMaximum: 1 } });
    client.write({ type: 'unsubscribe', packetIdentifier: 9, topicFilters: ['#'] });
    await client.next();
    for (let i = 0; i < 5; i++) {
      client.write({ type: 'publish', topicName: 'a', qos: 1, packetIdentifier: 1 });
      expect((await client.next()).type).toBe('puback');
      client.write({ type: 'publish', topicName: 'a', qos: 2, packetIdentifier: 1 });
      expect((await client.next()).type).toBe('pubrec');
      client.write({ type: 'pubrel', packetIdentifier: 1 });
      expect((await client.next()).type).toBe('pubcomp');
    }
    client.write({ type: 'publish', topicName: 'a', qos: 2, packetIdentifier: 1 });
    expect((await client.next()).type).toBe('pubrec');
    client.write({ type: 'publish', topicName: 'a', qos: 1, packetIdentifier: 2 });
    expect((await client.closed).at(-1)).toMatchObject({ reasonCode: ReasonCode.ReceiveMaximumExceeded });
  });
});
