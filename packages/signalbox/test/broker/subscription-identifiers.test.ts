// Subscription Identifiers on their way from SUBSCRIBE to PUBLISH. §3.8.2.1.2, §3.3.4
import { describe, expect, it } from 'vitest';
import { startBroker } from '../support/test-broker.ts';

const LASTING = { cleanStart: false, properties: { sessionExpiryInterval: 3600 } } as const;

describe('Subscription Identifiers', () => {
  it('[MQTT-3.3.4-3] [MQTT-3.3.4-4] one copy names all of the overlapping subscriptions', async () => {
    const { connect } = await startBroker();
    const client = await connect('client');
    await client.subscribe('a/#', 1, {}, { subscriptionIdentifiers: [1] });
    await client.subscribe('a/+', 1, {}, { subscriptionIdentifiers: [268_435_455] });
    await client.subscribe('a/b', 1);
    const publisher = await connect('publisher');
    await publisher.publish('a/b', '', { qos: 1 });
    const { properties } = await client.message();
    expect([...properties.subscriptionIdentifiers!].sort()).toEqual([1, 268_435_455]);
    await publisher.publish('a/b/c', '', { qos: 0 });
    expect((await client.message()).properties.subscriptionIdentifiers).toEqual([1]);
    expect(await client.messages()).toEqual([]);
  });

  it('[MQTT-3.3.4-5] every receiver gets its own, also where the message is encoded once for many', async () => {
    const { connect } = await startBroker();
    const identifiers = [[5], undefined, [6], [5], undefined, [300_000]];
    const clients = [];
    for (const [i, subscriptionIdentifiers] of identifiers.entries()) {
      const client = await connect(`client-${i}`);
      const properties = subscriptionIdentifiers === undefined ? {} : { subscriptionIdentifiers };
      await client.subscribe('a', 2, {}, properties);
      clients.push(client);
    }
    const publisher = await connect('publisher');
    for (const qos of [0, 1, 2] as const) {
      await publisher.publish('a', 'text', { qos, properties: { contentType: 'x' } });
      for (const [i, client] of clients.entries()) {
        const { properties, text } = await client.message();
        expect(text).toBe('text');
        expect(properties.contentType).toBe('x');
        expect(properties.subscriptionIdentifiers).toEqual(identifiers[i]);
      }
    }
  });

  it('[MQTT-3.8.4-3] subscribing again without one takes it away, with another one replaces it', async () => {
    const { connect } = await startBroker();
    const client = await connect('client');
    const publisher = await connect('publisher');
    for (const subscriptionIdentifiers of [[1], [2], undefined, [3]]) {
      await client.subscribe('a', 1, {}, subscriptionIdentifiers === undefined ? {} : { subscriptionIdentifiers });
      await publisher.publish('a', '', { qos: 1 });
      expect((await client.message()).properties.subscriptionIdentifiers).toEqual(subscriptionIdentifiers);
    }
  });

  it('retained messages have that of the subscription that asked for them', async () => {
    const { connect } = await startBroker();
    const publisher = await connect('publisher');
    await publisher.publish('a', 'kept', { qos: 1, retain: true });
    const client = await connect('client');
    await client.subscribe('#', 1, {}, { subscriptionIdentifiers: [1] });
    expect((await client.message()).properties.subscriptionIdentifiers).toEqual([1]);
    await client.subscribe('a', 1, {}, { subscriptionIdentifiers: [2] });
    expect((await client.message()).properties.subscriptionIdentifiers).toEqual([2]);
  });

  it('messages that waited for a session have them, and so has what is sent again', async () => {
    const { connect } = await startBroker();
    const client = await connect('client', { connect: LASTING });
    await client.subscribe('a/#', 1, {}, { subscriptionIdentifiers: [7] });
    await client.subscribe('a/+', 1, {}, { subscriptionIdentifiers: [8] });
    await client.disconnect();
    await (await connect('publisher')).publish('a/b', '', { qos: 1 });
    const silent = await connect('client', { connect: LASTING, silent: true });
    expect([...(await silent.message()).properties.subscriptionIdentifiers!].sort()).toEqual([7, 8]);
    await silent.destroy();
    const again = await connect('client', { connect: LASTING });
    const resent = await again.message();
    expect(resent.duplicate).toBe(true);
    expect([...resent.properties.subscriptionIdentifiers!].sort()).toEqual([7, 8]);
  });

  it('a client of 3.1.1 is not troubled with those of others', async () => {
    const { connect } = await startBroker();
    const modern = await connect('modern');
    await modern.subscribe('a', 1, {}, { subscriptionIdentifiers: [7] });
    const old = await connect('old', { protocolVersion: 4 });
    await old.subscribe('a', 1);
    await (await connect('publisher')).publish('a', 'text', { qos: 1, properties: { contentType: 'x' } });
    expect(await old.message()).toMatchObject({ text: 'text', properties: {} });
    expect((await modern.message()).properties).toEqual({ contentType: 'x', subscriptionIdentifiers: [7] });
  });
});
