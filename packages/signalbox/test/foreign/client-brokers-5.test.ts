// Our client with the brokers that speak 5.0: what that version adds.
import { expect, it } from 'vitest';
import { UsageError } from '../../src/mqtt/errors.ts';
import { collect, texts, unique, withEachBroker } from './broker-stage.ts';
import { FORBIDDEN, LARGEST_PACKET } from './brokers/known-broker.ts';

const counted = (count: number) => Array.from({ length: count }, (_, index) => String(index));

withEachBroker(
  (stage) => {
    const client = stage.client.bind(stage);

    stage.whereAble('user properties', 'properties as they were published', async () => {
      const topic = unique('properties');
      const one = await client();
      const { messages, all } = await collect(one, topic, { count: 1 });
      const userProperties = [
        ['b', '1'],
        ['a', '2'],
        ['b', '1'],
      ] as const;
      const properties = {
        contentType: 'text/plain',
        payloadFormatIndicator: 1,
        responseTopic: `${topic}/back`,
        correlationData: Uint8Array.of(0, 255),
        userProperties,
      } as const;
      await one.publish(topic, 'text', { qos: 1, properties });
      await all;
      expect(messages[0]!.properties).toMatchObject(properties);
    });

    it('request and response', async () => {
      const topic = unique('request');
      const [server, one] = [await client(), await client()];
      await server.reply(topic, ({ text }) => text.toUpperCase());
      const answers = await Promise.all(['a', 'b', 'c'].map((text) => one.request(topic, text, { timeoutMs: 10_000 })));
      expect(texts(answers)).toEqual(['A', 'B', 'C']);
    });

    stage.whereAble('aliases', 'Topic Aliases both ways', async () => {
      const topic = unique('aliases');
      const one = await client({ topicAliases: 'replace', properties: { topicAliasMaximum: 5 } });
      const { messages, all } = await collect(one, `${topic}/#`, { count: 60 });
      for (const text of counted(60)) await one.publish(`${topic}/${Number(text) % 20}`, text, { qos: 1 });
      await all;
      expect(messages.map(({ topicName, text }) => [topicName, text])).toEqual(
        counted(60).map((text) => [`${topic}/${Number(text) % 20}`, text]),
      );
    });

    stage.whereAble('expiry', 'what has expired is not delivered, the rest says how long it still has', async () => {
      const topic = unique('expiry');
      const options = { clientId: unique('x'), cleanStart: false, sessionExpiryInterval: 60 };
      const first = await client(options);
      await first.subscribe(topic, () => {});
      await first.close();
      const publisher = await client();
      await publisher.publish(topic, 'short', { qos: 1, properties: { messageExpiryInterval: 1 } });
      await publisher.publish(topic, 'long', { qos: 1, properties: { messageExpiryInterval: 100 } });
      await new Promise((resolve) => setTimeout(resolve, 2_100)); // whole seconds are what brokers count in
      const { messages, all } = await collect(await client(options), topic, { count: 1 });
      await all;
      await publisher.publish(topic, 'last', { qos: 1 });
      await expect.poll(() => texts(messages)).toEqual(['long', 'last']);
      expect(messages[0]!.properties.messageExpiryInterval).toBeLessThan(100);
      expect(messages[0]!.properties.messageExpiryInterval).toBeGreaterThan(90);
    });

    stage.whereAble(
      'flow control',
      'keeps to what the server takes at a time, and is sent no more than it takes',
      async () => {
        const topic = unique('window');
        const one = await client({ properties: { receiveMaximum: 3 }, maximumInFlight: 7 });
        const messages: string[] = [];
        const held: (() => void)[] = [];
        const subscription = await one.subscribe(
          topic,
          (message) => {
            messages.push(message.text);
            held.push(() => message.acknowledge());
          },
          { acknowledge: 'manual' },
        );
        await Promise.all(counted(200).map((text) => one.publish(topic, text, { qos: 2 })));
        const marker = await collect(one, `${topic}/marker`, { count: 1, qos: 0 });
        await one.publish(`${topic}/marker`, '');
        await marker.all; // overtakes what waits
        expect(messages).toEqual(['0', '1', '2']);
        while (messages.length < 200 || held.length > 0) {
          for (const acknowledge of held.splice(0)) acknowledge();
          await new Promise((resolve) => setImmediate(resolve));
        }
        expect(messages).toEqual(counted(200));
        await subscription.unsubscribe();
      },
    );

    stage.whereAble(
      'largest packet',
      'a message larger than the server takes is refused here, and the line goes on',
      async () => {
        const one = await client({ reconnect: false });
        expect(one.connack?.properties.maximumPacketSize).toBe(LARGEST_PACKET);
        const topic = unique('limit');
        const tooLarge = one.publish(topic, new Uint8Array(LARGEST_PACKET), { qos: 1 });
        await expect(tooLarge).rejects.toBeInstanceOf(UsageError);
        await one.publish(topic, 'small', { qos: 1 });
      },
    );

    stage.whereAble('admits as configured', 'a message that is not allowed is refused', async () => {
      const one = await client();
      for (const qos of [1, 2] as const)
        await expect(one.publish(`${FORBIDDEN}/x`, '', { qos })).rejects.toMatchObject({
          code: 'REFUSED',
          reasonCode: 0x87,
        });
    });

    stage.whereAble('will properties', 'who leaves with 0x04 has its will published, with its properties', async () => {
      const topic = unique('will');
      const { messages, all } = await collect(await client(), topic, { count: 1 });
      const leaving = await client({
        will: {
          topicName: topic,
          payload: 'gone',
          qos: 1,
          properties: { contentType: 'x', userProperties: [['a', 'b']] },
        },
      });
      await leaving.close({ reasonCode: 0x04 });
      await all;
      expect(messages[0]!.properties).toMatchObject({ contentType: 'x', userProperties: [['a', 'b']] });
    });

    it('what was published here does not come back with noLocal', async () => {
      const topic = unique('local');
      const [one, other] = [await client(), await client()];
      const { messages, all } = await collect(one, topic, { count: 1, noLocal: true });
      await one.publish(topic, 'own', { qos: 1 });
      await other.publish(topic, 'other', { qos: 1 });
      await all;
      expect(texts(messages)).toEqual(['other']);
    });
  },
  [5],
);
