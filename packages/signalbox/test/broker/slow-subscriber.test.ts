// Subscribers that do not read, or do not acknowledge: what it costs them, and that it costs nobody else anything. §4.9
import { describe, expect, it, onTestFinished } from 'vitest';
import type { BrokerOptions } from '../../src/broker/broker.ts';
import { connect as connectTo } from '../../src/transport/connect.ts';
import { memoryPair } from '../../src/transport/memory.ts';
import { RawClient } from '../support/raw-client.ts';
import { startBroker } from '../support/test-broker.ts';
import { TestClient } from '../support/test-client.ts';

const LASTING = { cleanStart: false, properties: { sessionExpiryInterval: 3600 } } as const;

/** A broker with one subscriber whose network takes 1 KiB and then no more, until `thaw`. */
async function startFrozen(options: BrokerOptions = {}, qos: 0 | 1 | 2 = 1, connect: object = {}) {
  const test = await startBroker(options);
  const [near, far] = memoryPair({ highWaterMark: 1024 });
  test.broker.attach(far);
  onTestFinished(() => near.destroy());
  const frozen = await TestClient.connect(near, { connect: { clientId: 'frozen', ...connect } });
  await frozen.subscribe('t/#', qos);
  near.pause();
  return { ...test, frozen, far, thaw: () => near.resume() };
}

describe('one frozen subscriber delays nobody else', () => {
  it('fifty others get every message at every QoS, what the frozen one cannot take waits for it', async () => {
    const { connect, frozen, thaw, broker } = await startFrozen({}, 2);
    const others = await Promise.all(Array.from({ length: 50 }, (_, i) => connect(`other-${i}`)));
    for (const other of others) await other.subscribe('t/#', 2);
    const publisher = await connect('publisher');
    const sent: string[] = [];
    for (let i = 0; i < 300; i++) {
      void publisher.publish('t/a', `${i} ${'x'.repeat(100)}`, { qos: (i % 3) as 0 | 1 | 2 });
      sent.push(`t/a=${i} ${'x'.repeat(100)}`);
    }
    for (const other of others) {
      const received: string[] = [];
      for (let i = 0; i < sent.length; i++) received.push(`t/a=${(await other.message()).text}`);
      expect(received).toEqual(sent);
    }
    expect(broker.statistics.dropped).toEqual({});
    thaw();
    const late: string[] = [];
    for (let i = 0; i < sent.length; i++) late.push(`t/a=${(await frozen.message()).text}`);
    expect(late.sort()).toEqual([...sent].sort());
  });

  it('one frozen subscriber over TCP, whose socket is not read: the same', async () => {
    const limits = { queuedMessages: 100 };
    const { broker, connect } = await startBroker({ limits });
    const { url } = await broker.listen('mqtt://127.0.0.1:0');
    const transport = await connectTo(url);
    const frozen = await TestClient.connect(transport, { connect: { clientId: 'frozen' } });
    await frozen.subscribe('t', 0);
    transport.pause();
    const other = await connect('other');
    await other.subscribe('t', 0);
    const publisher = await connect('publisher');
    const count = 400; // 25 MiB: more than two kernels buffer
    const payload = new Uint8Array(64 * 1024);
    for (let i = 0; i < count; i++) {
      payload[0] = i & 0xff;
      await publisher.publish('t', payload, { qos: 1 });
      expect((await other.message()).payload[0]).toBe(i & 0xff);
    }
    const shed = broker.statistics.dropped['queue-full'] ?? 0;
    expect(shed).toBeGreaterThan(0);
    expect(broker.statistics.dropped).toEqual({ 'queue-full': shed });
    transport.resume();
    for (let i = 0; i < count - shed; i++) expect((await frozen.message()).payload).toHaveLength(payload.length);
    expect(await frozen.messages()).toEqual([]);
  });

  it('holds no more for it than its limits say', async () => {
    const limits = { queuedMessages: 50, queuedBytes: 20_000 };
    const { connect, far, broker } = await startFrozen({ limits }, 0);
    const publisher = await connect('publisher');
    for (let round = 0; round < 50; round++) {
      for (let i = 0; i < 100; i++) void publisher.publish('t/a', 'x'.repeat(1000));
      await publisher.messages();
    }
    expect(far.bufferedBytes).toBeLessThan(110_000); // what one turn brought
    expect(broker.statistics.dropped['queue-full']).toBeGreaterThan(4850);
  });

  it('a shared group passes it over', async () => {
    const { connect, frozen, broker } = await startFrozen();
    const publisher = await connect('publisher');
    const member = await connect('member');
    void publisher.publish('t/fill', 'x'.repeat(2000)); // the frozen one is blocked now
    await publisher.messages();
    frozen.send({ type: 'subscribe', subscriptions: [{ topicFilter: '$share/g/s', qos: 0 }] });
    await member.subscribe('$share/g/s', 0);
    for (let i = 0; i < 10; i++) await publisher.publish('s', String(i));
    await publisher.messages();
    expect(await member.messages()).toEqual(Array.from({ length: 10 }, (_, i) => `s=${i}`));
    expect(broker.statistics.dropped).toEqual({});
  });
});

describe('a queue that is full', () => {
  for (const [queuePolicy, kept] of [
    ['drop-newest', [0, 1, 2]],
    ['drop-oldest', [7, 8, 9]],
  ] as const) {
    it(`${queuePolicy}: the others are counted as queue-full`, async () => {
      const { connect, frozen, thaw, broker } = await startFrozen({ queuePolicy, limits: { queuedMessages: 3 } });
      const dropped: string[] = [];
      broker.on('dropped', ({ clientId, topicName, reason }) => dropped.push(`${clientId} ${topicName} ${reason}`));
      const publisher = await connect('publisher');
      await publisher.publish('t/fill', 'x'.repeat(2000), { qos: 1 });
      for (let i = 0; i < 10; i++) await publisher.publish('t/a', String(i), { qos: 1 });
      expect(broker.statistics.dropped).toEqual({ 'queue-full': 7 });
      expect(dropped).toEqual(new Array(7).fill('frozen t/a queue-full'));
      thaw();
      expect((await frozen.message()).topicName).toBe('t/fill');
      for (const i of kept) expect((await frozen.message()).text).toBe(String(i));
      expect(await frozen.messages()).toEqual([]);
    });
  }

  it('sheds QoS 0 first, whatever the policy', async () => {
    const { connect, frozen, thaw, broker } = await startFrozen({ limits: { queuedMessages: 3 } });
    const publisher = await connect('publisher');
    await publisher.publish('t/fill', 'x'.repeat(2000), { qos: 1 });
    for (let i = 0; i < 3; i++) await publisher.publish('t/zero', String(i), { qos: 0 });
    for (let i = 0; i < 3; i++) await publisher.publish('t/one', String(i), { qos: 1 });
    expect(broker.statistics.dropped).toEqual({ 'queue-full': 3 });
    thaw();
    expect((await frozen.message()).topicName).toBe('t/fill');
    expect(await frozen.messages()).toEqual(['t/one=0', 't/one=1', 't/one=2']);
  });

  it('disconnect: the client is told 0x97 and gone, its messages are counted as session-ended', async () => {
    const { connect, frozen, thaw, broker } = await startFrozen({ queuePolicy: 'disconnect', limits: { queuedMessages: 3 } });
    const publisher = await connect('publisher');
    await publisher.publish('t/fill', 'x'.repeat(2000), { qos: 1 });
    for (let i = 0; i < 4; i++) await publisher.publish('t/a', String(i), { qos: 1 });
    expect(broker.statistics.dropped).toMatchObject({ 'queue-full': 1 });
    expect(broker.statistics.connected).toBe(1);
    thaw();
    expect(await frozen.next('disconnect')).toMatchObject({ reasonCode: 0x97 });
    await frozen.closed;
    expect(broker.statistics.dropped['session-ended']).toBeGreaterThanOrEqual(3);
  });

  it('disconnect: a session that lasts keeps what waits for its return', async () => {
    const options = { queuePolicy: 'disconnect', limits: { queuedMessages: 3 } } as const;
    const { connect, frozen, thaw } = await startFrozen(options, 1, LASTING);
    const publisher = await connect('publisher');
    await publisher.publish('t/fill', 'x'.repeat(2000), { qos: 1 });
    for (let i = 0; i < 4; i++) await publisher.publish('t/a', String(i), { qos: 1 });
    thaw();
    await frozen.closed;
    const again = await connect('frozen', { connect: LASTING });
    expect(again.connack.sessionPresent).toBe(true);
    const texts = (await again.messages()).filter((text) => text.startsWith('t/a'));
    expect(texts).toEqual(['t/a=0', 't/a=1', 't/a=2']);
  });

  it('a will that its end brings about does not take the place of the message it was cut off for', async () => {
    const will = { topicName: 'w', payload: 'gone' };
    const options = { queuePolicy: 'disconnect', limits: { queuedMessages: 1 } } as const;
    const { connect } = await startFrozen(options, 1, { will });
    const others = [await connect('other-1'), await connect('other-2')];
    for (const other of others) {
      await other.subscribe('t/#', 0);
      await other.subscribe('w', 0);
    }
    const publisher = await connect('publisher');
    await publisher.publish('t/fill', 'x'.repeat(2000), { qos: 1 });
    for (let i = 0; i < 3; i++) await publisher.publish('t/a', String(i), { qos: 1 });
    for (const other of others) {
      const messages = (await other.messages()).slice(1).sort();
      expect(messages).toEqual(['t/a=0', 't/a=1', 't/a=2', 'w=gone']);
    }
  });

  it('a message larger than the whole queue is dropped alone', async () => {
    const { connect, frozen, thaw, broker } = await startFrozen({ queuePolicy: 'disconnect', limits: { queuedBytes: 5000 } });
    const publisher = await connect('publisher');
    await publisher.publish('t/fill', 'x'.repeat(2000), { qos: 1 });
    await publisher.publish('t/large', 'x'.repeat(6000), { qos: 1 });
    await publisher.publish('t/small', 'kept', { qos: 1 });
    expect(broker.statistics.dropped).toEqual({ 'queue-full': 1 });
    thaw();
    expect((await frozen.messages()).map((text) => text.slice(0, 8))).toEqual(['t/fill=x', 't/small=']);
  });
});

describe('a client that sends and does not read', () => {
  it('is not read any more when too much waits for it, and is heard again when it reads', async () => {
    const { broker, connect } = await startBroker({ limits: { unsentBytes: 4096 } });
    const [near, far] = memoryPair({ highWaterMark: 1024 });
    broker.attach(far);
    onTestFinished(() => near.destroy());
    const flood = new RawClient(near);
    flood.write({ type: 'connect', clientId: 'flood' });
    await flood.next();
    near.pause();
    const watcher = await connect('watcher');
    let largest = 0;
    for (let i = 0; i < 200; i++) {
      for (let k = 0; k < 100; k++) flood.write({ type: 'pingreq' });
      await watcher.messages();
      largest = Math.max(largest, far.bufferedBytes);
    }
    expect(largest).toBeGreaterThan(1024);
    expect(largest).toBeLessThan(4096 + 2 * 1024);
    near.resume();
    expect((await flood.take(20_000)).every(({ type }) => type === 'pingresp')).toBe(true);
  });
});

describe('a client that reads and does not acknowledge', () => {
  it('[MQTT-3.3.4-9] [MQTT-4.9.0-1] [MQTT-4.9.0-2] gets at most its Receive Maximum of QoS 1 and 2', async () => {
    const { connect, transport } = await startBroker();
    const client = new RawClient(transport());
    client.write(
      { type: 'connect', clientId: 'client', properties: { receiveMaximum: 3 } },
      { type: 'subscribe', packetIdentifier: 1, subscriptions: [{ topicFilter: '#', qos: 2 }] },
    );
    await client.take(2);
    const publisher = await connect('publisher');
    for (let i = 0; i < 8; i++) void publisher.publish('a', String(i), { qos: (1 + (i % 2)) as 1 | 2 });
    await publisher.messages();
    client.write({ type: 'pingreq' });
    const packets = await client.take(4);
    expect(packets.map(({ type }) => type)).toEqual(['publish', 'publish', 'publish', 'pingresp']);
    const [first] = packets as { packetIdentifier: number }[];
    client.write({ type: 'puback', packetIdentifier: first!.packetIdentifier }, { type: 'pingreq' });
    const more = await client.take(2);
    expect(more.map(({ type }) => type).sort()).toEqual(['pingresp', 'publish']);
  });

  it('[MQTT-3.3.4-10] [MQTT-4.9.0-3] QoS 0, SUBACK, PUBACK and PINGRESP pass while its window is full', async () => {
    const { connect, transport } = await startBroker();
    const client = new RawClient(transport());
    client.write(
      { type: 'connect', clientId: 'client', properties: { receiveMaximum: 1 } },
      { type: 'subscribe', packetIdentifier: 1, subscriptions: [{ topicFilter: 'a', qos: 2 }] },
    );
    await client.take(2);
    const publisher = await connect('publisher');
    for (let i = 0; i < 3; i++) await publisher.publish('a', String(i), { qos: 1 });
    expect(await client.next()).toMatchObject({ type: 'publish', qos: 1 });
    await publisher.publish('a', 'quick', { qos: 0 });
    await publisher.messages();
    client.write(
      { type: 'subscribe', packetIdentifier: 2, subscriptions: [{ topicFilter: 'b', qos: 0 }] },
      { type: 'publish', topicName: 'c', qos: 1, packetIdentifier: 9 },
      { type: 'pingreq' },
    );
    const types = (await client.take(4)).map(({ type }) => type).sort();
    expect(types).toEqual(['pingresp', 'puback', 'publish', 'suback']);
  });

  it('the broker has its own limit, also for a client that knows none', async () => {
    for (const protocolVersion of [4, 5] as const) {
      const { connect, transport } = await startBroker({ limits: { inFlight: 5 } });
      const client = new RawClient(transport(), protocolVersion);
      client.write(
        { type: 'connect', clientId: 'client', protocolVersion },
        { type: 'subscribe', packetIdentifier: 1, subscriptions: [{ topicFilter: '#', qos: 1 }] },
      );
      await client.take(2);
      const publisher = await connect('publisher');
      for (let i = 0; i < 20; i++) await publisher.publish('a', String(i), { qos: 1 });
      client.write({ type: 'pingreq' });
      const types = (await client.take(6)).map(({ type }) => type);
      expect(types).toEqual([...new Array(5).fill('publish'), 'pingresp']);
    }
  });
});
