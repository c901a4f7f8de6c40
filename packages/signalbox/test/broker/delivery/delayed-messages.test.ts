// `$delayed/<seconds>/<topic>`: published later.
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { BrokerOptions } from '../../../src/broker/broker-options.ts';
import { MemoryStore } from '../../../src/broker/store/memory-store.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { startBroker } from '../../support/test-broker.ts';

async function begin(options: BrokerOptions = {}) {
  const clock = new ManualClock();
  const store = new MemoryStore();
  const started = await startBroker({ clock, store, ...options });
  const subscriber = await started.connect('subscriber');
  await subscriber.subscribe('#', 2);
  return { clock, store, subscriber, ...started };
}

describe('a delayed message', () => {
  it('comes after so many seconds, to its topic, as it was published', async () => {
    const { clock, subscriber, connect } = await begin();
    const publisher = await connect('publisher');
    expect(await publisher.publish('$delayed/60/a/b', 'later', { qos: 2, retain: true })).toBe(0);
    expect(await publisher.publish('$delayed/30/a/b', 'sooner', { qos: 1 })).toBe(0);
    await publisher.publish('$delayed/0/now', 'now', { qos: 0 });
    expect(await subscriber.messages()).toEqual(['now=now']);
    clock.advance(29);
    expect(await subscriber.messages()).toEqual([]);
    clock.advance(2);
    expect(await subscriber.messages()).toEqual(['a/b=sooner']);
    clock.advance(30);
    expect(await subscriber.message()).toMatchObject({ topicName: 'a/b', text: 'later', qos: 2 });
    const other = await connect('other');
    await other.subscribe('a/b', 1);
    expect(await other.message()).toMatchObject({ text: 'later', retain: true });
  });

  it('is published once, whatever broker is there when its time has come', async () => {
    const { clock, store, broker, connect } = await begin();
    const publisher = await connect('publisher', {
      connect: { properties: { sessionExpiryInterval: 1000 } },
    });
    await publisher.subscribe('a', 2);
    await publisher.publish('$delayed/60/a', 'x', { qos: 2 });
    await publisher.destroy();
    await broker.close();
    const second = await startBroker({ clock, store });
    clock.advance(61);
    await second.broker.close();
    const third = await startBroker({ clock, store });
    clock.advance(120);
    const client = await third.connect('publisher', { connect: { cleanStart: false } });
    expect(await client.message()).toMatchObject({ topicName: 'a', text: 'x' });
    expect(await client.messages()).toEqual([]);
    expect([...store.open().delayed!]).toEqual([]);
  });

  it('is refused when it cannot be understood, or is for too long', async () => {
    const { broker, connect, subscriber } = await begin({ limits: { delayedSeconds: 100 } });
    const publisher = await connect('publisher');
    for (const topic of [
      '$delayed/x/a',
      '$delayed/1.5/a',
      '$delayed/-1/a',
      '$delayed/5',
      '$delayed/5/',
      '$delayed/',
      '$delayed/101/a',
      '$delayed/5/$delayed/5/a',
    ]) {
      expect([topic, await publisher.publish(topic, '', { qos: 1 })]).toEqual([topic, 0x90]);
    }
    expect(await publisher.publish('$delayed/5/$SYS/a', '', { qos: 1 })).toBe(0x87);
    expect(await publisher.publish(`$delayed/5/${'a/'.repeat(200)}`, '', { qos: 1 })).toBe(0x90);
    expect(broker.statistics.dropped).toEqual({ 'delay-not-allowed': 8, 'not-authorized': 1, 'too-many-levels': 1 });
    expect(await subscriber.messages()).toEqual([]);
  });

  it('counts against limits on number and bytes, until it is published', async () => {
    const { clock, broker, connect } = await begin({ limits: { delayedMessages: 2, delayedBytes: 1000 } });
    const publisher = await connect('publisher');
    const large = new Uint8Array(998);
    expect(await publisher.publish('$delayed/5/a', large, { qos: 1 })).toBe(0);
    expect(await publisher.publish('$delayed/5/a', 'xy', { qos: 1 })).toBe(0x97);
    clock.advance(6);
    expect(await publisher.publish('$delayed/5/a', '', { qos: 1 })).toBe(0);
    expect(await publisher.publish('$delayed/5/b', '', { qos: 1 })).toBe(0);
    expect(await publisher.publish('$delayed/5/c', '', { qos: 1 })).toBe(0x97);
    expect(broker.statistics.dropped).toEqual({ 'delayed-full': 2 });
  });

  it('is an ordinary one where nothing is delayed', async () => {
    const { connect } = await begin({ limits: { delayedMessages: 0 } });
    const client = await connect('client');
    await client.subscribe('$delayed/#');
    await client.publish('$delayed/5/a', 'x', { qos: 1 });
    expect(await client.messages()).toEqual(['$delayed/5/a=x']);
  });

  it('needs the permission for its topic, and hooks see that', async () => {
    const asked: string[] = [];
    const { clock, connect, subscriber } = await begin({
      hooks: {
        authorize: (_client, action, topic) => {
          if (action === 'publish') asked.push(topic);
          return topic !== 'secret';
        },
        onPublish: async (_client, { topicName }) => {
          asked.push(topicName);
          return { payload: new TextEncoder().encode('replaced') };
        },
      },
    });
    const publisher = await connect('publisher', {
      connect: {
        will: { topicName: '$delayed/5/will', payload: new Uint8Array(), qos: 0, retain: false, properties: {} },
      },
    });
    expect(await publisher.publish('$delayed/5/secret', '', { qos: 1 })).toBe(0x87);
    expect(await publisher.publish('$delayed/5/open', 'x', { qos: 1 })).toBe(0);
    expect(asked).toEqual(['will', 'secret', 'open', 'open']);
    await publisher.destroy();
    expect(await subscriber.messages()).toEqual([]);
    clock.advance(6);
    expect((await subscriber.messages()).sort()).toEqual(['open=replaced', 'will=']);
  });

  it('can come from the embedding program', async () => {
    const { clock, broker, subscriber } = await begin();
    await broker.publish({ topicName: '$delayed/5/a', payload: 'x' });
    await expect(broker.publish({ topicName: '$delayed/x/a' })).rejects.toThrow('refused');
    clock.advance(6);
    expect(await subscriber.messages()).toEqual(['a=x']);
  });

  it('[MQTT-3.3.2-5] expires while it waits', async () => {
    const { clock, broker, connect, subscriber } = await begin();
    const publisher = await connect('publisher');
    await publisher.publish('$delayed/60/a', 'x', { qos: 1, properties: { messageExpiryInterval: 30 } });
    clock.advance(61);
    expect(await subscriber.messages()).toEqual([]);
    expect(broker.statistics.dropped).toEqual({ expired: 1 });
  });

  it('a crowd of them goes out in portions, and stays when the broker closes meanwhile', async () => {
    const { clock, store, broker } = await begin();
    for (let i = 0; i < 3500; i++) void broker.publish({ topicName: `$delayed/5/t/${i}`, payload: 'x' });
    await broker.publish({ topicName: 'done' });
    clock.jump(5);
    expect([...store.open().delayed!]).toHaveLength(2500);
    await turn();
    await turn();
    expect([...store.open().delayed!].length).toBeLessThan(2500);
    await broker.close();
    const left = [...store.open().delayed!].length;
    await turn();
    expect([...store.open().delayed!]).toHaveLength(left);
  });
});
