// Input of peers that mean no good, or know no better: it ends their connection, with the reason the standard names, and
// touches nobody else. §4.13
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memoryPair } from '../../src/transport/memory.ts';
import { RawClient } from '../support/raw-client.ts';
import { startBroker } from '../support/test-broker.ts';

const rejections: unknown[] = [];
const onRejection = (reason: unknown) => rejections.push(reason);

beforeEach(() => {
  rejections.length = 0;
  process.on('unhandledRejection', onRejection);
});

afterEach(() => {
  process.off('unhandledRejection', onRejection);
  expect(rejections).toEqual([]);
});

/** Bytes that look the same in every run. */
function noise(seed: number, size: number): Uint8Array {
  let state = seed * 2654435761 + 1;
  return Uint8Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

/** After CONNECT: what is sent, and the reason code of the DISCONNECT. */
const MALFORMED: [string, string, number][] = [
  ['type 0', '00 00', 0x81],
  ['[MQTT-3.1.0-2] CONNECT again', '10 0d 0004 4d515454 05 02 0000 00 0000', 0x82],
  ['CONNACK', '20 03 00 00 00', 0x82],
  ['SUBACK', '90 04 0001 00 00', 0x82],
  ['UNSUBACK', 'b0 04 0001 00 00', 0x82],
  ['PINGRESP', 'd0 00', 0x82],
  ['[MQTT-3.3.1-4] PUBLISH of QoS 3', '36 05 0001 61 0001', 0x81],
  ['[MQTT-3.3.1-2] PUBLISH of QoS 0 with DUP', '38 04 0001 61 00', 0x81],
  ['[MQTT-3.3.2-2] PUBLISH with a wildcard', '30 04 0001 23 00', 0x90],
  ['PUBLISH without a topic', '30 03 0000 00', 0x82],
  ['[MQTT-2.2.1-3] PUBLISH with packet identifier 0', '32 06 0001 61 0000 00', 0x82],
  ['[MQTT-1.5.4-1] PUBLISH with a surrogate', '30 06 0003 eda080 00', 0x81],
  ['[MQTT-1.5.4-2] PUBLISH with U+0000', '30 04 0001 00 00', 0x81],
  ['[MQTT-3.3.2-8] PUBLISH with alias 0', '30 07 0001 61 03 23 0000', 0x94],
  ['PUBLISH whose properties run over', '30 05 0001 61 7f 00', 0x81],
  ['PUBLISH with a property twice', '30 08 0001 61 04 01 00 01 00', 0x82],
  ['PUBLISH with an unknown property', '30 06 0001 61 02 7f 00', 0x81],
  ['PUBLISH with a CONNECT property', '30 09 0001 61 05 11 00000000', 0x81],
  ['[MQTT-3.3.4-6] PUBLISH with a subscription identifier', '30 06 0001 61 02 0b 01', 0x82],
  ['PUBACK with packet identifier 0', '40 02 0000', 0x82],
  ['PUBACK with flags', '41 02 0001', 0x81],
  ['PUBACK of one byte', '40 01 00', 0x81],
  ['PUBREC with flags', '51 02 0001', 0x81],
  ['[MQTT-3.6.1-1] PUBREL without flags', '60 02 0001', 0x81],
  ['PUBCOMP with flags', '71 02 0001', 0x81],
  ['[MQTT-3.8.1-1] SUBSCRIBE without flags', '80 07 0001 00 0001 61 00', 0x81],
  ['[MQTT-3.8.3-2] SUBSCRIBE without filters', '82 03 0001 00', 0x82],
  ['SUBSCRIBE to a filter that is none', '82 08 0001 00 0002 2361 00', 0x8f],
  ['SUBSCRIBE cut short', '82 05 0001 00 0005', 0x81],
  ['[MQTT-3.10.1-1] UNSUBSCRIBE without flags', 'a0 06 0001 00 0001 61', 0x81],
  ['[MQTT-3.10.3-2] UNSUBSCRIBE without filters', 'a2 03 0001 00', 0x82],
  ['PINGREQ with a body', 'c0 01 00', 0x81],
  ['PINGREQ with flags', 'c1 00', 0x81],
  ['[MQTT-3.14.1-1] DISCONNECT with flags', 'e1 00', 0x81],
  ['AUTH without a method', 'f0 02 18 00', 0x82],
  ['a length of five bytes', '30 ff ff ff ff 01', 0x81],
  ['a length longer than needed', 'c0 80 00', 0x81],
];

describe('malformed packets', () => {
  for (const [name, bytes, reasonCode] of MALFORMED) {
    it(`[MQTT-4.13.1-1] ${name} is answered by DISCONNECT 0x${reasonCode.toString(16)}`, async () => {
      const { transport, connect } = await startBroker();
      const other = await connect('other');
      await other.subscribe('#', 0);
      const client = new RawClient(transport());
      client.write({ type: 'connect', clientId: 'client' }, bytes, {
        type: 'publish',
        topicName: 'after',
        payload: 'never',
      });
      const packets = await client.closed;
      expect(packets.map(({ type }) => type)).toEqual(['connack', 'disconnect']);
      expect(packets[1]).toMatchObject({ reasonCode });
      expect(await other.messages()).toEqual([]);
    });

    it(`[MQTT-4.8.0-1@3.1.1] ${name} just closes before 5.0`, async () => {
      const { transport, connect } = await startBroker();
      const other = await connect('other');
      const client = new RawClient(transport(), 4);
      const isModernOnly = /propert|alias|subscription identifier|AUTH|PINGREQ with a body/.test(name);
      client.write(
        { type: 'connect', clientId: 'client', protocolVersion: 4 },
        isModernOnly
          ? '00 00'
          : bytes.replace(
              /^(82|a2|80|a0) (..) 0001 00/,
              (_, type, length) => `${type} ${(parseInt(length, 16) - 1).toString(16).padStart(2, '0')} 0001`,
            ),
        '00 00',
      );
      expect((await client.closed).map(({ type }) => type)).toEqual(['connack']);
      expect(await other.messages()).toEqual([]);
    });
  }
});

describe('noise', () => {
  it('of 300 connections ends them and nobody else, before CONNECT and after it', async () => {
    const { transport, connect, broker } = await startBroker();
    const other = await connect('other');
    await other.subscribe('fine', 1);
    const closed: Promise<unknown>[] = [];
    for (let seed = 0; seed < 300; seed++) {
      const client = new RawClient(transport());
      if (seed % 2 === 1) client.write({ type: 'connect', clientId: `noisy-${seed}` });
      client.transport.write(noise(seed, 1 + ((seed * 37) % 5000)));
      client.transport.end();
      closed.push(client.closed);
    }
    const publisher = await connect('publisher');
    for (let i = 0; i < 20; i++) expect(await publisher.publish('fine', String(i), { qos: 1 })).toBe(0);
    await Promise.all(closed);
    expect(await other.messages()).toHaveLength(20);
    await other.messages();
    expect(broker.statistics.connected).toBe(2);
  });

  it('a packet in pieces of one byte is a packet', async () => {
    const { broker, connect } = await startBroker();
    const [near, far] = memoryPair({ chunkSize: 1 });
    broker.attach(far);
    const client = new RawClient(near);
    client.write(
      { type: 'connect', clientId: 'slow' },
      { type: 'publish', topicName: 'a', qos: 1, packetIdentifier: 1 },
    );
    expect((await client.take(2)).map(({ type }) => type)).toEqual(['connack', 'puback']);
    near.destroy();
    await client.closed;
    expect((await connect('other')).connack.reasonCode).toBe(0);
  });

  it('huge announced lengths take no memory', async () => {
    const { transport, connect } = await startBroker({ limits: { packetSize: 268_435_460 } });
    const before = process.memoryUsage().arrayBuffers;
    const clients: RawClient[] = [];
    for (let i = 0; i < 50; i++) {
      const client = new RawClient(transport());
      client.write({ type: 'connect', clientId: `client-${i}` }, '30 ff ff ff 7f 0001');
      clients.push(client);
    }
    await (await connect('other')).messages();
    for (const client of clients) expect((await client.next()).type).toBe('connack');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
  });

  it('a flood of SUBSCRIBE and UNSUBSCRIBE on one connection leaves others served', async () => {
    const { transport, connect, broker } = await startBroker({ limits: { subscriptions: 100 } });
    const flood = new RawClient(transport());
    flood.write({ type: 'connect', clientId: 'flood' });
    await flood.next();
    const other = await connect('other');
    await other.subscribe('t', 1);
    const publisher = await connect('publisher');
    for (let i = 0; i < 50; i++) {
      for (let k = 0; k < 100; k++) {
        const topicFilter = `${i}/${k}/+/#`;
        flood.write({ type: 'subscribe', packetIdentifier: 1 + k, subscriptions: [{ topicFilter, qos: 2 }] });
        if (k % 3 === 0) flood.write({ type: 'unsubscribe', packetIdentifier: 1 + k, topicFilters: [topicFilter] });
      }
      expect(await publisher.publish('t', String(i), { qos: 1 })).toBe(0);
      expect((await other.message()).text).toBe(String(i));
    }
    const answers = await flood.take(50 * 134);
    const refused = answers.filter((packet) => packet.type === 'suback' && packet.reasonCodes[0] === 0x97);
    expect(refused.length).toBeGreaterThan(4000);
    expect(broker.statistics.connected).toBe(3);
  });

  it('a flood of connections that say nothing does not keep others out below the limit', async () => {
    const { transport, connect, broker } = await startBroker({ limits: { connections: 500 } });
    const silent = Array.from({ length: 400 }, () => new RawClient(transport()));
    expect((await connect('client')).connack.reasonCode).toBe(0);
    for (const { transport: near } of silent) near.destroy();
    await Promise.all(silent.map(({ closed }) => closed));
    expect((await connect('client')).connack.reasonCode).toBe(0);
    expect(broker.statistics.connectionsRefused).toBe(0);
  });
});
