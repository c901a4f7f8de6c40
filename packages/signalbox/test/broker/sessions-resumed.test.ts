// What was in flight when the connection broke, on the next one. §4.3, §4.4, §4.6
import { describe, expect, it } from 'vitest';
import type { PublishPacket } from '../../src/mqtt/packets/publish.ts';
import { RawClient } from '../support/raw-client.ts';
import { startBroker } from '../support/test-broker.ts';

const LASTING = { cleanStart: false, properties: { sessionExpiryInterval: 3600 } } as const;
const CONNECT = { type: 'connect', clientId: 'client', ...LASTING } as const;
const SUBSCRIBE = { type: 'subscribe', packetIdentifier: 1, subscriptions: [{ topicFilter: '#', qos: 2 }] } as const;

/** A broker with a raw client that has subscribed to everything, and somebody who publishes. */
async function start() {
  const { connect, transport } = await startBroker();
  const client = new RawClient(transport());
  client.write(CONNECT, SUBSCRIBE);
  await client.take(2);
  const publisher = await connect('publisher');
  const resume = () => {
    const again = new RawClient(transport());
    again.write(CONNECT);
    return again;
  };
  return { client, publisher, resume };
}

describe('messages to the client', () => {
  it('[MQTT-4.4.0-1] [MQTT-3.3.1-1] [MQTT-4.6.0-1] [MQTT-4.4.0-1@3.1.1] are sent again in order with DUP and the same identifiers', async () => {
    const { client, publisher, resume } = await start();
    for (let i = 0; i < 6; i++) await publisher.publish('a', String(i), { qos: i % 2 === 0 ? 1 : 2 });
    const sent = (await client.take(6)) as PublishPacket[];
    expect(sent.map(({ duplicate }) => duplicate)).toEqual(new Array(6).fill(false));
    client.transport.destroy();
    await client.closed;
    const again = resume();
    const [connack, ...resent] = await again.take(7);
    expect(connack).toMatchObject({ type: 'connack', sessionPresent: true });
    expect(resent).toEqual(sent.map((packet) => ({ ...packet, duplicate: true })));
  });

  it('[MQTT-4.4.0-2] [MQTT-4.3.2-3] only those not acknowledged, also by a refusal', async () => {
    const { client, publisher, resume } = await start();
    for (let i = 0; i < 4; i++) await publisher.publish('a', String(i), { qos: i < 2 ? 1 : 2 });
    const sent = (await client.take(4)) as PublishPacket[];
    const [first, second, third] = sent.map(({ packetIdentifier }) => packetIdentifier) as [number, number, number];
    client.write(
      { type: 'puback', packetIdentifier: first },
      { type: 'puback', packetIdentifier: second, reasonCode: 0x80 },
      { type: 'pubrec', packetIdentifier: third, reasonCode: 0x97 },
      { type: 'pingreq' },
    );
    expect((await client.next()).type).toBe('pingresp');
    client.transport.destroy();
    await client.closed;
    const again = resume();
    again.write({ type: 'pingreq' });
    const packets = await again.take(3);
    expect(packets).toMatchObject([
      { type: 'connack' },
      { type: 'publish', packetIdentifier: sent[3]!.packetIdentifier, duplicate: true },
      { type: 'pingresp' },
    ]);
  });

  it('[MQTT-4.3.3-4] [MQTT-4.3.3-5] [MQTT-4.3.3-6] after PUBREC only PUBREL is sent again', async () => {
    const { client, publisher, resume } = await start();
    void publisher.publish('a', 'once', { qos: 2 });
    const { packetIdentifier } = (await client.next()) as PublishPacket;
    client.write({ type: 'pubrec', packetIdentifier });
    expect(await client.next()).toMatchObject({ type: 'pubrel', packetIdentifier, reasonCode: 0 });
    client.transport.destroy();
    await client.closed;
    const again = resume();
    expect(await again.take(2)).toMatchObject([{ type: 'connack' }, { type: 'pubrel', packetIdentifier }]);
    again.write({ type: 'pubcomp', packetIdentifier }, { type: 'pingreq' });
    expect((await again.next()).type).toBe('pingresp');
    again.transport.destroy();
    await again.closed;
    const last = resume();
    last.write({ type: 'pingreq' });
    expect(await last.take(2)).toMatchObject([{ type: 'connack' }, { type: 'pingresp' }]);
  });

  it('[MQTT-2.2.1-4] [MQTT-4.3.2-1] [MQTT-4.3.3-1] [MQTT-2.3.1-4@3.1.1] new messages do not take identifiers in flight', async () => {
    const { client, publisher, resume } = await start();
    for (let i = 0; i < 3; i++) await publisher.publish('a', 'old', { qos: 1 });
    await client.take(3);
    client.transport.destroy();
    await client.closed;
    for (let i = 0; i < 3; i++) await publisher.publish('a', 'new', { qos: 1 });
    const again = resume();
    const packets = (await again.take(7)).slice(1) as PublishPacket[];
    expect(packets.map(({ duplicate }) => duplicate)).toEqual([true, true, true, false, false, false]);
    const identifiers = packets.map(({ packetIdentifier }) => packetIdentifier);
    expect(new Set(identifiers).size).toBe(6);
    expect(identifiers).not.toContain(0);
  });

  it('[MQTT-3.1.2-4] a clean start forgets what was in flight', async () => {
    const { client, publisher, resume } = await start();
    await publisher.publish('a', 'forgotten', { qos: 1 });
    await client.next();
    client.write({ ...CONNECT, cleanStart: true }); // a second CONNECT: thrown out
    await client.closed;
    const clean = resume();
    expect(await clean.take(2)).toMatchObject([{ sessionPresent: true }, { type: 'publish', duplicate: true }]);
  });
});

describe('messages of the client', () => {
  it('[MQTT-4.3.3-10] [MQTT-4.3.3-2@3.1.1] QoS 2 is delivered once, however often it comes before PUBREL', async () => {
    const { client, publisher: watcher, resume } = await start();
    await watcher.subscribe('once', 0);
    const publish = { type: 'publish', topicName: 'once', payload: 'x', qos: 2, packetIdentifier: 7 } as const;
    const isAnswer = { type: 'pubrec', packetIdentifier: 7, reasonCode: 0 };
    client.write({ type: 'unsubscribe', packetIdentifier: 3, topicFilters: ['#'] }, publish);
    expect(await client.take(2)).toMatchObject([{ type: 'unsuback' }, isAnswer]);
    client.write({ ...publish, duplicate: true });
    expect(await client.next()).toMatchObject(isAnswer);
    client.transport.destroy();
    await client.closed;
    const again = resume();
    again.write({ ...publish, duplicate: true }, { type: 'pubrel', packetIdentifier: 7 });
    expect((await again.take(3)).slice(1)).toMatchObject([
      isAnswer,
      { type: 'pubcomp', packetIdentifier: 7, reasonCode: 0 },
    ]);
    expect(await watcher.messages()).toEqual(['once=x']);
  });

  it('[MQTT-4.3.3-12] [MQTT-4.3.2-5] after PUBCOMP or PUBACK the identifier means a new message', async () => {
    const { client, publisher: watcher } = await start();
    await watcher.subscribe('t', 0);
    client.write({ type: 'unsubscribe', packetIdentifier: 3, topicFilters: ['#'] });
    expect((await client.next()).type).toBe('unsuback');
    for (let i = 0; i < 2; i++) {
      const publish = { type: 'publish', topicName: 't', packetIdentifier: 7, duplicate: i > 0 } as const;
      client.write({ ...publish, qos: 2, payload: `two ${i}` });
      expect(await client.next()).toMatchObject({ type: 'pubrec', packetIdentifier: 7, reasonCode: 0 });
      client.write({ type: 'pubrel', packetIdentifier: 7 });
      expect(await client.next()).toMatchObject({ type: 'pubcomp', packetIdentifier: 7, reasonCode: 0 });
      client.write({ ...publish, qos: 1, payload: `one ${i}` });
      expect(await client.next()).toMatchObject({ type: 'puback', packetIdentifier: 7, reasonCode: 0 });
    }
    expect(await watcher.messages()).toEqual(['t=two 0', 't=one 0', 't=two 1', 't=one 1']);
  });

  it('[MQTT-4.3.3-11] an unknown PUBREL is answered by PUBCOMP 0x92 and ends nothing', async () => {
    const { client } = await start();
    client.write({ type: 'pubrel', packetIdentifier: 99 }, { type: 'pingreq' });
    expect(await client.take(2)).toMatchObject([
      { type: 'pubcomp', packetIdentifier: 99, reasonCode: 0x92 },
      { type: 'pingresp' },
    ]);
  });

  it('[MQTT-3.1.2-4] a clean start forgets identifiers received: the same one is a new message', async () => {
    const { connect, transport } = await startBroker();
    const watcher = await connect('watcher');
    await watcher.subscribe('t', 0);
    for (const payload of ['first', 'second']) {
      const client = new RawClient(transport());
      const publish = { type: 'publish', topicName: 't', payload, qos: 2, packetIdentifier: 7 } as const;
      client.write({ ...CONNECT, cleanStart: true }, publish);
      expect((await client.take(2))[1]).toMatchObject({ type: 'pubrec', reasonCode: 0 });
      client.transport.destroy();
      await client.closed;
    }
    expect(await watcher.messages()).toEqual(['t=first', 't=second']);
  });
});
