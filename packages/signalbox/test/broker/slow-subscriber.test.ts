// Subscribers and clients that do not read: what it costs them, and that it costs nobody else anything.
import { describe, expect, it, onTestFinished } from 'vitest';
import { connect as connectTo } from '../../src/transport/connect.ts';
import { memoryPair } from '../../src/transport/memory.ts';
import { startFrozen } from '../support/frozen-subscriber.ts';
import { KeepingTransport } from '../support/keeping-transport.ts';
import { RawClient } from '../support/raw-client.ts';
import { startBroker } from '../support/test-broker.ts';
import { TestClient } from '../support/test-client.ts';

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

describe('memory that the network still refers to', () => {
  it('is not written again before it has left: what was handed over stays as it was', async () => {
    const { broker, connect } = await startBroker();
    const network = new KeepingTransport();
    broker.attach(network);
    network.bring(
      { type: 'connect', clientId: 'kept' },
      { type: 'subscribe', packetIdentifier: 1, subscriptions: [{ topicFilter: '#', qos: 0 }] },
    );
    const publisher = await connect('publisher');
    await publisher.messages();
    network.isFull = true;
    for (let i = 0; i < 50; i++) {
      await publisher.publish('t', `${i} ${'x'.repeat(i * 10)}`, { qos: 1 });
      if (i % 10 === 9) network.drain();
    }
    expect(network.kept.length).toBeGreaterThanOrEqual(5);
    for (const { bytes, copy } of network.kept) expect(Buffer.from(bytes).equals(copy)).toBe(true);
    expect(broker.statistics.dropped).toEqual({});
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
