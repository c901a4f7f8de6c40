// The Will Delay Interval and the expiry of a will. §3.1.3.2.2, §3.1.3.2.4
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/broker/store/memory-store.ts';
import type { WillInput } from '../../src/mqtt/packets/connect.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { startBroker } from '../support/test-broker.ts';

function willAfter(willDelayInterval: number, properties: object = {}): WillInput {
  return { topicName: 'will', payload: 'gone', qos: 1, properties: { willDelayInterval, ...properties } };
}

async function start() {
  const clock = new ManualClock();
  const started = await startBroker({ clock });
  const watcher = await started.connect('watcher');
  await watcher.subscribe('#', 2);
  return { ...started, clock, watcher };
}

describe('a will with a delay', () => {
  it('[MQTT-3.1.2-8] is published when its delay is over', async () => {
    const { clock, connect, watcher } = await start();
    const properties = { sessionExpiryInterval: 100 };
    await (await connect('client', { connect: { will: willAfter(10), properties } })).destroy();
    clock.advance(9.5);
    expect(await watcher.messages()).toEqual([]);
    clock.advance(1);
    expect((await watcher.message()).text).toBe('gone');
    clock.advance(200);
    expect(await watcher.messages()).toEqual([]); // not again when the session ends
  });

  it('[MQTT-3.1.2-8] is published when the session ends, if that is earlier', async () => {
    const { clock, connect, watcher } = await start();
    const properties = { sessionExpiryInterval: 5 };
    await (await connect('client', { connect: { will: willAfter(10), properties } })).destroy();
    clock.advance(4.5);
    expect(await watcher.messages()).toEqual([]);
    clock.advance(1);
    expect((await watcher.message()).text).toBe('gone');
  });

  it('[MQTT-3.1.2-8] is published at once when the session ends with its connection', async () => {
    const { connect, watcher } = await start();
    await (await connect('client', { connect: { will: willAfter(10) } })).destroy();
    expect((await watcher.message()).text).toBe('gone');
  });

  it('[MQTT-3.1.3-9] is not published when the client is back in time', async () => {
    const { clock, connect, watcher } = await start();
    const properties = { sessionExpiryInterval: 100 };
    await (await connect('client', { connect: { will: willAfter(10), properties } })).destroy();
    clock.advance(9);
    const again = await connect('client', { connect: { cleanStart: false, properties } });
    expect(again.connack.sessionPresent).toBe(true);
    clock.advance(100);
    await again.destroy();
    clock.advance(50);
    expect(await watcher.messages()).toEqual([]);
  });

  it('is published when the client comes back without its session: that has ended', async () => {
    const { clock, connect, watcher } = await start();
    const properties = { sessionExpiryInterval: 100 };
    await (await connect('client', { connect: { will: willAfter(10), properties } })).destroy();
    clock.advance(5);
    const again = await connect('client', {
      connect: { cleanStart: true, properties, will: { ...willAfter(10), payload: 'new' } },
    });
    expect((await watcher.message()).text).toBe('gone');
    await again.destroy();
    clock.advance(11);
    expect((await watcher.message()).text).toBe('new');
  });

  it('waits for the session expiry that DISCONNECT sets', async () => {
    const { clock, connect, watcher } = await start();
    const properties = { sessionExpiryInterval: 100 };
    const client = await connect('client', { connect: { will: willAfter(50), properties } });
    await client.disconnect(4, { sessionExpiryInterval: 20 });
    clock.advance(19);
    expect(await watcher.messages()).toEqual([]);
    clock.advance(1.5);
    expect((await watcher.message()).text).toBe('gone');
  });

  it('its expiry counts from its publication', async () => {
    const { clock, connect, watcher } = await start();
    const properties = { sessionExpiryInterval: 100 };
    const will = willAfter(30, { messageExpiryInterval: 10 });
    await (await connect('client', { connect: { will, properties } })).destroy();
    clock.advance(31);
    expect((await watcher.message()).properties).toEqual({ messageExpiryInterval: 10 });
  });

  it('its expiry goes on counting where it waits', async () => {
    const { clock, connect, watcher } = await start();
    const late = await connect('late', { connect: { properties: { sessionExpiryInterval: 1000 } } });
    await late.subscribe('#', 1);
    await late.destroy();
    const will = { ...willAfter(0, { messageExpiryInterval: 10 }), retain: true };
    await (await connect('client', { connect: { will } })).destroy();
    await watcher.message();
    clock.advance(4);
    const again = await connect('late', {
      connect: { cleanStart: false, properties: { sessionExpiryInterval: 1000 } },
    });
    expect((await again.message()).properties).toEqual({ messageExpiryInterval: 6 });
    clock.advance(6.5);
    const later = await connect('later');
    await later.subscribe('will', 1);
    expect(await later.messages()).toEqual([]);
  });
});

describe('when the broker goes', () => {
  it('a will without delay is published to those who are still there or come back', async () => {
    const store = new MemoryStore();
    const clock = new ManualClock();
    const first = await startBroker({ store, clock });
    const lasting = { cleanStart: false, properties: { sessionExpiryInterval: 1000 } };
    await (await first.connect('late', { connect: lasting })).subscribe('#', 1);
    await first.connect('client', { connect: { ...lasting, will: willAfter(0) } });
    await first.broker.close();
    const second = await startBroker({ store, clock });
    const late = await second.connect('late', { connect: lasting });
    expect((await late.message()).text).toBe('gone');
    clock.advance(100);
    expect(await late.messages()).toEqual([]);
  });

  it('[MQTT-3.1.2-7] [MQTT-3.1.3-9] one with a delay waits in the next broker on the same store', async () => {
    const store = new MemoryStore();
    const clock = new ManualClock();
    const first = await startBroker({ store, clock });
    const lasting = { cleanStart: false, properties: { sessionExpiryInterval: 1000 } };
    await first.connect('back', { connect: { ...lasting, will: { ...willAfter(10), payload: 'back' } } });
    await first.connect('lost', { connect: { ...lasting, will: { ...willAfter(10), payload: 'lost' } } });
    await first.broker.close();
    clock.advance(5);
    const second = await startBroker({ store, clock });
    const watcher = await second.connect('watcher');
    await watcher.subscribe('#', 0);
    await second.connect('back', { connect: lasting });
    clock.advance(4.5);
    expect(await watcher.messages()).toEqual([]);
    clock.advance(1);
    expect(await watcher.messages()).toEqual(['will=lost']);
  });

  it('[MQTT-3.1.2-7] the will of a client which was connected when the broker was killed goes out', async () => {
    const store = new MemoryStore();
    const clock = new ManualClock();
    const first = await startBroker({ store, clock });
    const lasting = { cleanStart: false, properties: { sessionExpiryInterval: 1000 } };
    await first.connect('client', { connect: { ...lasting, will: willAfter(10) } });
    const second = await startBroker({ store, clock }); // the first one never said a word to the store
    const watcher = await second.connect('watcher');
    await watcher.subscribe('#', 0);
    clock.advance(10.5);
    expect(await watcher.messages()).toEqual(['will=gone']);
  });
});
