// A broker that closes in the middle of everything: every promise settles, and nothing is left open.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memoryPair } from '../../src/transport/memory.ts';
import { HeldStore } from '../support/held-store.ts';
import { PendingHook } from '../support/pending-hook.ts';
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

describe('close in the middle of everything', () => {
  it('tells 5.0 clients 0x8B, closes all, and settles every promise', async () => {
    const { broker, connect } = await startBroker();
    const modern = await connect('modern');
    const old = await connect('old', { protocolVersion: 4 });
    await modern.subscribe('#', 2);
    for (let i = 0; i < 500; i++) void old.publish('a', String(i), { qos: 2 });
    const published = broker.publish({ topicName: 'last', payload: 'words', qos: 1 });
    const closed = broker.close();
    expect(broker.close()).toBe(closed);
    await Promise.all([published.catch(() => {}), closed, modern.closed, old.closed]);
    expect(await modern.next('disconnect')).toMatchObject({ reasonCode: 0x8b });
    expect(broker.statistics.connected).toBe(0);
  });

  it('while hooks think and a store commits', async () => {
    const store = new HeldStore();
    const hook = new PendingHook<boolean>();
    const { broker, connect, transport } = await startBroker({
      store,
      hooks: { authenticate: ({ clientId }) => (clientId === 'slow' ? hook.ask() : true) },
    });
    const client = await connect('client', {
      connect: { cleanStart: false, properties: { sessionExpiryInterval: 60 } },
    });
    await client.subscribe('a', 1);
    const slow = new RawClient(transport());
    slow.write({ type: 'connect', clientId: 'slow' }, { type: 'publish', topicName: 'a', payload: 'x', retain: true });
    await hook.asked;
    const held = store.hold();
    const published = broker.publish({ topicName: 'a', payload: '1', qos: 1 });
    await held;
    const closed = broker.close();
    hook.answer(true);
    store.release();
    await Promise.all([closed, published, client.closed, slow.closed]);
    expect(broker.statistics.connected).toBe(0);
  });

  it('again and again; nothing works afterwards, and says so', async () => {
    const { broker, transport } = await startBroker();
    await broker.close();
    await broker.close();
    await expect(broker.publish({ topicName: 'a' })).rejects.toThrow('closed');
    await expect(broker.listen('mqtt://127.0.0.1:0')).rejects.toThrow('closed');
    expect(() => transport()).toThrow('closed');
  });

  it('while it begins to listen: nobody listens afterwards', async () => {
    const { broker } = await startBroker();
    const urls: string[] = [];
    broker.on('listening', ({ url }) => urls.push(url));
    const listening = broker.listen('mqtt://127.0.0.1:0');
    const failed = expect(listening).rejects.toThrow('closed');
    await broker.open(); // the address is being taken now
    await broker.close();
    await failed;
    expect(urls).toEqual([]);
  });

  it('with a client that does not read its last words', async () => {
    const { broker } = await startBroker();
    const [near, far] = memoryPair({ highWaterMark: 16, graceMs: 20 });
    broker.attach(far);
    const client = new RawClient(near);
    client.write({ type: 'connect', clientId: 'client' });
    await client.next();
    near.pause();
    await broker.close();
    expect(broker.statistics.connected).toBe(0);
    near.destroy();
    await client.closed;
  });
});
