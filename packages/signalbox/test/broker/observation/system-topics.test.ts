// `$SYS/broker/…`: what the broker says about itself.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../src/broker/store/memory-store.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { startBroker } from '../../support/test-broker.ts';
import type { TestClient } from '../../support/test-client.ts';

const PACKAGE = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

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
    await publisher.subscribe('$share/g/a', 0);
    await publisher.publish('a', 'four', { qos: 1, retain: true });
    await publisher.disconnect();
    clock.advance(1.25);
    const second = await values(client);
    expect([...second.keys()].sort()).toEqual([...first.keys()].sort());
    expect(second.get('uptime')).toBe('10');
    expect(second.get('clients/connected')).toBe('1');
    expect(second.get('clients/maximum')).toBe('2');
    expect(second.get('clients/total')).toBe('2');
    expect(second.get('clients/disconnected')).toBe('1');
    expect(second.get('subscriptions/count')).toBe('2');
    expect(second.get('shared_subscriptions/count')).toBe('1');
    expect(second.get('publish/bytes/received')).toBe('4');
    expect(Number(second.get('publish/bytes/sent'))).toBeGreaterThan(4); // `$SYS` itself, too
    expect(second.get('publish/messages/received')).toBe('1');
    expect(second.get('retained messages/count')).toBe(String(first.size + 1));
    expect(Number(second.get('bytes/received'))).toBeGreaterThan(0);
    expect(Number(second.get('bytes/sent'))).toBeGreaterThan(0);
    expect(broker.statistics.dropped).toEqual({});
  });

  it('has the names that users of Mosquitto know', async () => {
    const clock = new ManualClock();
    const { connect } = await startBroker({ clock, systemTopicsIntervalMs: 10_000, limits: { topicLevels: 3 } });
    const client = await connect('client');
    await client.publish('a/b/c/d', 'x', { qos: 1 });
    await client.publish('a', 'retained', { qos: 1, retain: true });
    for (let minute = 0; minute < 6; minute++) {
      clock.advance(10);
      await client.publish('a/b', 'x', { qos: 1 });
    }
    clock.advance(10);
    await client.subscribe('$SYS/broker/#', 0);
    const told = await values(client);
    const loads = ['connections', 'sockets', 'bytes/received', 'bytes/sent', 'messages/received', 'messages/sent'];
    const names = [
      ...['version', 'uptime', 'clients/connected', 'clients/disconnected', 'clients/expired', 'clients/maximum'],
      ...['clients/total', 'bytes/received', 'bytes/sent', 'messages/received', 'messages/sent', 'messages/stored'],
      ...['publish/messages/dropped', 'publish/messages/received', 'publish/messages/sent', 'subscriptions/count'],
      ...['publish/bytes/received', 'publish/bytes/sent', 'shared_subscriptions/count'],
      ...['retained messages/count', 'store/messages/count', 'store/messages/bytes', 'heap/current', 'heap/maximum'],
      ...[...loads, 'publish/received', 'publish/sent', 'publish/dropped'].flatMap((name) => {
        return ['1min', '5min', '15min'].map((span) => `load/${name}/${span}`);
      }),
    ];
    for (const name of names) expect([name, told.get(name)]).toEqual([name, expect.stringMatching(/\d/)]);
    expect(told.get('dropped/too-many-levels')).toBe('1');
    expect(told.get('version')).toBe(`signalbox version ${PACKAGE.version}`);
    expect(Number(told.get('load/publish/received/1min'))).toBeGreaterThan(1);
    expect(Number(told.get('load/publish/received/1min'))).toBeGreaterThan(
      Number(told.get('load/publish/received/15min')),
    );
    expect(Number(told.get('messages/received'))).toBeGreaterThan(Number(told.get('publish/messages/received')));
    expect(told.get('store/durability')).toBe('memory');
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
