// Retained messages: kept, replaced, cleared, expired and sent to new subscriptions. §3.3.1.3, §3.8.3.1
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/broker/store/memory-store.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { startBroker } from '../support/test-broker.ts';

const LASTING = { cleanStart: false, properties: { sessionExpiryInterval: 3600 } } as const;

describe('a retained message', () => {
  for (const protocolVersion of [3, 4, 5] as const) {
    it(`[MQTT-3.3.1-5] [MQTT-3.3.1-5@3.1.1] [MQTT-3.3.1-6@3.1.1] [MQTT-3.3.1-8@3.1.1] is sent with RETAIN 1 to who subscribes later, the last one only (version ${protocolVersion})`, async () => {
      const { connect } = await startBroker();
      const publisher = await connect('publisher', { protocolVersion });
      await publisher.publish('a/b', 'old', { qos: 2, retain: true });
      await publisher.publish('a/b', 'new', { qos: 1, retain: true });
      const client = await connect('client', { protocolVersion });
      for (const topicFilter of ['a/b', 'a/+', '#']) {
        await client.subscribe(topicFilter, 2);
        expect(await client.message()).toMatchObject({
          topicName: 'a/b',
          text: 'new',
          qos: 1,
          retain: true,
          duplicate: false,
        });
      }
      expect(await client.messages()).toEqual([]);
    });

    it(`[MQTT-3.3.1-6] [MQTT-3.3.1-7] [MQTT-3.3.1-8] [MQTT-3.3.1-10@3.1.1] [MQTT-3.3.1-11@3.1.1] [MQTT-3.3.1-12@3.1.1] an empty payload clears it only with RETAIN 1 (version ${protocolVersion})`, async () => {
      const { connect, broker } = await startBroker();
      const publisher = await connect('publisher', { protocolVersion });
      const watcher = await connect('watcher', { protocolVersion });
      await watcher.subscribe('a', 1);
      await publisher.publish('a', 'kept', { qos: 1, retain: true });
      await publisher.publish('a', '', { qos: 1 });
      await publisher.publish('a', 'passing', { qos: 1 });
      const before = await connect('before', { protocolVersion });
      await before.subscribe('a', 0);
      expect(await before.messages()).toEqual(['a=kept']);
      await publisher.publish('a', '', { qos: 1, retain: true });
      const after = await connect('after', { protocolVersion });
      await after.subscribe('a', 0);
      expect(await after.messages()).toEqual([]);
      expect(await watcher.messages()).toEqual(['a=kept', 'a=', 'a=passing', 'a=']);
      expect(broker.statistics.dropped).toEqual({});
    });
  }

  it('[MQTT-3.3.1-7@3.1.1] of QoS 0 replaces one of QoS 2', async () => {
    const { connect } = await startBroker();
    const publisher = await connect('publisher', { protocolVersion: 4 });
    await publisher.publish('a', 'two', { qos: 2, retain: true });
    await publisher.publish('a', 'zero', { qos: 0, retain: true });
    await publisher.messages();
    const client = await connect('client');
    await client.subscribe('a', 2);
    expect(await client.message()).toMatchObject({ text: 'zero', qos: 0 });
  });

  it('[MQTT-3.8.4-8] comes with the lower of its own and the granted QoS', async () => {
    const { connect } = await startBroker();
    const publisher = await connect('publisher');
    for (const qos of [0, 1, 2] as const) await publisher.publish(`q/${qos}`, 'x', { qos, retain: true });
    for (const granted of [0, 1, 2] as const) {
      const client = await connect(`client-${granted}`);
      await client.subscribe('q/+', granted);
      for (let i = 0; i < 3; i++) {
        const { topicName, qos } = await client.message();
        expect(qos).toBe(Math.min(Number(topicName.at(-1)), granted));
      }
    }
  });

  it('[MQTT-3.3.1-12] [MQTT-3.3.1-13] [MQTT-3.3.1-9@3.1.1] RETAIN reaches subscriptions that are there only with Retain As Published', async () => {
    const { connect } = await startBroker();
    const plain = await connect('plain');
    const asPublished = await connect('as-published');
    const old = await connect('old', { protocolVersion: 4 });
    await plain.subscribe('a', 1);
    await asPublished.subscribe('a', 1, { retainAsPublished: true });
    await old.subscribe('a', 1);
    const publisher = await connect('publisher');
    for (const retain of [true, false]) {
      await publisher.publish('a', 'x', { qos: 1, retain });
      expect((await plain.message()).retain).toBe(false);
      expect((await old.message()).retain).toBe(false);
      expect((await asPublished.message()).retain).toBe(retain);
    }
  });

  it('[MQTT-3.3.1-9] [MQTT-3.3.1-10] [MQTT-3.3.1-11] Retain Handling: every SUBSCRIBE, new subscriptions, or none', async () => {
    const { connect } = await startBroker();
    await (await connect('publisher')).publish('a', 'kept', { qos: 1, retain: true });
    for (const [retainHandling, expected] of [
      [0, [1, 1, 1]],
      [1, [1, 0, 0]],
      [2, [0, 0, 0]],
    ] as const) {
      const client = await connect('client', { connect: LASTING });
      const counts = [];
      for (let i = 0; i < 3; i++) {
        await client.subscribe('a', 1, { retainHandling });
        counts.push((await client.messages()).length);
      }
      expect(counts).toEqual(expected);
      await client.subscribe('a', 1, { retainHandling: 2 });
      client.send({ type: 'unsubscribe', topicFilters: ['a'] });
      await client.next('unsuback');
      await client.subscribe('a', 1, { retainHandling });
      expect(await client.messages()).toHaveLength(retainHandling === 2 ? 0 : 1);
      client.send({ type: 'unsubscribe', topicFilters: ['a'] });
      await client.disconnect();
    }
  });

  it('[MQTT-3.3.1-10] a session that came back has its old subscriptions, which are not new', async () => {
    const { connect } = await startBroker();
    await (await connect('publisher')).publish('a', 'kept', { qos: 1, retain: true });
    const client = await connect('client', { connect: LASTING });
    await client.subscribe('a', 1, { retainHandling: 1 });
    expect(await client.messages()).toEqual(['a=kept']);
    await client.disconnect();
    const again = await connect('client', { connect: LASTING });
    await again.subscribe('a', 1, { retainHandling: 1 });
    expect(await again.messages()).toEqual([]);
  });

  it('No Local holds for the retained messages of the client itself', async () => {
    const { connect } = await startBroker();
    const client = await connect('client');
    await client.publish('own', 'x', { qos: 1, retain: true });
    await (await connect('other')).publish('foreign', 'x', { qos: 1, retain: true });
    await client.subscribe('#', 1, { noLocal: true });
    expect(await client.messages()).toEqual(['foreign=x']);
  });

  it('[MQTT-3.3.2-5] [MQTT-3.3.2-6] counts its expiry from its publication and is gone afterwards', async () => {
    const clock = new ManualClock();
    const { connect } = await startBroker({ clock });
    const publisher = await connect('publisher');
    await publisher.publish('a', 'short', { qos: 1, retain: true, properties: { messageExpiryInterval: 10 } });
    await publisher.publish('b', 'long', { qos: 1, retain: true });
    const client = await connect('client');
    clock.advance(4);
    await client.subscribe('a', 1);
    expect((await client.message()).properties.messageExpiryInterval).toBe(6);
    clock.advance(6);
    await client.subscribe('#', 1);
    expect(await client.messages()).toEqual(['b=long']);
  });

  it('a new one without expiry stays when the time of the old one is over', async () => {
    const clock = new ManualClock();
    const { connect } = await startBroker({ clock });
    const publisher = await connect('publisher');
    await publisher.publish('a', 'short', { qos: 1, retain: true, properties: { messageExpiryInterval: 10 } });
    await publisher.publish('a', 'long', { qos: 1, retain: true });
    clock.advance(3600);
    const client = await connect('client');
    await client.subscribe('a', 1);
    expect(await client.messages()).toEqual(['a=long']);
  });

  it('wildcards find exactly what they match', async () => {
    const { connect } = await startBroker();
    const publisher = await connect('publisher');
    const names = ['a', 'a/b', 'a/b/c', 'a//c', '/', '/a', '$x/a', 'b/b/c'];
    for (const name of names) await publisher.publish(name, '', { qos: 1 });
    for (const name of names) await publisher.publish(name, 'x', { qos: 1, retain: true });
    for (const [topicFilter, expected] of [
      ['#', ['a', 'a/b', 'a/b/c', 'a//c', '/', '/a', 'b/b/c']],
      ['a/#', ['a', 'a/b', 'a/b/c', 'a//c']],
      ['+/+/c', ['a/b/c', 'a//c', 'b/b/c']],
      ['+/b/#', ['a/b', 'a/b/c', 'b/b/c']],
      ['+', ['a']],
      ['/+', ['/', '/a']],
      ['$x/#', ['$x/a']],
      ['a/b/c/d', []],
    ] as const) {
      const client = await connect('client');
      await client.subscribe(topicFilter, 1);
      expect((await client.messages()).sort()).toEqual(expected.map((name) => `${name}=x`).sort());
    }
  });

  it('[MQTT-3.8.4-5] each filter of one SUBSCRIBE gets what it matches', async () => {
    const { connect } = await startBroker();
    await (await connect('publisher')).publish('a', 'x', { qos: 1, retain: true });
    const client = await connect('client');
    const subscriptions = ['a', '+', 'b'].map((topicFilter) => ({ topicFilter, qos: 1 }) as const);
    client.send({ type: 'subscribe', subscriptions });
    await client.next('suback');
    expect(await client.messages()).toEqual(['a=x', 'a=x']);
  });

  it('outlives a broker whose store is opened again', async () => {
    const store = new MemoryStore();
    const first = await startBroker({ store });
    const publisher = await first.connect('publisher');
    await publisher.publish('a', 'kept', { qos: 1, retain: true, properties: { contentType: 'x' } });
    await publisher.publish('b', 'cleared', { qos: 1, retain: true });
    await publisher.publish('b', '', { qos: 1, retain: true });
    await first.broker.close();
    const { connect } = await startBroker({ store });
    const client = await connect('client');
    await client.subscribe('#', 1);
    expect(await client.message()).toMatchObject({ text: 'kept', retain: true, properties: { contentType: 'x' } });
    expect(await client.messages()).toEqual([]);
  });
});
