// MQTT.js (npm) exchanges messages through the broker: every QoS, both versions, every transport it has.

import { readFileSync } from 'node:fs';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { CA_FILE, type ForeignBroker, startForeignBroker } from './foreign-broker.ts';

let foreign: ForeignBroker;

beforeAll(async () => {
  foreign = await startForeignBroker();
});

afterAll(() => foreign.close());

async function connect(scheme: 'mqtt' | 'mqtts' | 'ws' | 'wss', options: IClientOptions): Promise<MqttClient> {
  const url = foreign.urls[scheme];
  const client = await connectAsync(url, { ca: readFileSync(CA_FILE), reconnectPeriod: 0, ...options });
  onTestFinished(() => client.endAsync(true));
  return client;
}

interface Received {
  readonly topic: string;
  readonly payload: string;
  readonly qos: number;
  readonly retain: boolean;
  readonly properties: unknown;
}

/** The next `count` messages of a client. Listening starts with the call. */
function messages(client: MqttClient, count: number): Promise<Received[]> {
  return new Promise((resolve) => {
    const received: Received[] = [];
    client.on('message', (topic, payload, { qos, retain, properties }) => {
      received.push({ topic, payload: payload.toString(), qos, retain, properties });
      if (received.length === count) resolve(received);
    });
  });
}

for (const protocolVersion of [3, 4, 5] as const) {
  for (const scheme of ['mqtt', 'mqtts', 'ws', 'wss'] as const) {
    const id = protocolVersion === 3 ? { protocolId: 'MQIsdp' } : {};
    const version = { protocolVersion, ...id } as IClientOptions;

    describe(`MQTT.js over ${scheme}, protocol version ${protocolVersion}`, () => {
      for (const qos of [0, 1, 2] as const) {
        it(`[MQTT-7.0.0-2@3.1.1] exchanges messages at QoS ${qos}, in order`, async () => {
          const topic = `js/${scheme}/${protocolVersion}/${qos}`;
          const subscriber = await connect(scheme, version);
          await subscriber.subscribeAsync(topic, { qos });
          const received = messages(subscriber, 100);
          const publisher = await connect(scheme, version);
          const payloads = Array.from({ length: 100 }, (_, i) => `message ${i}`);
          await Promise.all(payloads.map((payload) => publisher.publishAsync(topic, payload, { qos })));
          const expected = payloads.map((payload) => ({ topic, payload, qos, retain: false }));
          expect(await received).toMatchObject(expected);
        });
      }

      it('hands a retained message to a later subscriber, and a will when a client vanishes', async () => {
        const topic = `retained/${scheme}/${protocolVersion}`;
        const publisher = await connect(scheme, {
          ...version,
          will: { topic: `${topic}/will`, payload: Buffer.from('gone'), qos: 1, retain: false },
        });
        await publisher.publishAsync(topic, 'kept', { qos: 1, retain: true });
        const subscriber = await connect(scheme, version);
        const received = messages(subscriber, 2);
        await subscriber.subscribeAsync(`${topic}/#`, { qos: 1 });
        publisher.stream.destroy();
        expect(await received).toMatchObject([
          { topic, payload: 'kept', retain: true },
          { topic: `${topic}/will`, payload: 'gone', retain: false },
        ]);
      });

      it('carries a payload of 1 MiB', async () => {
        const topic = `large/${scheme}/${protocolVersion}`;
        const subscriber = await connect(scheme, version);
        await subscriber.subscribeAsync(topic, { qos: 1 });
        const payload = Buffer.alloc(1024 * 1024, 'signalbox');
        const received = new Promise<Buffer>((resolve) =>
          subscriber.once('message', (_topic, bytes) => resolve(bytes)),
        );
        const publisher = await connect(scheme, version);
        await publisher.publishAsync(topic, payload, { qos: 1 });
        expect((await received).equals(payload)).toBe(true);
      });
    });
  }
}

describe('MQTT.js, protocol version 5', () => {
  it('sees properties, subscription identifiers and topic aliases', async () => {
    const subscriber = await connect('mqtt', { protocolVersion: 5, properties: { topicAliasMaximum: 10 } });
    await subscriber.subscribeAsync('five/+', { qos: 1, properties: { subscriptionIdentifier: 7 } });
    const received = messages(subscriber, 3);
    const publisher = await connect('mqtt', { protocolVersion: 5, autoAssignTopicAlias: true });
    for (let i = 0; i < 3; i++) {
      const properties = { contentType: 'text/plain', userProperties: { n: String(i) }, messageExpiryInterval: 60 };
      await publisher.publishAsync('five/x', String(i), { qos: 1, properties });
    }
    const seen = await received;
    expect(seen.map(({ payload }) => payload)).toEqual(['0', '1', '2']);
    for (const [i, { topic, properties }] of seen.entries()) {
      if (i === 0) expect(topic).toBe('five/x');
      expect(properties).toMatchObject({
        contentType: 'text/plain',
        subscriptionIdentifier: 7,
        userProperties: { n: String(i) },
      });
    }
  });

  it('resumes its session and gets what it missed', async () => {
    const options: IClientOptions = {
      protocolVersion: 5,
      clientId: 'resuming',
      clean: false,
      properties: { sessionExpiryInterval: 60 },
    };
    const first = await connect('mqtt', options);
    await first.subscribeAsync('missed', { qos: 1 });
    await first.endAsync();
    const publisher = await connect('mqtt', { protocolVersion: 5 });
    await publisher.publishAsync('missed', 'while away', { qos: 1 });
    const url = foreign.urls.mqtt;
    const { connect: connectNow } = await import('mqtt');
    const second = connectNow(url, { ...options, reconnectPeriod: 0 });
    onTestFinished(() => second.endAsync(true));
    expect(await messages(second, 1)).toMatchObject([{ topic: 'missed', payload: 'while away', qos: 1 }]);
  });
});
