// Sessions that outlive their connections: which there is, and what is in it. §3.1.2.4, §4.1
import { describe, expect, it } from 'vitest';
import { startBroker } from '../../support/test-broker.ts';
import type { TestClientOptions } from '../../support/test-client.ts';

const LASTING = { connect: { cleanStart: false, properties: { sessionExpiryInterval: 3600 } } } as const;
const LASTING_IN: readonly TestClientOptions[] = [LASTING, { protocolVersion: 4, connect: { cleanStart: false } }];

for (const lasting of LASTING_IN) {
  describe(`a session in version ${lasting.protocolVersion ?? 5}`, () => {
    it('[MQTT-3.1.2-5] [MQTT-3.1.2-6] [MQTT-3.2.2-3] [MQTT-3.1.2-4@3.1.1] is made, kept and found again', async () => {
      const { connect } = await startBroker();
      const first = await connect('client', lasting);
      expect(first.connack.sessionPresent).toBe(false);
      await first.disconnect();
      const second = await connect('client', lasting); // it has no subscription, and is a session all the same
      expect(second.connack.sessionPresent).toBe(true);
    });

    it('[MQTT-3.1.2-23] [MQTT-3.1.2-5@3.1.1] [MQTT-4.5.0-1] [MQTT-4.5.0-1@3.1.1] collects QoS 1 and 2 while away', async () => {
      const { connect } = await startBroker();
      const client = await connect('client', lasting);
      await client.subscribe('a/#', 2);
      await client.destroy();
      const publisher = await connect('publisher');
      for (const qos of [0, 1, 2, 1] as const) await publisher.publish(`a/${qos}`, 'text', { qos });
      const again = await connect('client', { ...lasting, session: client.session });
      for (const qos of [1, 2, 1]) {
        expect(await again.message()).toMatchObject({ topicName: `a/${qos}`, qos, duplicate: false, retain: false });
      }
      expect(await again.messages()).toEqual([]);
    });

    it('[MQTT-3.1.2-4] [MQTT-3.1.4-4] [MQTT-3.2.2-2] [MQTT-3.1.2-6@3.1.1] a clean start forgets all of it', async () => {
      const { connect } = await startBroker();
      const client = await connect('client', lasting);
      await client.subscribe('a', 1);
      await client.disconnect();
      const publisher = await connect('publisher');
      await publisher.publish('a', 'waits', { qos: 1 });
      const clean = await connect('client', { ...lasting, connect: { ...lasting.connect, cleanStart: true } });
      expect(clean.connack.sessionPresent).toBe(false);
      await publisher.publish('a', 'later', { qos: 1 });
      expect(await clean.messages()).toEqual([]);
    });

    it('[MQTT-4.1.0-1] [MQTT-4.1.0-1@3.1.1] [MQTT-4.1.0-2@3.1.1] subscriptions last across connections', async () => {
      const { connect } = await startBroker();
      let client = await connect('client', lasting);
      await client.subscribe('a', 1);
      const publisher = await connect('publisher');
      for (let i = 0; i < 3; i++) {
        await client.destroy();
        client = await connect('client', { ...lasting, session: client.session });
        await publisher.publish('a', String(i), { qos: 1 });
        expect((await client.message()).text).toBe(String(i));
      }
    });
  });
}

describe('sessions', () => {
  it('[MQTT-3.1.2-7@3.1.1] retained messages do not end with the session', async () => {
    const { connect } = await startBroker();
    const client = await connect('client', { protocolVersion: 4 });
    await client.publish('a', 'stays', { qos: 1, retain: true });
    await client.disconnect();
    const other = await connect('client', { protocolVersion: 4 });
    await other.subscribe('a', 0);
    expect(await other.message()).toMatchObject({ text: 'stays', retain: true });
  });

  it('[MQTT-3.1.3-2] are told apart by the client identifier, byte by byte', async () => {
    const { connect } = await startBroker();
    await (await connect('client', LASTING)).disconnect();
    expect((await connect('Client', LASTING)).connack.sessionPresent).toBe(false);
    expect((await connect('client ', LASTING)).connack.sessionPresent).toBe(false);
    expect((await connect('client', LASTING)).connack.sessionPresent).toBe(true);
  });

  it('[MQTT-4.4.0-1] a message for a 3.1.1 client is sent again also when it came with properties', async () => {
    const { connect } = await startBroker();
    const lasting = { protocolVersion: 4, connect: { cleanStart: false } } as const;
    const client = await connect('client', { ...lasting, silent: true });
    await client.subscribe('a', 1);
    const publisher = await connect('publisher');
    const properties = { contentType: 'text/plain', messageExpiryInterval: 60, userProperties: [['k', 'v']] } as const;
    await publisher.publish('a', 'text', { qos: 1, properties });
    const first = await client.message();
    await client.destroy();
    const again = await connect('client', lasting);
    expect(await again.message()).toEqual({ ...first, duplicate: true });
  });

  it('a session that moves to 3.1.1 keeps its messages', async () => {
    const { connect } = await startBroker();
    const client = await connect('client', { ...LASTING, silent: true });
    await client.subscribe('a', 1, {}, { subscriptionIdentifiers: [5] });
    const publisher = await connect('publisher');
    await publisher.publish('a', 'one', { qos: 1, properties: { contentType: 'text/plain' } });
    await client.message();
    await client.destroy();
    await publisher.publish('a', 'two', { qos: 1, properties: { contentType: 'text/plain' } });
    const again = await connect('client', { protocolVersion: 4, connect: { cleanStart: false } });
    expect(again.connack.sessionPresent).toBe(true);
    expect(await again.message()).toMatchObject({ text: 'one', duplicate: true });
    expect(await again.message()).toMatchObject({ text: 'two', duplicate: false });
  });
});
