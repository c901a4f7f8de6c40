// Order, matching and QoS of what the broker passes on, in both versions. §4.6, §4.7.3, §3.8.4, §3.10.4
import { describe, expect, it } from 'vitest';
import type { ProtocolVersion } from '../../src/mqtt/wire-format.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { RawClient } from '../support/raw-client.ts';
import { startBroker } from '../support/test-broker.ts';

const keep = (protocolVersion: ProtocolVersion) => ({
  protocolVersion,
  connect: {
    cleanStart: false,
    properties: protocolVersion === 5 ? { sessionExpiryInterval: 100, receiveMaximum: 3 } : {},
  },
});

for (const version of [4, 5] as const) {
  describe(`protocol version ${version}`, () => {
    it('[MQTT-4.6.0-5] [MQTT-4.6.0-6] [MQTT-4.6.0-5@3.1.1] [MQTT-4.6.0-6@3.1.1] each topic and QoS keeps its order, there and away', async () => {
      const { connect } = await startBroker();
      const first = await connect('subscriber', keep(version));
      await first.subscribe('#', 2);
      const publisher = await connect('publisher', { protocolVersion: version });
      const publish = async (from: number) => {
        for (let i = from; i < from + 60; i++)
          await publisher.publish(`t/${i % 3}`, String(i), { qos: i % 2 === 0 ? 1 : 2 });
      };
      await publish(0);
      const received: string[] = [];
      for (let i = 0; i < 60; i++) received.push(`${(await first.message()).text}`);
      await first.destroy();
      await publish(60);
      const second = await connect('subscriber', { ...keep(version), session: first.session });
      for (let i = 0; i < 60; i++) received.push(`${(await second.message()).text}`);
      for (const topic of [0, 1, 2]) {
        for (const parity of [0, 1]) {
          const own = received.map(Number).filter((i) => i % 3 === topic && i % 2 === parity);
          expect(own).toEqual([...own].sort((a, b) => a - b));
          expect(own).toHaveLength(20);
        }
      }
    });

    it('[MQTT-3.8.4-8] [MQTT-3.8.4-6@3.1.1] the QoS is the lower of what was published and what was granted', async () => {
      const { connect } = await startBroker();
      const publisher = await connect('publisher', { protocolVersion: version });
      for (const granted of [0, 1, 2] as const) {
        const subscriber = await connect(`subscriber-${granted}`, { protocolVersion: version });
        await subscriber.subscribe('t', granted);
        for (const qos of [0, 1, 2] as const) {
          await publisher.publish('t', '', { qos });
          expect((await subscriber.message()).qos).toBe(Math.min(qos, granted));
        }
        await subscriber.disconnect();
      }
    });

    it('[MQTT-3.3.2-3] [MQTT-3.3.2-3@3.1.1] [MQTT-4.7.3-4] [MQTT-4.7.3-4@3.1.1] [MQTT-3.10.4-1] [MQTT-3.10.4-1@3.1.1] filters are compared character by character', async () => {
      const { connect } = await startBroker();
      const client = await connect('client', { protocolVersion: version });
      const alike = ['\u00e9', 'e\u0301', 'E\u0301', 'A', 'a', 'a/', '/a', 'a ', '\ufeffa'];
      for (const filter of alike) await client.subscribe(filter, 1);
      for (const filter of alike) {
        await client.publish(filter, '', { qos: 1 });
        expect(await client.message()).toMatchObject({ topicName: filter });
      }
      expect(await client.messages()).toEqual([]);
      client.send({ type: 'unsubscribe', topicFilters: ['a'] });
      await client.next('unsuback');
      for (const filter of alike) await client.publish(filter, '', { qos: 1 });
      expect(await client.messages()).toEqual(alike.filter((filter) => filter !== 'a').map((filter) => `${filter}=`));
    });
  });
}

it('[MQTT-4.3.3-13] a handshake of QoS 2 is finished though the message has expired before its PUBREL', async () => {
  const clock = new ManualClock();
  const { connect, transport } = await startBroker({ clock });
  const subscriber = await connect('subscriber', {
    connect: { cleanStart: false, properties: { sessionExpiryInterval: 100 } },
  });
  await subscriber.subscribe('t', 2);
  await subscriber.destroy();
  const publisher = new RawClient(transport());
  publisher.write({ type: 'connect', clientId: 'publisher' });
  await publisher.next();
  const properties = { messageExpiryInterval: 1 };
  publisher.write({ type: 'publish', topicName: 't', qos: 2, packetIdentifier: 9, properties });
  expect(await publisher.next()).toMatchObject({ type: 'pubrec', packetIdentifier: 9, reasonCode: 0 });
  clock.advance(5);
  publisher.write({ type: 'pubrel', packetIdentifier: 9 });
  expect(await publisher.next()).toMatchObject({ type: 'pubcomp', packetIdentifier: 9, reasonCode: 0 });
});
