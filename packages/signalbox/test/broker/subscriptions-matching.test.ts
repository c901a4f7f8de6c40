// Which topics a filter stands for, and how long, deep and many they may be. §4.7
import { describe, expect, it } from 'vitest';
import { startBroker } from '../support/test-broker.ts';

describe('matching', () => {
  it('[MQTT-4.7.2-1] [MQTT-4.7.2-1@3.1.1] filters that begin with a wildcard do not match names that begin with $', async () => {
    const { connect } = await startBroker();
    const [wild, plain] = [await connect('wild'), await connect('plain')];
    for (const topicFilter of ['#', '+/x', '+/#', '+']) await wild.subscribe(topicFilter, 0);
    for (const topicFilter of ['$own/#', '$other/+']) await plain.subscribe(topicFilter, 0);
    const publisher = await connect('publisher');
    for (const topicName of ['$own/x', '$other/x', '$own', 'a/$x']) await publisher.publish(topicName, '', { qos: 1 });
    expect(await wild.messages()).toEqual(['a/$x=']);
    expect(await plain.messages()).toEqual(['$own/x=', '$other/x=', '$own=']);
  });

  it('[MQTT-4.7.3-4] [MQTT-3.3.2-3] names are compared as they are', async () => {
    const { connect } = await startBroker();
    const client = await connect('client');
    const composed = 'caf\u00e9';
    await client.subscribe(composed, 0);
    await client.subscribe('/a', 0);
    await client.subscribe('A ', 0);
    const publisher = await connect('publisher');
    for (const topicName of ['cafe\u0301', composed, 'a', '/a', 'a/', 'A', 'A ', 'a '])
      await publisher.publish(topicName, '', { qos: 1 });
    expect(await client.messages()).toEqual([`${composed}=`, '/a=', 'A =']);
  });

  it('a topic that begins with a multi-byte character goes through a wildcard', async () => {
    const { connect } = await startBroker();
    const client = await connect('client');
    await client.subscribe('#', 0);
    await client.subscribe('€/+', 1);
    const publisher = await connect('publisher');
    for (const topicName of ['€/a', '日本/語', '😀', '\uFEFFbom']) await publisher.publish(topicName, '', { qos: 1 });
    expect((await client.messages()).sort()).toEqual(['€/a=', '日本/語=', '😀=', '\uFEFFbom='].sort());
  });

  it('[MQTT-4.7.3-3] a topic of 65,535 bytes', async () => {
    const { connect } = await startBroker();
    const client = await connect('client');
    const topicName = `${'é'.repeat(32_767)}x`;
    expect((await client.subscribe(topicName, 1)).reasonCodes).toEqual([1]);
    await (await connect('publisher')).publish(topicName, 'long', { qos: 1, retain: true });
    expect((await client.message()).topicName).toBe(topicName);
    const late = await connect('late');
    await late.subscribe('#', 0);
    expect((await late.message()).topicName).toBe(topicName);
  });

  it('128 levels, empty ones among them', async () => {
    const { connect } = await startBroker();
    const client = await connect('client');
    const topicNames = [Array.from({ length: 128 }, (_, i) => String(i)).join('/'), '/'.repeat(127)];
    await client.subscribe(new Array(128).fill('+').join('/'), 1);
    const publisher = await connect('publisher');
    for (const topicName of topicNames) expect(await publisher.publish(topicName, '', { qos: 1 })).toBe(0);
    expect(await client.messages()).toEqual(topicNames.map((topicName) => `${topicName}=`));
  });

  it('100,000 filters of one client: each gets its message, and then they go', async () => {
    const { connect, broker } = await startBroker({ limits: { subscriptions: 100_000 } });
    const client = await connect('client');
    for (let i = 0; i < 100_000; i += 10_000) {
      const subscriptions = Array.from({ length: 10_000 }, (_, k) => ({
        topicFilter: `f/${i + k}/+`,
        qos: 0 as const,
      }));
      client.send({ type: 'subscribe', subscriptions });
      expect(new Set((await client.next('suback')).reasonCodes)).toEqual(new Set([0]));
    }
    const publisher = await connect('publisher');
    for (const i of [0, 1, 50_000, 99_999]) await publisher.publish(`f/${i}/x`, '', { qos: 1 });
    expect(await publisher.publish('f/100000/x', '', { qos: 1 })).toBe(0x10);
    expect(await client.messages()).toEqual(['f/0/x=', 'f/1/x=', 'f/50000/x=', 'f/99999/x=']);
    await client.disconnect();
    expect(await publisher.publish('f/0/x', '', { qos: 1 })).toBe(0x10);
    expect(broker.statistics.dropped).toEqual({});
  });
});
