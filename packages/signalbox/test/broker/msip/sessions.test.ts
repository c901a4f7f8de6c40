// Who a session of MSIP belongs to, how it is found again, taken over and forgotten. docs/msip.md §4, §9
import { describe, expect, it } from 'vitest';
import type { BrokerOptions } from '../../../src/broker/broker-options.ts';
import { MemoryStore } from '../../../src/broker/store/memory-store.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MsipRawClient } from '../../support/msip-raw-client.ts';
import { wire } from '../../support/msip-wire.ts';
import { startBroker } from '../../support/test-broker.ts';

const MSIP = { protocol: 'msip' } as const;

/** Users are whom they say they are, when their password is their name backwards. */
const USERS: BrokerOptions = {
  hooks: {
    authenticate: (_client, { username, password }) =>
      username !== undefined && Buffer.from(password ?? []).toString() === [...username].reverse().join('')
        ? { username }
        : false,
  },
};

const credentials = (clientId: string, username: string, password = [...username].reverse().join('')) =>
  `${clientId}\0${username}\0${password}`;

describe('a session', () => {
  it('[MSIP-4-2] is resumed under its id, with its subscriptions, before the ACK of HELLO', async () => {
    const { msip, broker } = await startBroker();
    const connected: boolean[] = [];
    broker.on(
      'connected',
      ({ client, sessionPresent }) => client.clientId === 'lamp' && connected.push(sessionPresent),
    );
    const first = await msip('lamp');
    await first.subscribe('a/+', 'b');
    first.transport.destroy();
    await first.closed;
    const again = await msip('lamp');
    for (const topicName of ['a/x', 'b', 'c']) await broker.publish({ topicName });
    expect(await again.heard()).toHaveLength(2);
    expect(connected).toEqual([false, true]);
  });

  it('[MSIP-3.1-3] belongs to the whole id: ids that share their first eight bytes are others', async () => {
    const { msip } = await startBroker();
    const [north, south] = [await msip('sensor-1-north'), await msip('sensor-1-south')];
    await north.subscribe('a');
    await south.publish('a', 'x');
    expect(await south.heard()).toEqual([]);
    expect(await north.heard()).toHaveLength(1);
    const [composed, decomposed] = [await msip('\u00e9'), await msip('e\u0301')];
    await composed.publish('a', 'y');
    expect(await decomposed.heard()).toEqual([]);
  });

  it('[MSIP-4-3] is found by the digits of the msg_id that opened it, as reference clients ask', async () => {
    const { msip, transport } = await startBroker();
    const first = new MsipRawClient(transport('memory', MSIP));
    first.write(wire('hello', { msgId: 1234567n, payload: 'lamp' }));
    await first.next();
    await first.subscribe('a');
    first.transport.destroy();
    await first.closed;
    const again = await msip('1234567');
    await again.publish('a', 'x');
    expect(await again.heard()).toHaveLength(1);
    const third = await msip('lamp');
    expect((await again.closed).at(-2)).toMatch(/^error id=0 /);
    await third.publish('a', 'y');
    expect(await third.heard()).toHaveLength(1);
  });

  it('[MSIP-4-3] a session with exactly that id comes first', async () => {
    const { msip, transport } = await startBroker();
    const lamp = new MsipRawClient(transport('memory', MSIP));
    lamp.write(wire('hello', { msgId: 55n, payload: 'lamp' }));
    await lamp.next();
    await lamp.subscribe('of/lamp');
    const named = await msip('55');
    await named.subscribe('of/55');
    for (const client of [lamp, named]) client.transport.destroy();
    await Promise.all([lamp.closed, named.closed]);
    const again = await msip('55');
    await again.publish('of/lamp', 'x');
    expect(await again.heard()).toEqual([]);
    await again.publish('of/55', 'x');
    expect(await again.heard()).toHaveLength(1);
  });

  it('[MSIP-4-3] nobody gets at an anonymous session in use by its number, or at one of two with the same', async () => {
    const { msip, transport } = await startBroker();
    const open = async (clientId: string) => {
      const client = new MsipRawClient(transport('memory', MSIP));
      client.write(wire('hello', { msgId: 1n, payload: clientId }));
      await client.next();
      await client.subscribe(`of/${clientId}`);
      return client;
    };
    const one = await open('one');
    const thief = await msip('1');
    await thief.publish('of/one', 'x');
    expect(await one.heard()).toHaveLength(1);
    expect(await thief.heard()).toEqual([]);
    thief.transport.destroy();
    const two = await open('two');
    for (const client of [one, two, thief]) client.transport.destroy();
    await Promise.all([one.closed, two.closed, thief.closed]);
    const again = await msip('1');
    await again.publish('of/one', 'x');
    await again.publish('of/two', 'x');
    expect(await again.heard()).toEqual([]);
  });

  it('[MSIP-4-4] [MSIP-3.10-3] is taken over: the old connection is told by ERROR and CLOSE, and gets nothing more', async () => {
    const { msip, broker } = await startBroker();
    const old = await msip('lamp');
    await old.subscribe('a');
    const other = await msip('lamp');
    await broker.publish({ topicName: 'a' });
    const lines = await old.closed;
    expect(lines.slice(1)).toEqual([
      expect.stringMatching(/^error id=0 kind=1 flags=0 .*taken over|^error id=0 kind=1 flags=0 \w/),
      expect.stringMatching(/^close /),
    ]);
    expect(await other.heard()).toHaveLength(1);
    expect(broker.statistics.connected).toBe(1);
  });

  it('[MSIP-4-4] a hundred times over, under load, loses its subscription never and crosses into none', async () => {
    const { msip, broker } = await startBroker();
    const neighbour = await msip('neighbour');
    await neighbour.subscribe('b');
    await (await msip('lamp')).subscribe('a');
    for (let i = 0; i < 100; i++) {
      const client = await msip('lamp');
      await broker.publish({ topicName: 'a', payload: String(i) });
      const line = await client.next();
      expect(line).toMatch(new RegExp(`a: ${i}$`));
    }
    expect(await neighbour.heard()).toEqual([]);
    expect(broker.statistics.connected).toBe(2);
  });

  it('[MSIP-4-5] ends when its client has been away for as long as the limit says; one without subscriptions at once', async () => {
    const clock = new ManualClock();
    const store = new MemoryStore();
    const { msip } = await startBroker({ clock, store, limits: { msipSessionSeconds: 60 } });
    const kept = () => [...store.open().sessions].map(({ clientId }) => clientId);
    const listener = await msip('listener');
    await listener.subscribe('a');
    const talker = await msip('talker');
    for (const client of [listener, talker]) {
      client.transport.destroy();
      await client.closed;
    }
    expect(kept()).toEqual(['listener']);
    clock.advance(59);
    expect(kept()).toEqual(['listener']);
    clock.advance(2);
    expect(kept()).toEqual([]);
  });

  it('[MSIP-4-7] outside acknowledged sessions nothing is delivered later that was missed', async () => {
    const { msip, broker } = await startBroker();
    const client = await msip('lamp');
    await client.subscribe('a');
    client.transport.destroy();
    await client.closed;
    await broker.publish({ topicName: 'a', payload: 'missed', qos: 1 });
    const again = await msip('lamp');
    await broker.publish({ topicName: 'a', payload: 'heard', qos: 1 });
    expect(await again.heard()).toEqual([expect.stringMatching(/heard$/)]);
  });

  it('lasts over a restart of the broker, and its number too', async () => {
    const store = new MemoryStore();
    const before = await startBroker({ store });
    const client = await before.msip('lamp');
    await client.subscribe('a');
    await before.broker.close();
    const after = await startBroker({ store });
    const again = await after.msip('1');
    await again.publish('a', 'x');
    expect(await again.heard()).toHaveLength(1);
  });
});

describe('credentials', () => {
  it('[MSIP-9-3] wrong, missing or unknown: the same ERROR with the number of HELLO, CLOSE, the end', async () => {
    const { transport } = await startBroker(USERS);
    const texts = new Set<string>();
    for (const payload of ['lamp', 'lamp\0anna', credentials('lamp', 'anna', 'wrong'), 'lamp\0nobody\0x']) {
      const client = new MsipRawClient(transport('memory', MSIP));
      client.write(wire('hello', { msgId: 8n, payload }));
      const lines = await client.closed;
      expect(lines).toEqual([expect.stringMatching(/^error id=8 /), expect.stringMatching(/^close /)]);
      texts.add(lines[0]!);
    }
    expect(texts.size).toBe(1);
  });

  it('[MSIP-4-1] the session of a user is not given to another one, who is not let in, nor taken over', async () => {
    const { msip, transport } = await startBroker(USERS);
    const anna = await msip(credentials('lamp', 'anna'));
    await anna.subscribe('secret');
    const bob = new MsipRawClient(transport('memory', MSIP));
    bob.write(wire('hello', { msgId: 8n, payload: credentials('lamp', 'bob') }));
    expect((await bob.closed)[0]).toMatch(/^error id=8 /);
    const byNumber = await msip(credentials('1', 'bob'));
    await byNumber.publish('secret', 'x');
    expect(await byNumber.heard()).toEqual([]);
    expect(await anna.heard()).toHaveLength(1);
  });

  it('[MSIP-9-4] are no part of the id, and are ignored where nobody authenticates', async () => {
    const { transport, broker } = await startBroker();
    const connected: string[] = [];
    broker.on('connected', ({ client }) => connected.push(client.clientId));
    const client = new MsipRawClient(transport('memory', MSIP));
    client.write(wire('hello', { msgId: 8n, payload: Buffer.from('lamp\0anna\0\0\xff', 'latin1') }));
    expect(await client.next()).toBe('ack id=8 kind=3 flags=0 lamp');
    expect(connected).toEqual(['lamp']);
  });

  it('expire as with MQTT: the client is told, and gone', async () => {
    const clock = new ManualClock();
    const { msip } = await startBroker({
      clock,
      hooks: { authenticate: () => ({ expiresAt: clock.now() + 5000 }) },
    });
    const client = await msip('lamp');
    clock.advance(6);
    expect((await client.closed).slice(-2)).toEqual([
      expect.stringMatching(/^error id=0 /),
      expect.stringMatching(/^close /),
    ]);
  });
});

describe('a silent client', () => {
  it('[MSIP-3.8-3] is asked by PING after half of msipIdleSeconds, and ended after all of it; by default never', async () => {
    const clock = new ManualClock();
    const { msip } = await startBroker({ clock, limits: { msipIdleSeconds: 60 } });
    const client = await msip('lamp');
    clock.advance(31);
    expect(await client.next()).toMatch(/^ping /);
    client.write(wire('pong'));
    await client.heard();
    clock.advance(31);
    expect(await client.next()).toMatch(/^ping /);
    clock.advance(31);
    expect((await client.closed).at(-1)).toMatch(/^error|^close/);
    const clock2 = new ManualClock();
    const other = await (await startBroker({ clock: clock2 })).msip('lamp');
    clock2.advance(100_000);
    expect(await other.heard()).toEqual([]);
  });
});
