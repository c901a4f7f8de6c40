// SUBSCRIBE and UNSUBSCRIBE at the broker before MQTT 5.0: one code for failures, none in UNSUBACK. §3.8 to §3.11 of 3.1.1
import { describe, expect, it } from 'vitest';
import type { Packet } from '../../src/mqtt/packets/packet.ts';
import { connectRaw, heard } from '../support/raw-connected.ts';
import { startBroker, type TestBroker } from '../support/test-broker.ts';

const connect = (started: TestBroker) => connectRaw(started, 'subscriber', 4, { cleanStart: false });

function subscribe(packetIdentifier: number, filters: Readonly<Record<string, 0 | 1 | 2>>) {
  const subscriptions = Object.entries(filters).map(([topicFilter, qos]) => ({ topicFilter, qos }));
  return { type: 'subscribe', packetIdentifier, subscriptions } as const;
}

function unsubscribe(packetIdentifier: number, ...topicFilters: string[]) {
  return { type: 'unsubscribe', packetIdentifier, topicFilters } as const;
}

const topics = (packets: Packet[]) =>
  packets.flatMap((packet) => (packet.type === 'publish' ? [packet.topicName] : [])).sort();

describe('SUBSCRIBE of 3.1.1', () => {
  it('[MQTT-3.8.4-1@3.1.1] [MQTT-3.8.4-2@3.1.1] is answered by a SUBACK of the same identifier, each', async () => {
    const client = await connect(await startBroker());
    client.write(subscribe(0x1234, { a: 0 }), subscribe(0xffff, { b: 1 }), subscribe(1, { a: 2 }));
    expect(await heard(client)).toEqual([
      { type: 'suback', packetIdentifier: 0x1234, reasonCodes: [0], properties: {} },
      { type: 'suback', packetIdentifier: 0xffff, reasonCodes: [1], properties: {} },
      { type: 'suback', packetIdentifier: 1, reasonCodes: [2], properties: {} },
    ]);
  });

  it('[MQTT-3.9.3-1@3.1.1] [MQTT-3.8.4-5@3.1.1] SUBACK tells for each filter, in their order, what was granted or 0x80', async () => {
    const started = await startBroker({
      hooks: {
        authorize: (_client, _action, topic) => topic !== 'forbidden',
        onSubscribe: (_client, { topicFilter }) => (topicFilter === 'lowered' ? 0 : topicFilter !== 'refused'),
      },
    });
    const client = await connect(started);
    client.write(subscribe(7, { two: 2, forbidden: 1, none: 0, lowered: 2, refused: 0, one: 1 }));
    expect(await client.next()).toMatchObject({ packetIdentifier: 7, reasonCodes: [2, 0x80, 0, 0, 0x80, 1] });
  });

  it('[MQTT-3.8.4-4@3.1.1] with many filters is many SUBSCRIBEs with one SUBACK', async () => {
    const filters = { 'kept/#': 1, 'kept/a': 2, 'other/+': 0, nothing: 1 } as const;
    const outcomes: unknown[] = [];
    for (const isJoint of [true, false]) {
      const started = await startBroker();
      const publisher = await started.connect('publisher', { protocolVersion: 4 });
      await publisher.publish('kept/a', 'old', { qos: 2, retain: true });
      await publisher.publish('other/b', 'old', { qos: 2, retain: true });
      const client = await connect(started);
      if (isJoint) client.write(subscribe(1, filters));
      else client.write(...Object.entries(filters).map(([filter, qos], i) => subscribe(10 + i, { [filter]: qos })));
      const first = await heard(client);
      const subacks = first.filter((packet) => packet.type === 'suback');
      expect(subacks).toHaveLength(isJoint ? 1 : 4);
      await publisher.publish('kept/c', 'new', { qos: 1 });
      await publisher.publish('nothing', 'new', { qos: 1 });
      const codes = subacks.flatMap(({ reasonCodes }) => reasonCodes);
      outcomes.push({ codes, retained: topics(first), live: topics(await heard(client)) });
    }
    const retained = ['kept/a', 'kept/a', 'other/b'];
    expect(outcomes[0]).toEqual({ codes: [1, 2, 0, 1], retained, live: ['kept/c', 'nothing'] });
    expect(outcomes[1]).toEqual(outcomes[0]);
  });
});

describe('UNSUBSCRIBE of 3.1.1', () => {
  it('[MQTT-3.10.4-4@3.1.1] [MQTT-3.10.4-5@3.1.1] is answered by an UNSUBACK of the same identifier, also when nothing was subscribed', async () => {
    const client = await connect(await startBroker());
    client.write(subscribe(1, { a: 0 }), unsubscribe(0xabcd, 'a'), unsubscribe(2, 'a'), unsubscribe(3, 'never', '+/#'));
    expect((await heard(client)).slice(1)).toEqual([
      { type: 'unsuback', packetIdentifier: 0xabcd, reasonCodes: [], properties: {} },
      { type: 'unsuback', packetIdentifier: 2, reasonCodes: [], properties: {} },
      { type: 'unsuback', packetIdentifier: 3, reasonCodes: [], properties: {} },
    ]);
  });

  it('[MQTT-3.10.4-6@3.1.1] with many filters is many UNSUBSCRIBEs with one UNSUBACK', async () => {
    const filters = ['a', 'never', 'b/+', '#'];
    for (const isJoint of [true, false]) {
      const started = await startBroker();
      const publisher = await started.connect('publisher', { protocolVersion: 4 });
      const client = await connect(started);
      client.write(subscribe(1, { a: 0, 'b/+': 0, '#': 0, 'b/c': 0 }));
      await heard(client);
      if (isJoint) client.write(unsubscribe(2, ...filters));
      else client.write(...filters.map((filter, i) => unsubscribe(10 + i, filter)));
      const identifiers = (await heard(client)).map(
        (packet) => 'packetIdentifier' in packet && packet.packetIdentifier,
      );
      expect(identifiers).toEqual(isJoint ? [2] : [10, 11, 12, 13]);
      for (const topic of ['a', 'b/d', 'b/c', 'x']) await publisher.publish(topic, '', { qos: 1 });
      expect(topics(await heard(client))).toEqual(['b/c']);
    }
  });

  it('[MQTT-3.10.4-3@3.1.1] what was on its way before is finished, over a broken connection too', async () => {
    const started = await startBroker();
    const publisher = await started.connect('publisher', { protocolVersion: 4 });
    const first = await connect(started);
    first.write(subscribe(1, { t: 2 }));
    await first.next();
    await publisher.publish('t', 'one', { qos: 1 });
    await publisher.publish('t', 'two', { qos: 2 });
    const sent = await first.take(2);
    first.write(unsubscribe(2, 't'));
    expect(await first.next()).toMatchObject({ type: 'unsuback' });
    await publisher.publish('t', 'three', { qos: 2 });
    first.transport.destroy();
    await first.closed;
    const second = await connect(started);
    const again = await heard(second);
    expect(again).toEqual(sent.map((packet) => ({ ...packet, duplicate: true })));
    const [one, two] = again.map((packet) => ('packetIdentifier' in packet ? packet.packetIdentifier : 0));
    second.write({ type: 'puback', packetIdentifier: one! }, { type: 'pubrec', packetIdentifier: two! });
    expect(await second.next()).toMatchObject({ type: 'pubrel', packetIdentifier: two });
    second.write({ type: 'pubcomp', packetIdentifier: two! });
    expect(await heard(second)).toEqual([]);
  });
});
