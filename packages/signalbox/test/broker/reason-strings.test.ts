// What a refusal says to the person who looks for its reason: helpful, never a secret, and only where it is wanted.
import { describe, expect, it } from 'vitest';
import type { BrokerOptions } from '../../src/broker/broker-options.ts';
import { startBroker } from '../support/test-broker.ts';

const REFUSING: BrokerOptions = {
  hooks: {
    authenticate: (client) => client.clientId !== 'stranger' || 0x86,
    authorize: (_client, _action, topic) => !topic.startsWith('secret'),
  },
};

describe('a Reason String', () => {
  it('goes with what is refused', async () => {
    const { connect } = await startBroker(REFUSING);
    const stranger = await connect('stranger');
    expect(stranger.connack).toMatchObject({
      reasonCode: 0x86,
      properties: { reasonString: 'the User Name or the Password is wrong' },
    });
    const client = await connect('client');
    expect(client.connack.properties.reasonString).toBeUndefined();
    client.send({ type: 'subscribe', subscriptions: [{ topicFilter: 'a' }, { topicFilter: 'secret/a' }] });
    expect(await client.next('suback')).toMatchObject({
      reasonCodes: [0, 0x87],
      properties: { reasonString: 'Topic Filter 2 of 2: this client must not subscribe to it' },
    });
    for (const [qos, type] of [
      [1, 'puback'],
      [2, 'pubrec'],
    ] as const) {
      void client.publish('secret/a', '', { qos });
      expect(await client.next(type)).toMatchObject({
        reasonCode: 0x87,
        properties: { reasonString: 'this client must not publish to this topic' },
      });
    }
    const second = await connect('client');
    expect(await client.next('disconnect')).toMatchObject({
      reasonCode: 0x8e,
      properties: { reasonString: 'another connection has the same Client Identifier' },
    });
    second.transport.write(Uint8Array.of(0xc1, 0));
    expect(await second.next('disconnect')).toMatchObject({
      reasonCode: 0x81,
      properties: { reasonString: 'a reserved flag of the fixed header is wrong' },
    });
  });

  it('[MQTT-3.1.2-29] is only in CONNACK and DISCONNECT for a client that wants none', async () => {
    const { connect, broker } = await startBroker(REFUSING);
    const client = await connect('client', { connect: { properties: { requestProblemInformation: false } } });
    expect((await client.subscribe('secret')).properties).toEqual({});
    for (const [qos, type] of [
      [1, 'puback'],
      [2, 'pubrec'],
    ] as const) {
      void client.publish('secret', '', { qos });
      expect(await client.next(type)).toMatchObject({ reasonCode: 0x87, properties: {} });
    }
    broker.disconnect('client');
    expect((await client.next('disconnect')).properties.reasonString).toBe('an operator has ended this connection');
  });

  it('[MQTT-3.4.2-2] [MQTT-3.5.2-2] [MQTT-3.9.2-1] [MQTT-3.14.2-3] is left out where the packet would be too large', async () => {
    const { connect, broker } = await startBroker(REFUSING);
    const client = await connect('client', { connect: { properties: { maximumPacketSize: 40 } } });
    expect((await client.subscribe('secret')).properties).toEqual({});
    for (const [qos, type] of [
      [1, 'puback'],
      [2, 'pubrec'],
    ] as const) {
      void client.publish('secret', '', { qos });
      expect(await client.next(type)).toMatchObject({ reasonCode: 0x87, properties: {} });
    }
    broker.disconnect('client');
    expect(await client.next('disconnect')).toMatchObject({ reasonCode: 0x98, properties: {} });
  });

  it('is unknown before 5.0', async () => {
    const { connect } = await startBroker(REFUSING);
    const client = await connect('client', { protocolVersion: 4 });
    expect(await client.subscribe('secret')).toMatchObject({ reasonCodes: [0x80], properties: {} });
  });
});
