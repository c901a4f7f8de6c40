import { describe, expect, it } from 'vitest';
import { startBroker } from '../support/test-broker.ts';

describe('delivery', () => {
  for (const protocolVersion of [3, 4, 5] as const) {
    for (const qos of [0, 1, 2] as const) {
      it(`carries QoS ${qos} from and to protocol version ${protocolVersion}`, async () => {
        const { connect } = await startBroker();
        const subscriber = await connect('subscriber', { protocolVersion });
        expect((await subscriber.subscribe('a/+', qos)).reasonCodes).toEqual([qos]);
        const publisher = await connect('publisher', { protocolVersion });
        const settled = publisher.publish('a/b', 'hello', { qos });
        const message = await subscriber.message();
        expect(message).toMatchObject({ topicName: 'a/b', text: 'hello', qos, retain: false, duplicate: false });
        expect(await settled).toBe(0);
      });
    }
  }

  it('[MQTT-3.8.4-8] delivers with the lower of the published and the granted QoS', async () => {
    const { connect } = await startBroker();
    const subscriber = await connect('subscriber');
    const publisher = await connect('publisher');
    for (const granted of [0, 1, 2] as const) {
      await subscriber.subscribe('q', granted);
      for (const published of [0, 1, 2] as const) {
        await publisher.publish('q', '', { qos: published });
        expect((await subscriber.message()).qos).toBe(Math.min(granted, published));
      }
    }
  });

  it('passes on the properties of a message unaltered, in their order', async () => {
    const { connect } = await startBroker();
    const subscriber = await connect('subscriber');
    await subscriber.subscribe('p', 1);
    const publisher = await connect('publisher');
    const properties = {
      payloadFormatIndicator: 1,
      contentType: 'text/plain',
      responseTopic: 'answer/here',
      correlationData: new Uint8Array([1, 2, 3]),
      userProperties: [
        ['b', '1'],
        ['a', '2'],
        ['b', '3'],
      ],
    } as const;
    await publisher.publish('p', 'text', { qos: 1, properties });
    expect((await subscriber.message()).properties).toEqual(properties);
  });

  it('keeps the order of each publisher at every QoS', async () => {
    const { connect } = await startBroker();
    const subscriber = await connect('subscriber');
    await subscriber.subscribe('#', 2);
    const publisher = await connect('publisher');
    const count = 500;
    for (let i = 0; i < count; i++) void publisher.publish(`order/${i % 3}`, String(i), { qos: (i % 3) as 0 | 1 | 2 });
    const last = new Map<string, number>();
    for (let i = 0; i < count; i++) {
      const { topicName, text } = await subscriber.message();
      expect(Number(text)).toBeGreaterThan(last.get(topicName) ?? -1);
      last.set(topicName, Number(text));
    }
    expect(last.size).toBe(3);
  });
});
