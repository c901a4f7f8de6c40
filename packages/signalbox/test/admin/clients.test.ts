// Clients, sessions, retained messages and drops as the admin API shows them.
import { describe, expect, it } from 'vitest';
import { Page } from '../../src/admin/page.ts';
import { Scans } from '../../src/admin/scans.ts';
import { ReasonCode } from '../../src/mqtt/reason-codes.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { startAdmin } from './admin.ts';

const KEEPS = { connect: { cleanStart: false, properties: { sessionExpiryInterval: 60 } } };

interface Items {
  readonly items: readonly Readonly<Record<string, unknown>>[];
  readonly next: string | null;
}

describe('clients', () => {
  it('are listed a page at a time, each exactly once, in the order of their names', async () => {
    const { ask, connect } = await startAdmin();
    for (const name of ['d', 'b', 'a', 'e', 'c', 'ä/ß']) await connect(name);
    const names: unknown[] = [];
    let after: string | null = '';
    while (after !== null) {
      const { items, next } = (await ask(`/api/v1/clients?limit=2&after=${encodeURIComponent(after)}`)).json() as Items;
      expect(items.length).toBeLessThanOrEqual(2);
      names.push(...items.map(({ clientId }) => clientId));
      after = next;
    }
    expect(names).toEqual(['a', 'b', 'c', 'd', 'e', 'ä/ß']);
  });

  it('are found by a part of their name, and by whether they are connected', async () => {
    const { ask, connect } = await startAdmin();
    await (await connect('sensor-1', KEEPS)).disconnect();
    await connect('sensor-2');
    await connect('other');
    const names = async (query: string) => {
      return ((await ask(`/api/v1/clients?${query}`)).json() as Items).items.map(({ clientId }) => clientId);
    };
    expect(await names('match=sensor')).toEqual(['sensor-1', 'sensor-2']);
    expect(await names('match=sensor&connected=true')).toEqual(['sensor-2']);
    expect(await names('connected=false')).toEqual(['sensor-1']);
  });

  it('one has its session, queue, flight, drops and subscriptions', async () => {
    const { ask, connect } = await startAdmin({ limits: { queuedMessages: 2 } });
    const away = await connect('a/b?c', KEEPS);
    for (const filter of ['x', 'y/+', '$share/g/z']) await away.subscribe(filter, 1);
    await away.disconnect();
    const publisher = await connect('publisher', { connect: { username: 'alice' } });
    for (let i = 0; i < 5; i++) await publisher.publish('x', 'hello', { qos: 1 });
    const path = `/api/v1/clients/${encodeURIComponent('a/b?c')}`;
    expect((await ask(path)).json()).toMatchObject({
      clientId: 'a/b?c',
      isConnected: false,
      subscriptions: 3,
      session: { isPersistent: true, sessionExpiryInterval: 60, will: null },
      connection: null,
      queue: { messages: 2, mostMessages: 2 },
      inFlight: { outgoingMessages: 0, incomingMessages: 0 },
      droppedMessages: 3,
      drops: { 'queue-full': 3 },
    });
    const page = (await ask(`${path}/subscriptions?limit=2`)).json() as Items;
    expect(page.items.map(({ topicFilter }) => topicFilter)).toEqual(['$share/g/z', 'x']);
    const rest = (await ask(`${path}/subscriptions?after=${page.next}`)).json() as Items;
    expect(rest).toMatchObject({ items: [{ topicFilter: 'y/+', qos: 1, noLocal: false }], next: null });
    expect((await ask('/api/v1/clients/publisher')).json()).toMatchObject({
      username: 'alice',
      isConnected: true,
      connectedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      protocolVersion: 5,
      connection: { isSlow: false },
      drops: {},
    });
    expect((await ask('/api/v1/drops')).json()).toEqual({ total: 3, byReason: { 'queue-full': 3 } });
  });

  it('one is disconnected, with a reason of the operator’s choice', async () => {
    const { ask, connect } = await startAdmin();
    const first = await connect('first');
    const second = await connect('second');
    expect((await ask('/api/v1/clients/first', { method: 'DELETE' })).status).toBe(204);
    expect(await first.next('disconnect')).toMatchObject({ reasonCode: ReasonCode.AdministrativeAction });
    await ask(`/api/v1/clients/second?reasonCode=${ReasonCode.QuotaExceeded}`, { method: 'DELETE' });
    expect(await second.next('disconnect')).toMatchObject({ reasonCode: ReasonCode.QuotaExceeded });
  });

  it('the slowest are listed', async () => {
    const clock = new ManualClock();
    const { ask, connect } = await startAdmin({ clock });
    const away = await connect('away', KEEPS);
    await away.subscribe('x', 1);
    await away.disconnect();
    const publisher = await connect('publisher');
    await publisher.publish('x', 'hello', { qos: 1 });
    clock.advance(2);
    const { items } = (await ask('/api/v1/slow-clients')).json() as Items;
    expect(items).toMatchObject([{ clientId: 'away', queuedMessages: 1 }]);
  });
});

describe('the rest', () => {
  it('retained messages by filter, without payloads', async () => {
    const { ask, broker } = await startAdmin();
    for (const topicName of ['b/1', 'a/1', 'a/2', 'a']) {
      await broker.publish({ topicName, payload: 'hello', retain: true, qos: 1 });
    }
    const { items, next } = (await ask('/api/v1/retained?filter=a%2F%23&limit=2')).json() as Items;
    expect(items).toEqual([
      { topicName: 'a', payloadBytes: 5, qos: 1, expiresAt: null },
      { topicName: 'a/1', payloadBytes: 5, qos: 1, expiresAt: null },
    ]);
    expect(next).toBe('a/1');
    const rest = (await ask('/api/v1/retained?filter=a%2F%23&after=a%2F1')).json() as Items;
    expect(rest.items.map(({ topicName }) => topicName)).toEqual(['a/2']);
    expect(((await ask('/api/v1/retained')).json() as Items).items).toHaveLength(4);
  });

  it('the broker and its listeners', async () => {
    const { ask, broker } = await startAdmin();
    const { url } = await broker.listen('mqtt://127.0.0.1:0');
    expect((await ask('/api/v1/listeners')).json()).toEqual({ items: [{ url }] });
    expect((await ask('/api/v1/broker')).json()).toMatchObject({
      readiness: { isReady: true },
      durability: 'memory',
      listeners: [url],
      connections: { connected: 0 },
      limits: { receiveMaximum: 1024 },
    });
  });
});

describe('a page', () => {
  it('is the same whatever the order in which things are offered', () => {
    const keys = Array.from({ length: 50 }, (_, i) => String.fromCharCode(65 + ((i * 17) % 50)));
    const page = new Page<string>(7, 'C');
    for (const key of keys) page.offer(key, key);
    const expected = [...keys].sort().filter((key) => key > 'C');
    expect(page.toJson((value) => value)).toEqual({ items: expected.slice(0, 7), next: expected[6] });
    const last = new Page<string>(100, expected.at(-2));
    for (const key of keys) last.offer(key, key);
    expect(last.toJson((value) => value)).toEqual({ items: [expected.at(-1)], next: null });
  });
});

describe('scans', () => {
  it('let others have their turn, and are few at once', async () => {
    const scans = new Scans();
    let turns = 0;
    let isRunning = true;
    const count = (): void => {
      turns++;
      if (isRunning) setImmediate(count);
    };
    count();
    const many = () => scans.each(Array.from({ length: 10_000 }).values(), () => {});
    const running = [many(), many(), many(), many()];
    await expect(many()).rejects.toMatchObject({ code: 'BUSY' });
    await Promise.all(running);
    isRunning = false;
    expect(turns).toBeGreaterThan(8);
    await many();
  });
});
