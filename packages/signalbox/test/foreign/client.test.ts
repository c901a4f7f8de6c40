// Our client with brokers that others wrote, and with ours: the same behaviour over TCP, TLS and WebSocket, in 3.1.1 and 5.0.
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import type { ClientOptions } from '../../src/client/client-options.ts';
import { connect } from '../../src/client/index.ts';
import type { Message } from '../../src/client/receiving/message.ts';
import { BROKERS, CA, type RunningBroker } from './brokers.ts';

let number = 0;
/** Brokers outlive their tests: topics do not meet. */
const unique = (name: string) => `${name}-${process.pid}-${++number}`;

for (const known of BROKERS) {
  for (const protocolVersion of known.versions) {
    describe(`with ${known.name}, in version ${protocolVersion}`, () => {
      let broker: RunningBroker;
      beforeAll(async () => {
        broker = await known.start();
      });
      afterAll(() => broker.close());

      const client = async (options: ClientOptions = {}, scheme: 'mqtt' | 'mqtts' | 'ws' = 'mqtt'): Promise<Client> => {
        const made = await connect(broker.urls[scheme]!, {
          protocolVersion,
          transport: { tls: { ca: CA } },
          ...options,
        });
        onTestFinished(() => made.close({ flush: false }));
        return made;
      };
      const collect = async (subscriber: Client, topicFilter: string, count: number) => {
        const messages: Message[] = [];
        let whenAll: () => void = () => {};
        const all = new Promise<void>((resolve) => {
          whenAll = resolve;
        });
        await subscriber.subscribe(topicFilter, (message) => {
          messages.push(message);
          if (messages.length === count) whenAll();
        });
        return { messages, all };
      };
      const texts = (messages: readonly Message[]) => messages.map(({ text }) => text);

      it.each(['mqtt', 'mqtts', 'ws'] as const)('every QoS over %s', async (scheme) => {
        if (broker.urls[scheme] === undefined) return; // it has no such listener
        const topic = unique('qos');
        const one = await client({}, scheme);
        const { messages, all } = await collect(one, `${topic}/#`, 3);
        for (const qos of [0, 1, 2] as const) await one.publish(`${topic}/${qos}`, `m${qos}`, { qos });
        await all;
        expect(messages.map(({ topicName, text, qos }) => [topicName, text, qos]).sort()).toEqual(
          [0, 1, 2].map((qos) => [`${topic}/${qos}`, `m${qos}`, qos]),
        );
      });

      it('ten thousand messages in order, none lost, none twice', async () => {
        const topic = unique('many');
        const [publisher, subscriber] = [await client(), await client()];
        const { messages, all } = await collect(subscriber, topic, 10_000);
        const source = Array.from({ length: 10_000 }, (_, index) => ({
          topicName: topic,
          payload: String(index),
          qos: 1 as const,
        }));
        expect(await publisher.publishStream(source)).toEqual({ published: 10_000, failed: 0 });
        await all;
        expect(texts(messages)).toEqual(source.map(({ payload }) => payload));
      });

      it('a megabyte, byte for byte', async () => {
        const topic = unique('large');
        const one = await client();
        const { messages, all } = await collect(one, topic, 1);
        const payload = Uint8Array.from({ length: 1_048_576 }, (_, index) => index ^ (index >> 8));
        await one.publish(topic, payload, { qos: 1 });
        await all;
        expect(Buffer.compare(messages[0]!.payload, payload)).toBe(0);
      });

      it('retained messages, and their end', async () => {
        const topic = unique('retained');
        const one = await client();
        await one.publish(`${topic}/a`, 'kept', { qos: 1, retain: true });
        const { messages, all } = await collect(await client(), `${topic}/+`, 1);
        await all;
        expect(messages.map(({ text, retain }) => [text, retain])).toEqual([['kept', true]]);
        await one.publish(`${topic}/a`, '', { qos: 1, retain: true });
        const later = await collect(await client(), `${topic}/+`, 1);
        await one.publish(`${topic}/b`, 'new', { qos: 1 });
        await later.all;
        expect(texts(later.messages)).toEqual(['new']);
      });

      it('the will of a client that is lost, and none of one that says goodbye', async () => {
        const topic = unique('will');
        const { messages, all } = await collect(await client(), `${topic}/#`, 1);
        const polite = await client({ will: { topicName: `${topic}/polite`, payload: 'no', qos: 1 } });
        await polite.close();
        let cut: () => void = () => {};
        const { connect: dial } = await import('../../src/transport/connect.ts');
        await client({
          will: { topicName: `${topic}/lost`, payload: 'gone', qos: 1 },
          reconnect: false,
          dial: async (url, options) => {
            const transport = await dial(url, options);
            cut = () => transport.destroy();
            return transport;
          },
        });
        cut();
        await all;
        expect(messages.map(({ topicName }) => topicName)).toEqual([`${topic}/lost`]);
      });

      it('a session goes on: what came meanwhile is delivered, once', async () => {
        const topic = unique('session');
        const clientId = unique('s');
        const options = { clientId, cleanStart: false, sessionExpiryInterval: 60 };
        const first = await client(options);
        await first.subscribe(topic, () => {});
        await first.close();
        const publisher = await client();
        for (const text of ['1', '2', '3']) await publisher.publish(topic, text, { qos: 1 });
        const second = await client(options);
        expect(second.connack?.sessionPresent).toBe(true);
        const { messages, all } = await collect(second, topic, 3);
        await all;
        expect(texts(messages)).toEqual(['1', '2', '3']);
      });

      it('who takes a session over ends the other one for good', async () => {
        const clientId = unique('taken');
        const isTold = protocolVersion === 5 && !known.lacks.has('takeover');
        const first = await client({ clientId, ...(isTold ? {} : { reconnect: false }) });
        await client({ clientId });
        const error = await first.closed;
        expect(error).toBeInstanceOf(Error);
        if (isTold) expect(error).toMatchObject({ code: 'SESSION_TAKEN_OVER' });
      });

      it('a filter that is ended brings nothing more', async () => {
        const topic = unique('ended');
        const one = await client();
        const { messages } = await collect(one, topic, 1);
        const other = await collect(one, `${topic}/x`, 1);
        await one.unsubscribe(topic);
        await one.publish(topic, 'no', { qos: 1 });
        await one.publish(`${topic}/x`, 'yes', { qos: 1 });
        await other.all;
        expect(texts(messages)).toEqual([]);
      });

      it('members of a shared subscription share', async () => {
        if (known.lacks.has('shared')) return; // it does not have them
        const topic = unique('shared');
        const members = [await client(), await client()];
        let count = 0;
        let whenAll: () => void = () => {};
        const all = new Promise<void>((resolve) => {
          whenAll = resolve;
        });
        const counts = [0, 0];
        for (const [index, member] of members.entries()) {
          await member.subscribe(`$share/${topic}/${topic}`, () => {
            counts[index]!++;
            if (++count === 100) whenAll();
          });
        }
        const publisher = await client();
        for (let index = 0; index < 100; index++) void publisher.publish(topic, String(index), { qos: 1 });
        await all;
        expect(counts[0]! + counts[1]!).toBe(100);
        expect(Math.min(...counts)).toBeGreaterThan(0);
      });

      if (protocolVersion === 5) {
        it('properties, request and response', async () => {
          const topic = unique('request');
          const [server, one] = [await client(), await client()];
          await server.reply(topic, ({ text, properties }) => `${text} ${JSON.stringify(properties.userProperties)}`);
          const answer = await one.request(topic, 'hello', {
            properties: { userProperties: [['a', 'b']], contentType: 'x' },
          });
          expect(answer.text).toBe('hello [["a","b"]]');
        });

        it('Topic Aliases both ways', async () => {
          if (known.lacks.has('aliases')) return; // it does not have them
          const topic = unique('aliases');
          const one = await client({ topicAliases: 'map', properties: { topicAliasMaximum: 5 } });
          const { messages, all } = await collect(one, `${topic}/#`, 60);
          for (let index = 0; index < 60; index++)
            await one.publish(`${topic}/${index % 20}`, String(index), { qos: 1 });
          await all;
          expect(texts(messages)).toEqual(Array.from({ length: 60 }, (_, index) => String(index)));
        });

        it('keeps to what the server takes at a time', async () => {
          const topic = unique('window');
          const one = await client({ properties: { receiveMaximum: 3 }, maximumInFlight: 7 });
          const { messages, all } = await collect(one, topic, 500);
          await Promise.all(Array.from({ length: 500 }, (_, index) => one.publish(topic, String(index), { qos: 2 })));
          await all;
          expect(texts(messages)).toEqual(Array.from({ length: 500 }, (_, index) => String(index)));
        });
      }
    });
  }
}
