// PUBLISH at the broker, in every version: what is not permitted, DUP from one side to the other, what is too large, and
// what a member of a shared group refuses.
import { describe, expect, it } from 'vitest';
import type { Packet } from '../../src/mqtt/packets/packet.ts';
import { connectRaw, heard } from '../support/raw-connected.ts';
import { startBroker } from '../support/test-broker.ts';

const subscribe = (topicFilter: string, qos: 0 | 1 | 2) =>
  ({ type: 'subscribe', packetIdentifier: 1, subscriptions: [{ topicFilter, qos }] }) as const;

describe('a PUBLISH without permission', () => {
  for (const version of [3, 4] as const) {
    it(`[MQTT-3.3.5-2@3.1.1] is acknowledged as usual before 5.0, and goes nowhere (protocol version ${version})`, async () => {
      const started = await startBroker({ hooks: { authorize: (_client, action) => action === 'subscribe' } });
      const dropped: string[] = [];
      started.broker.on('dropped', ({ topicName, reason }) => dropped.push(`${topicName} ${reason}`));
      const subscriber = await connectRaw(started, 'subscriber', version);
      subscriber.write(subscribe('#', 2));
      const publisher = await connectRaw(started, 'publisher', version);
      for (const qos of [0, 1, 2] as const) {
        publisher.write({ type: 'publish', topicName: `q${qos}`, qos, packetIdentifier: qos, retain: true });
      }
      publisher.write({ type: 'pubrel', packetIdentifier: 2 });
      expect((await heard(publisher)).map(({ type }) => type)).toEqual(['puback', 'pubrec', 'pubcomp']);
      expect((await heard(subscriber)).map(({ type }) => type)).toEqual(['suback']);
      expect(dropped).toEqual(['q0 not-authorized', 'q1 not-authorized', 'q2 not-authorized']);
    });
  }

  it('is answered with Not authorized in 5.0, and its identifier is free again', async () => {
    const started = await startBroker({ hooks: { authorize: () => false } });
    const publisher = await connectRaw(started, 'publisher');
    const publish = { type: 'publish', topicName: 't' } as const;
    publisher.write({ ...publish, qos: 1, packetIdentifier: 1 }, { ...publish, qos: 2, packetIdentifier: 2 });
    publisher.write({ ...publish, qos: 2, packetIdentifier: 2 });
    const answers = await heard(publisher);
    expect(answers).toMatchObject([{ type: 'puback' }, { type: 'pubrec' }, { type: 'pubrec' }]);
    expect(answers.map((packet) => 'reasonCode' in packet && packet.reasonCode)).toEqual([0x87, 0x87, 0x87]);
  });
});

describe('DUP', () => {
  for (const version of [4, 5] as const) {
    it(`[MQTT-3.3.1-3] [MQTT-3.3.1-3@3.1.1] is not passed on, and set for sending again only (protocol version ${version})`, async () => {
      const started = await startBroker();
      const subscriber = await connectRaw(started, 'subscriber', version);
      subscriber.write(subscribe('#', 2));
      const publisher = await connectRaw(started, 'publisher', version);
      const twice = [1, 2].flatMap((qos) =>
        [false, true].map((duplicate) => {
          const packet = { type: 'publish', topicName: `q${qos}`, duplicate, packetIdentifier: 10 + qos } as const;
          return { ...packet, qos: qos as 1 | 2 };
        }),
      );
      publisher.write(...twice);
      await heard(publisher);
      const [, ...publishes] = await heard(subscriber);
      // At QoS 1 the second one is a message of its own (§4.3.2); at QoS 2 it is the same one.
      expect(publishes).toMatchObject(['q1', 'q1', 'q2'].map((topicName) => ({ topicName, duplicate: false })));
    });
  }
});

it('[MQTT-3.1.2-25] a message too large for one client counts as delivered to it, and nothing else suffers', async () => {
  const started = await startBroker();
  const dropped: string[] = [];
  started.broker.on('dropped', ({ clientId, reason }) => dropped.push(`${clientId} ${reason}`));
  const small = await connectRaw(started, 'small', 5, { properties: { maximumPacketSize: 50 } });
  const large = await connectRaw(started, 'large');
  for (const client of [small, large]) client.write(subscribe('t', 1));
  for (const client of [small, large]) await client.next();
  const publisher = await started.connect('publisher');
  expect(await publisher.publish('t', 'x'.repeat(100), { qos: 1 })).toBe(0);
  expect(await publisher.publish('t', 'short', { qos: 1 })).toBe(0);
  const payloads = (packets: Packet[]) =>
    packets.map((packet) => (packet.type === 'publish' ? packet.payload.length : packet.type));
  expect(payloads(await heard(small))).toEqual([5]);
  expect(payloads(await heard(large))).toEqual([100, 5]);
  expect(dropped).toEqual(['small packet-too-large']);
});

describe('a shared subscription', () => {
  for (const [qos, refusal] of [
    [1, 'puback'],
    [2, 'pubrec'],
  ] as const) {
    it(`[MQTT-4.8.2-6] what a member refuses by ${refusal.toUpperCase()} is given to no other`, async () => {
      const started = await startBroker();
      const dropped: string[] = [];
      started.broker.on('dropped', ({ clientId, reason }) => dropped.push(`${clientId} ${reason}`));
      const members = [await connectRaw(started, 'm0'), await connectRaw(started, 'm1')];
      for (const member of members) {
        member.write(subscribe('$share/group/t', 2));
        await member.next();
      }
      const publisher = await started.connect('publisher');
      await publisher.publish('t', 'refused', { qos });
      const got = await Promise.all(members.map(heard));
      const taker = got.findIndex((packets) => packets.length === 1);
      expect(got[1 - taker]).toEqual([]);
      const [publish] = got[taker]!;
      if (publish?.type !== 'publish') throw new Error('no PUBLISH');
      expect(publish.qos).toBe(qos);
      members[taker]!.write({ type: refusal, packetIdentifier: publish.packetIdentifier, reasonCode: 0x83 });
      expect(await heard(members[taker]!)).toEqual([]);
      expect(await heard(members[1 - taker]!)).toEqual([]);
      expect(dropped).toEqual([`m${taker} refused`]);
      members[taker]!.transport.destroy(); // nor does the end of its session give it to the other
      await members[taker]!.closed;
      expect(await heard(members[1 - taker]!)).toEqual([]);
    });
  }
});

it('what a client had not been sent yet when its session ended is counted, retained messages too', async () => {
  for (const retain of [true, false]) {
    const started = await startBroker();
    const publisher = await started.connect('publisher');
    const publishAll = async () => {
      for (let i = 0; i < 5; i++) await publisher.publish(`t/${i}`, 'x', { qos: 1, retain });
    };
    if (retain) await publishAll();
    const client = await connectRaw(started, 'c', 5, { properties: { receiveMaximum: 1 } });
    client.write(subscribe('#', 1));
    await heard(client);
    if (!retain) await publishAll();
    client.transport.destroy();
    await client.closed;
    await publisher.messages();
    expect(started.broker.statistics.dropped).toEqual({ 'session-ended': 4 });
  }
});
