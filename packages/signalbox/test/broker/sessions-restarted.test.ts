// What another broker on the same store knows: after a close, and after a kill, when nobody said goodbye. §4.1
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/broker/store/memory-store.ts';
import type { PublishPacket } from '../../src/mqtt/packets/publish.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { RawClient } from '../support/raw-client.ts';
import { startBroker, type TestBroker } from '../support/test-broker.ts';

const LASTING = { cleanStart: false, properties: { sessionExpiryInterval: 3600 } } as const;
const CONNECT = { type: 'connect', clientId: 'client', ...LASTING } as const;

for (const ending of ['closed', 'killed'] as const) {
  /** A broker, and how to get the next one on the same store. */
  async function start() {
    const store = new MemoryStore();
    const clock = new ManualClock();
    let current: TestBroker = await startBroker({ store, clock });
    const restart = async () => {
      if (ending === 'closed') await current.broker.close();
      // One that was killed says nothing more to the store: it is left alone with its connections.
      current = await startBroker({ store, clock });
      return current;
    };
    return { ...current, clock, store, restart };
  }

  describe(`after the broker was ${ending}`, () => {
    it('[MQTT-3.1.2-5] [MQTT-3.2.2-3] sessions are there with their subscriptions and options', async () => {
      const { connect, restart } = await start();
      const client = await connect('client', { connect: LASTING });
      await client.subscribe('own/#', 1, { noLocal: true });
      await client.subscribe('a/+', 1, { retainAsPublished: true }, { subscriptionIdentifiers: [7] });
      await client.subscribe('gone', 1);
      client.send({ type: 'unsubscribe', topicFilters: ['gone'] });
      await client.next('unsuback');
      const next = await restart();
      const again = await next.connect('client', { connect: LASTING });
      expect(again.connack.sessionPresent).toBe(true);
      await again.publish('own/x', 'own', { qos: 1 });
      const publisher = await next.connect('publisher');
      for (const topicName of ['gone', 'a/b']) await publisher.publish(topicName, 'text', { qos: 2, retain: true });
      expect(await again.message()).toMatchObject({
        topicName: 'a/b',
        qos: 1,
        retain: true,
        properties: { subscriptionIdentifiers: [7] },
      });
      expect(await again.messages()).toEqual([]);
    });

    it('[MQTT-3.1.2-23] [MQTT-4.5.0-1] what waited for a client still does, in order', async () => {
      const { connect, restart } = await start();
      const client = await connect('client', { connect: LASTING });
      await client.subscribe('#', 2);
      await client.destroy();
      const publisher = await connect('publisher');
      const properties = {
        contentType: 'text/plain',
        userProperties: [
          ['b', '1'],
          ['a', '2'],
        ],
      } as const;
      for (let i = 0; i < 5; i++)
        await publisher.publish(`t/${i}`, String(i), { qos: i % 2 === 0 ? 2 : 1, properties });
      const next = await restart();
      const again = await next.connect('client', { connect: LASTING });
      for (let i = 0; i < 5; i++) {
        expect(await again.message()).toMatchObject({
          topicName: `t/${i}`,
          text: String(i),
          qos: i % 2 === 0 ? 2 : 1,
          duplicate: false,
          properties,
        });
      }
      expect(await again.messages()).toEqual([]);
    });

    it('[MQTT-4.4.0-1] [MQTT-4.3.3-6] what was in flight is sent again, and PUBREL where PUBREC had come', async () => {
      const { connect, restart, transport } = await start();
      const client = new RawClient(transport());
      const subscriptions = [{ topicFilter: '#', qos: 2 }] as const;
      client.write(CONNECT, { type: 'subscribe', packetIdentifier: 1, subscriptions });
      await client.take(2);
      const publisher = await connect('publisher');
      for (let i = 0; i < 4; i++) await publisher.publish('t', String(i), { qos: i === 0 ? 1 : 2 });
      const sent = (await client.take(4)) as PublishPacket[];
      const handedOver = sent[2]!.packetIdentifier;
      client.write({ type: 'puback', packetIdentifier: sent[0]!.packetIdentifier });
      client.write({ type: 'pubrec', packetIdentifier: handedOver });
      expect(await client.next()).toMatchObject({ type: 'pubrel', packetIdentifier: handedOver });
      const next = await restart();
      const again = new RawClient(next.transport());
      again.write(CONNECT);
      const [connack, ...packets] = await again.take(4);
      expect(connack).toMatchObject({ type: 'connack', sessionPresent: true });
      expect(packets).toEqual(
        expect.arrayContaining([
          { ...sent[1], duplicate: true },
          { ...sent[3], duplicate: true },
          { type: 'pubrel', packetIdentifier: handedOver, reasonCode: 0, properties: {} },
        ]),
      );
      again.write({ type: 'pubcomp', packetIdentifier: handedOver });
      await (await next.connect('publisher')).publish('t', 'new', { qos: 1 });
      const fresh = (await again.next()) as PublishPacket;
      expect(fresh).toMatchObject({ type: 'publish', duplicate: false });
      expect([sent[1]!.packetIdentifier, sent[3]!.packetIdentifier, 0]).not.toContain(fresh.packetIdentifier);
    });

    it('[MQTT-4.3.3-10] [MQTT-4.3.3-11] received QoS 2 identifiers are known: delivered once', async () => {
      const { connect, restart, transport } = await start();
      const away = await connect('away', { connect: LASTING });
      await away.subscribe('t', 2);
      await away.disconnect();
      const client = new RawClient(transport());
      const publish = { type: 'publish', topicName: 't', payload: 'x', qos: 2, packetIdentifier: 9 } as const;
      client.write(CONNECT, publish, { ...publish, packetIdentifier: 10 });
      await client.take(3);
      client.write({ type: 'pubrel', packetIdentifier: 10 });
      expect(await client.next()).toMatchObject({ type: 'pubcomp', packetIdentifier: 10, reasonCode: 0 });
      const next = await restart();
      const again = new RawClient(next.transport());
      again.write(CONNECT, { ...publish, duplicate: true });
      expect(await again.take(2)).toMatchObject([
        { type: 'connack' },
        { type: 'pubrec', packetIdentifier: 9, reasonCode: 0 },
      ]);
      again.write({ type: 'pubrel', packetIdentifier: 9 }, { type: 'pubrel', packetIdentifier: 10 });
      expect(await again.take(2)).toMatchObject(
        [
          { type: 'pubcomp', packetIdentifier: 9, reasonCode: 0 },
          { type: 'pubcomp', packetIdentifier: 10, reasonCode: 0x92 },
        ].sort((a, b) => b.reasonCode - a.reasonCode),
      );
      const back = await next.connect('away', { connect: LASTING });
      expect(await back.messages()).toEqual(['t=x', 't=x']);
    });

    it('[MQTT-3.1.2-7@3.1.1] retained messages are there, cleared ones are not', async () => {
      const { connect, restart } = await start();
      const publisher = await connect('publisher');
      for (const name of ['stays', 'goes', 'changes'])
        await publisher.publish(`r/${name}`, 'old', { qos: 1, retain: true });
      await publisher.publish('r/goes', '', { qos: 1, retain: true });
      await publisher.publish('r/changes', 'new', { qos: 0, retain: true });
      await publisher.messages();
      const next = await restart();
      const late = await next.connect('late');
      await late.subscribe('r/+', 1);
      expect((await late.messages()).sort()).toEqual(['r/changes=new', 'r/stays=old']);
    });

    it('[MQTT-4.1.0-2] session and message expiry go on counting', async () => {
      const { clock, connect, restart } = await start();
      const client = await connect('client', { connect: LASTING });
      await client.subscribe('t', 1);
      await client.destroy();
      const publisher = await connect('publisher');
      await publisher.publish('t', 'short', { qos: 1, properties: { messageExpiryInterval: 10 } });
      await publisher.publish('t', 'long', { qos: 1, properties: { messageExpiryInterval: 100 } });
      clock.advance(20);
      const next = await restart();
      const again = await next.connect('client', { connect: LASTING });
      expect(await again.message()).toMatchObject({ text: 'long', properties: { messageExpiryInterval: 80 } });
      expect(await again.messages()).toEqual([]);
      await again.disconnect();
      clock.jump(3601);
      const last = await restart();
      expect((await last.connect('client', { connect: LASTING })).connack.sessionPresent).toBe(false);
    });

    it('[MQTT-3.1.2-4] sessions that have ended are forgotten by the store too', async () => {
      const { connect, restart, store } = await start();
      const endings = [
        () => connect('client', { connect: { cleanStart: true } }),
        async () => (await connect('client', { connect: LASTING })).disconnect(0, { sessionExpiryInterval: 0 }),
        async () => (await connect('client', { connect: { cleanStart: false } })).disconnect(),
      ];
      for (const end of endings) {
        const client = await connect('client', { connect: LASTING });
        await client.subscribe('#', 1);
        await client.disconnect();
        await (await connect('publisher')).publish('t', 'waits', { qos: 1 });
        await end();
        expect([...store.open().sessions]).toEqual([]);
      }
      const client = await connect('client', { connect: LASTING });
      expect(client.connack.sessionPresent).toBe(false);
      const next = await restart();
      const again = await next.connect('client', { connect: LASTING });
      expect(again.connack.sessionPresent).toBe(true);
      await (await next.connect('publisher')).publish('t', 'for nobody', { qos: 1 });
      expect(await again.messages()).toEqual([]);
    });
  });
}
