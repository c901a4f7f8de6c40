// How the broker writes PUBLISH: one encoding for many receivers, aliases, and every field in its place. §3.3
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutgoingAliases } from '../../../src/broker/connection/outgoing-aliases.ts';
import { MessageNumbers } from '../../../src/broker/delivery/kept-message.ts';
import { Publication } from '../../../src/broker/delivery/publication.ts';
import { PublishForm, publishSize, writePublish } from '../../../src/broker/delivery/publish-encoder.ts';
import { Writer } from '../../../src/bytes/writer.ts';
import { readPacket } from '../../../src/mqtt/packets/packet.ts';
import type { PublishPacket } from '../../../src/mqtt/packets/publish.ts';
import { TopicNames } from '../../../src/mqtt/topic-names.ts';
import type { QoS } from '../../../src/mqtt/wire-format.ts';
import { startBroker } from '../../support/test-broker.ts';
import type { TestClient } from '../../support/test-client.ts';

const names = new TopicNames();
const NOW = 1_000_000;

function publication(topicName: string, payload: Uint8Array, expiresAt = Number.POSITIVE_INFINITY): Publication {
  const topic = names.internString(topicName);
  const loaded = new Publication(topic, new MessageNumbers());
  const properties = Uint8Array.of(0x01, 1);
  const around = new Uint8Array(payload.length + 7).fill(0xee);
  const kept = { topic, payload, qos: 0, retain: false, properties, publisher: '', expiresAt, size: 0, id: 1 } as const;
  loaded.loadMessage(kept);
  around.set(payload, 3);
  loaded.buffer = around;
  loaded.payloadStart = 3;
  loaded.payloadEnd = 3 + payload.length;
  return loaded;
}

function written(loaded: Publication, form: PublishForm, now = NOW): PublishPacket {
  const writer = new Writer();
  writer.text('before');
  const start = writePublish(writer, loaded, form, now);
  expect(start).toBe(6);
  expect(writer.length - start).toBe(publishSize(loaded, form));
  const packet = readPacket(writer.bytes, start, writer.length, {
    protocolVersion: form.protocolVersion as 4 | 5,
    packetIdentifierSize: 2,
  });
  return packet as PublishPacket;
}

describe('the encoding of PUBLISH', () => {
  it('is read back as it was meant, of the size that was told', () => {
    fc.assert(
      fc.property(
        fc.record({
          topicName: fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }).filter((name) => !/[#+\0]/.test(name)),
          payload: fc.uint8Array({ maxLength: 40_000 }),
          protocolVersion: fc.constantFrom(4 as const, 5 as const),
          qos: fc.constantFrom<QoS[]>(0, 1, 2),
          retain: fc.boolean(),
          topicAlias: fc.constantFrom(0, 1, 65_535),
          identifiers: fc.option(fc.array(fc.integer({ min: 1, max: 268_435_455 }), { minLength: 1, maxLength: 40 }), {
            nil: undefined,
          }),
          seconds: fc.option(fc.integer({ min: 0, max: 0xffff_ffff }), { nil: undefined }),
        }),
        (input) => {
          const form = new PublishForm();
          form.protocolVersion = input.protocolVersion;
          form.qos = input.qos;
          form.retain = input.retain;
          form.packetIdentifier = input.qos === 0 ? 0 : 0xfedc;
          form.subscriptionIdentifiers = input.identifiers;
          form.topicAlias = input.protocolVersion === 5 ? input.topicAlias : 0;
          const expiresAt = input.seconds === undefined ? Number.POSITIVE_INFINITY : NOW + input.seconds * 1000;
          const packet = written(publication(input.topicName, input.payload, expiresAt), form);
          expect(packet).toMatchObject({
            topicName: input.topicName,
            qos: input.qos,
            retain: input.retain,
            duplicate: false,
          });
          expect(packet.packetIdentifier).toBe(form.packetIdentifier);
          expect([...packet.payload]).toEqual([...input.payload]);
          const expected = {
            payloadFormatIndicator: 1,
            ...(input.seconds === undefined ? {} : { messageExpiryInterval: input.seconds }),
            ...(form.topicAlias === 0 ? {} : { topicAlias: form.topicAlias }),
            ...(input.identifiers === undefined ? {} : { subscriptionIdentifiers: input.identifiers }),
          };
          expect(packet.properties).toEqual(input.protocolVersion === 5 ? expected : {});
        },
      ),
      { numRuns: 100 },
    );
  });

  it('[MQTT-3.3.2-6] rounds what is left of the expiry up, and never below 0', () => {
    const form = new PublishForm();
    form.protocolVersion = 5;
    for (const [left, seconds] of [
      [10_000, 10],
      [9001, 10],
      [9000, 9],
      [1, 1],
      [0, 0],
      [-500, 0],
    ] as const) {
      expect(written(publication('a', new Uint8Array(0), NOW + left), form).properties.messageExpiryInterval).toBe(
        seconds,
      );
    }
  });

  it('[MQTT-3.3.2-8] [MQTT-3.3.2-11] an alias is told with the name first, then stands for it, within the maximum', () => {
    const aliases = new OutgoingAliases(2);
    const sent: [number, boolean][] = [];
    for (const topicName of ['first', 'second', 'first', 'third', 'second']) {
      const form = new PublishForm();
      aliases.propose(form, names.internString(topicName));
      if (form.topicAlias !== 0) aliases.confirm(form, names.internString(topicName));
      sent.push([form.topicAlias, form.isTopicOmitted]);
    }
    expect(sent).toEqual([
      [1, false],
      [2, false],
      [1, true],
      [0, false],
      [2, true],
    ]);
  });

  it('an alias that was proposed and not sent is not known', () => {
    const aliases = new OutgoingAliases(1);
    for (let i = 0; i < 2; i++) {
      const form = new PublishForm();
      aliases.propose(form, names.internString('topic'));
      expect([form.topicAlias, form.isTopicOmitted]).toEqual([1, false]);
    }
  });
});

interface Kind {
  readonly client: TestClient;
  readonly qos: QoS;
  readonly retainAsPublished: boolean;
  readonly subscriptionIdentifiers: number[] | undefined;
}

describe('one message for receivers of every kind', () => {
  it('reaches each as it asked for it', async () => {
    const { connect } = await startBroker();
    const kinds: Kind[] = [];
    for (const protocolVersion of [3, 4, 5] as const) {
      for (const qos of [0, 1, 2] as const) {
        for (const topicAliasMaximum of protocolVersion === 5 ? [0, 10] : [0]) {
          for (const subscriptionIdentifiers of protocolVersion === 5 ? [undefined, [1], [2]] : [undefined]) {
            const properties = topicAliasMaximum === 0 ? {} : { topicAliasMaximum };
            const client = await connect(`client-${kinds.length}`, { protocolVersion, connect: { properties } });
            const retainAsPublished = kinds.length % 2 === 1 && protocolVersion === 5;
            await client.subscribe(
              'some/topic',
              qos,
              { retainAsPublished },
              subscriptionIdentifiers === undefined ? {} : { subscriptionIdentifiers },
            );
            kinds.push({ client, qos, retainAsPublished, subscriptionIdentifiers });
          }
        }
      }
    }
    const publisher = await connect('publisher');
    for (let round = 0; round < 6; round++) {
      const published = (round % 3) as QoS;
      await publisher.publish('some/topic', `round ${round}`, { qos: published, retain: round > 2 });
      for (const { client, qos, retainAsPublished, subscriptionIdentifiers } of kinds) {
        const message = await client.message();
        expect(message).toMatchObject({ topicName: 'some/topic', text: `round ${round}`, duplicate: false });
        expect(message.qos).toBe(Math.min(published, qos));
        expect(message.retain).toBe(round > 2 && retainAsPublished);
        expect(message.properties.subscriptionIdentifiers).toEqual(subscriptionIdentifiers);
      }
    }
  });

  it('many messages in one turn of more than the slab holds stay whole', async () => {
    const { connect } = await startBroker();
    const clients = [await connect('one'), await connect('two'), await connect('three')];
    for (const [i, client] of clients.entries()) await client.subscribe(i === 2 ? 'b' : '+', 1);
    const publisher = await connect('publisher');
    const count = 60;
    for (let i = 0; i < count; i++)
      void publisher.publish(i % 2 === 0 ? 'a' : 'b', new Uint8Array(100_000).fill(i), { qos: (i % 2) as QoS });
    for (const [k, client] of clients.entries()) {
      for (let i = 0; i < count; i++) {
        if (k === 2 && i % 2 === 0) continue;
        const { payload } = await client.message();
        expect(payload).toHaveLength(100_000);
        expect(payload.every((byte) => byte === i)).toBe(true);
      }
    }
  });
});
