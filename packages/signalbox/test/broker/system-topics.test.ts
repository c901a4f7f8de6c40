// `$SYS/broker/…`: what the broker says about itself.
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/broker/memory-store.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { startBroker } from '../support/test-broker.ts';
import type { TestClient } from '../support/test-client.ts';

async function values(client: TestClient): Promise<Map<string, string>> {
  const lines = (await client.messages()).map(
    (text) => text.replace('$SYS/broker/', '').split('=') as [string, string],
  );
  return new Map(lines);
}

describe('$SYS', () => {
  it('is retained from the start, and told again at the interval with what has changed', async () => {
    const clock = new ManualClock();
    const { connect, broker } = await startBroker({ clock, systemTopicsIntervalMs: 10_000 });
    const client = await connect('client');
    await client.subscribe('$SYS/#', 0);
    const first = await values(client);
    expect(first.get('version')).toMatch(/^signalbox/);
    expect(first.get('uptime')).toBe('0');
    expect(first.get('clients/connected')).toBe('0');
    clock.advance(9);
    expect(await values(client)).toEqual(new Map());
    const publisher = await connect('publisher', {
      connect: { cleanStart: false, properties: { sessionExpiryInterval: 60 } },
    });
    await publisher.publish('a', 'x', { qos: 1, retain: true });
    await publisher.disconnect();
    clock.advance(1.25);
    const second = await values(client);
    expect([...second.keys()].sort()).toEqual([...first.keys()].sort());
    expect(second.get('uptime')).toBe('10');
    expect(second.get('clients/connected')).toBe('1');
    expect(second.get('clients/maximum')).toBe('2');
    expect(second.get('clients/total')).toBe('2');
    expect(second.get('clients/disconnected')).toBe('1');
    expect(second.get('subscriptions/count')).toBe('1');
    expect(second.get('publish/messages/received')).toBe('1');
    expect(second.get('retained messages/count')).toBe(String(first.size + 1));
    expect(Number(second.get('bytes/received'))).toBeGreaterThan(0);
    expect(Number(second.get('bytes/sent'))).toBeGreaterThan(0);
    expect(broker.statistics.dropped).toEqual({});
  });

  it('[MQTT-4.7.2-1] is not seen through # or +, only when it is asked for', async () => {
    const clock = new ManualClock();
    const { connect } = await startBroker({ clock, systemTopicsIntervalMs: 1000 });
    const client = await connect('client');
    for (const topicFilter of ['#', '+/#', '+/broker/uptime']) await client.subscribe(topicFilter, 0);
    clock.advance(10);
    expect(await client.messages()).toEqual([]);
    await client.subscribe('$SYS/broker/uptime', 0);
    await client.subscribe('$SYS/+/version', 0);
    expect((await client.messages()).map((text) => text.split('=')[0])).toEqual([
      '$SYS/broker/uptime',
      '$SYS/broker/version',
    ]);
  });

  it('0: never', async () => {
    const clock = new ManualClock();
    const { connect } = await startBroker({ clock, systemTopicsIntervalMs: 0 });
    const client = await connect('client');
    await client.subscribe('$SYS/#', 0);
    clock.advance(100);
    expect(await client.messages()).toEqual([]);
  });

  it('cannot be written by clients', async () => {
    const { connect } = await startBroker({ clock: new ManualClock(), systemTopicsIntervalMs: 10_000 });
    const liar = await connect('liar');
    expect(await liar.publish('$SYS/broker/uptime', 'ages', { qos: 1, retain: true })).toBeGreaterThanOrEqual(0x80);
    await liar.subscribe('$SYS/broker/uptime', 0);
    expect(await liar.messages()).toEqual(['$SYS/broker/uptime=0']);
  });

  it('is of this broker and this hour: no store keeps it', async () => {
    const store = new MemoryStore();
    const first = await startBroker({ store, clock: new ManualClock(), systemTopicsIntervalMs: 10_000 });
    await first.broker.publish({ topicName: 'a', payload: 'kept', retain: true });
    await first.broker.close();
    expect([...store.open().retained].map(({ topic }) => topic.name)).toEqual(['a']);
  });

  it('is told also where clients may have few topic levels', async () => {
    const { connect, broker } = await startBroker({
      clock: new ManualClock(),
      systemTopicsIntervalMs: 10_000,
      limits: { topicLevels: 2 },
    });
    const client = await connect('client');
    await client.subscribe('$SYS/#', 0);
    expect((await values(client)).get('publish/messages/received')).toBe('0');
    expect(broker.statistics.dropped).toEqual({});
  });
});
