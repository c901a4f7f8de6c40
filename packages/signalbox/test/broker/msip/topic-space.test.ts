// One topic space: MSIP, MQTT 3.1.1 and MQTT 5.0 publish to each other; what is compressed, urgent, retained. docs/msip.md §5, §6, §11
import { randomBytes } from 'node:crypto';
import * as zlib from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { memoryPair } from '../../../src/transport/memory.ts';
import { MsipRawClient } from '../../support/msip-raw-client.ts';
import { FLAG, KIND, partsOf, topicAndMessage, wire } from '../../support/msip-wire.ts';
import { startBroker } from '../../support/test-broker.ts';

const ACK = FLAG.ackRequired;
const TEXT = 'x'.repeat(1000);
const PACKED = zlib.gzipSync(TEXT);

describe('MSIP to MQTT', () => {
  it('[MSIP-11-1] ACK_REQUIRED is QoS 1, anything else QoS 0', async () => {
    const { msip, connect } = await startBroker();
    for (const protocolVersion of [4, 5] as const) {
      const client = await connect(`mqtt${protocolVersion}`, { protocolVersion });
      await client.subscribe('a', 2);
      const publisher = await msip('publisher');
      await publisher.publish('a', '1');
      await publisher.publish('a', '2', ACK);
      expect(await client.message()).toMatchObject({ topicName: 'a', text: '1', qos: 0 });
      expect(await client.message()).toMatchObject({ topicName: 'a', text: '2', qos: 1 });
    }
  });

  it('[MSIP-11-2] kind and urgency are User Properties, and nothing where they say nothing', async () => {
    const { msip, connect } = await startBroker();
    const client = await connect('mqtt');
    await client.subscribe('a', 0);
    const publisher = await msip('publisher');
    const pairs = async () => {
      const { properties } = await client.message();
      return (properties.userProperties ?? []).filter(([name]) => name !== 'msip-id');
    };
    await publisher.publish('a', '');
    expect(await pairs()).toEqual([]);
    await publisher.publish('a', '', FLAG.urgent, KIND.command);
    expect(await pairs()).toEqual([
      ['msip-kind', 'command'],
      ['msip-urgent', '1'],
    ]);
    for (const kind of ['state', 'log', 'metric'] as const) {
      await publisher.publish('a', '', FLAG.none, KIND[kind]);
      expect(await pairs()).toEqual([['msip-kind', kind]]);
    }
  });

  it('[MSIP-11-3] what is compressed is inflated, at once or by another thread, in order with what is not', async () => {
    const { msip, connect } = await startBroker();
    const clients = [await connect('five'), await connect('four', { protocolVersion: 4 })];
    for (const client of clients) await client.subscribe('a', 1);
    const large = randomBytes(100_000).toString('base64');
    const publisher = await msip('publisher');
    publisher.write(
      wire('publish', { flags: FLAG.compressed, payload: topicAndMessage('a', zlib.gzipSync(large)) }),
      wire('publish', { payload: topicAndMessage('a', 'plain') }),
      wire('publish', { flags: FLAG.compressed, payload: topicAndMessage('a', PACKED) }),
    );
    for (const client of clients) {
      for (const text of [large, 'plain', TEXT]) expect((await client.message()).text).toBe(text);
    }
  });
});

describe('MQTT to MSIP', () => {
  it('[MSIP-11-4] kind and urgency come from the User Properties, the number from the broker', async () => {
    const { msip, connect } = await startBroker();
    const client = await msip('client');
    await client.subscribe('a');
    const publisher = await connect('mqtt');
    const userProperties = [
      ['msip-kind', 'metric'],
      ['msip-urgent', '1'],
    ] as const;
    const old = await connect('old', { protocolVersion: 4 });
    await publisher.publish('a', '1', { qos: 2, properties: { userProperties } });
    await publisher.publish('a', '2', { properties: { userProperties: [['msip-kind', 'nonsense']] } });
    await old.publish('a', '3', { qos: 1 });
    const events = [await client.nextFrame(), await client.nextFrame(), await client.nextFrame()];
    expect(events.map(({ msgKind, flags }) => [msgKind, flags])).toEqual([
      [KIND.metric, FLAG.urgent],
      [KIND.event, FLAG.none],
      [KIND.event, FLAG.none],
    ]);
    expect(new Set(events.map(({ msgId }) => msgId)).size).toBe(3);
  });

  it('one session may be MQTT now and MSIP then; its subscriptions stay', async () => {
    const { msip, connect } = await startBroker();
    const mqtt = await connect('both', { connect: { cleanStart: false, properties: { sessionExpiryInterval: 60 } } });
    await mqtt.subscribe('a', 1);
    await mqtt.destroy();
    const client = await msip('both', ACK);
    await (await msip('publisher')).publish('a', 'x');
    expect(await client.heard()).toEqual([expect.stringMatching(/^event id=\d+ kind=1 flags=1 a: x$/)]);
  });
});

describe('retained messages', () => {
  it('[MSIP-11-6] come to new MSIP subscribers as EVENTs of kind STATE, whatever they were', async () => {
    const { msip, connect } = await startBroker();
    await (await connect('mqtt')).publish('a/1', 'kept', { retain: true, qos: 1 });
    const client = await msip('client');
    await client.subscribe('a/#');
    expect(await client.heard()).toEqual([expect.stringMatching(/^event id=\d+ kind=3 flags=0 a\/1: kept$/)]);
  });

  it('[MSIP-11-5] STATE is retained where the listener says so, an empty one clears; other kinds never are', async () => {
    const { msip, connect } = await startBroker();
    const publisher = await msip('publisher', FLAG.none, { retainState: true });
    await publisher.publish('state', 'on', FLAG.none, KIND.state);
    await publisher.publish('packed', PACKED, FLAG.compressed, KIND.state);
    await publisher.publish('event', 'x', FLAG.none, KIND.event);
    await publisher.publish('gone', 'x', FLAG.none, KIND.state);
    await publisher.publish('gone', '', FLAG.none, KIND.state);
    const forgetful = await msip('forgetful');
    await forgetful.publish('other', 'x', FLAG.none, KIND.state);
    const late = await connect('late');
    await late.subscribe('#', 1);
    const messages = [await late.message(), await late.message()].sort((a, b) => (a.topicName < b.topicName ? -1 : 1));
    expect(messages).toMatchObject([
      { topicName: 'packed', text: TEXT, retain: true },
      { topicName: 'state', text: 'on', retain: true },
    ]);
    expect(await late.messages()).toEqual([]);
  });
});

describe('COMPRESSED', () => {
  it('[MSIP-5-8] [MSIP-3.5-3] reaches connected MSIP subscribers as it came', async () => {
    const { msip } = await startBroker();
    const [client, publisher] = [await msip('client'), await msip('publisher')];
    await client.subscribe('a');
    await publisher.publish('a', PACKED, FLAG.compressed);
    const event = await client.nextFrame();
    expect(event.flags).toBe(FLAG.compressed);
    expect(Buffer.from(partsOf(event.payload)!.message)).toEqual(PACKED);
  });

  it('[MSIP-5-8] what is kept is sent plain, without the flag', async () => {
    const { msip } = await startBroker();
    const client = await msip('client', ACK);
    await client.subscribe('a');
    client.transport.destroy();
    await client.closed;
    await (await msip('publisher')).publish('a', PACKED, FLAG.compressed);
    expect(await (await msip('client', ACK)).heard()).toEqual([expect.stringMatching(/flags=1 a: x{1000}$/)]);
  });

  it('[MSIP-5-3] [MSIP-5-4] on what is not is left out; what is compressed without it is bytes like others', async () => {
    const { msip, connect } = await startBroker();
    const [client, publisher, mqtt] = [await msip('client'), await msip('publisher'), await connect('mqtt')];
    await client.subscribe('#');
    await mqtt.subscribe('#', 0);
    await publisher.publish('a', 'plain', FLAG.compressed);
    await publisher.publish('b', PACKED);
    expect(await client.next()).toMatch(/flags=0 a: plain$/);
    expect((await client.nextFrame()).flags).toBe(0);
    expect((await mqtt.message()).text).toBe('plain');
    expect(Buffer.from((await mqtt.message()).payload)).toEqual(PACKED);
  });

  it('[MSIP-5-7] a bomb ends its publisher, small or large, and reaches nobody', async () => {
    const { msip, broker } = await startBroker({ limits: { packetSize: 1_000_000 } });
    const all = await msip('all');
    await all.subscribe('#');
    for (const size of [1_000_001, 100_000_000]) {
      const bomb = zlib.gzipSync(Buffer.alloc(size));
      const publisher = await msip('publisher');
      publisher.write(wire('publish', { msgId: 5n, flags: FLAG.compressed, payload: topicAndMessage('a', bomb) }));
      const lines = await publisher.closed;
      expect(lines.slice(1)).toEqual([
        expect.stringMatching(/^error id=5 .*larger than 1000000 bytes$/),
        expect.stringMatching(/^close /),
      ]);
    }
    expect(await all.heard()).toEqual([]);
    expect(broker.statistics.connected).toBe(1);
  });

  it('[MSIP-5-7] one that is broken, or in a format this runtime does not know, is refused', async () => {
    const { msip } = await startBroker();
    const publisher = await msip('publisher');
    const zstd = Buffer.from('28b52ffd200178', 'hex');
    publisher.write(wire('publish', { msgId: 4n, flags: FLAG.compressed, payload: topicAndMessage('a', zstd) }));
    publisher.write(
      wire('publish', { msgId: 5n, flags: FLAG.compressed, payload: topicAndMessage('a', PACKED.subarray(0, 20)) }),
    );
    const lines = await publisher.closed;
    expect(lines.at(-2)).toMatch(/^error id=[45] /);
    expect(lines.at(-1)).toMatch(/^close /);
  });

  it.skipIf(!('zstdCompressSync' in zlib))('zstd is known where the runtime has it (Node 22.15)', async () => {
    const { msip, connect } = await startBroker();
    const [client, mqtt] = [await msip('client'), await connect('mqtt')];
    await client.subscribe('a');
    await mqtt.subscribe('a', 0);
    const { zstdCompressSync } = zlib as unknown as { zstdCompressSync: (text: string) => Buffer };
    const packed = zstdCompressSync(TEXT);
    await (await msip('publisher')).publish('a', packed, FLAG.compressed);
    expect(Buffer.from(partsOf((await client.nextFrame()).payload)!.message)).toEqual(packed);
    expect((await mqtt.message()).text).toBe(TEXT);
  });
});

describe('URGENT', () => {
  /** A subscriber whose network takes 1 KiB and then no more, until it reads again. */
  async function frozen(flags: number = FLAG.none) {
    const test = await startBroker();
    const [near, far] = memoryPair({ highWaterMark: 1024 });
    test.broker.attach(far, { protocol: 'msip' });
    onTestFinished(() => near.destroy());
    const client = await MsipRawClient.connect(near, 'frozen', flags);
    await client.subscribe('t');
    near.pause();
    const publisher = await test.msip('publisher');
    await publisher.publish('t', 'x'.repeat(2000));
    return { ...test, client, publisher, thaw: () => near.resume() };
  }

  it.each([
    ['', FLAG.none],
    [' of an acknowledged session', ACK],
  ])(
    '[MSIP-6-1] [MSIP-6-2] [MSIP-6-3] overtakes what waits%s; among themselves both keep their order',
    async (_, flags) => {
      const { client, publisher, thaw } = await frozen(flags);
      for (let i = 0; i < 6; i++) await publisher.publish('t', String(i), i % 2 === 0 ? FLAG.none : FLAG.urgent);
      thaw();
      expect((await client.next()).length).toBeGreaterThan(2000);
      const lines = await client.take(6);
      expect(lines.map((line) => line.split(': ')[1])).toEqual(['1', '3', '5', '0', '2', '4']);
      expect(lines.map((line) => /flags=[45]/.test(line))).toEqual([true, true, true, false, false, false]);
    },
  );

  it('[MSIP-6-1] of MQTT overtakes too', async () => {
    const { client, connect, thaw } = await frozen();
    const mqtt = await connect('mqtt');
    await mqtt.publish('t', 'late', { qos: 1 });
    const userProperties = [['msip-urgent', '1']] as const;
    await mqtt.publish('t', 'soon', { qos: 1, properties: { userProperties } });
    thaw();
    await client.next();
    expect((await client.take(2)).map((line) => line.split(': ')[1])).toEqual(['soon', 'late']);
  });

  it('[MSIP-7-5] a subscriber that does not read delays nobody, and what waits for it has a limit', async () => {
    const { client, publisher, msip, broker, thaw } = await frozen();
    const quick = await msip('quick');
    await quick.subscribe('t');
    for (let i = 0; i < 10_100; i++) publisher.write(wire('publish', { payload: topicAndMessage('t', String(i)) }));
    let heard = 0;
    while (heard < 10_100) if ((await quick.next()).startsWith('event')) heard++;
    expect(broker.statistics.dropped).toEqual({ 'queue-full': 100 });
    thaw();
    expect((await client.take(10_001)).length).toBe(10_001);
  });
});
