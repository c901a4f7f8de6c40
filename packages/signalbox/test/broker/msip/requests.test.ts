// What a client that speaks MSIP asks of the broker, and what it is answered. docs/msip.md §3
import { describe, expect, it } from 'vitest';
import type { Action, ClientInfo } from '../../../src/broker/hooks.ts';
import { HeldStore } from '../../support/held-store.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MsipRawClient } from '../../support/msip-raw-client.ts';
import { FLAG, KIND, topicAndMessage, wire } from '../../support/msip-wire.ts';
import { PendingHook } from '../../support/pending-hook.ts';
import { startBroker } from '../../support/test-broker.ts';

const MSIP = { protocol: 'msip' } as const;
const ACK = FLAG.ackRequired;
const hello = (payload: string | Uint8Array, msgId = 7n) => wire('hello', { msgId, payload });
const subscribe = (payload: string, msgId: bigint, flags: number = ACK) => wire('subscribe', { msgId, flags, payload });
const unsubscribe = (payload: string, msgId: bigint, flags: number = ACK) =>
  wire('unsubscribe', { msgId, flags, payload });
const publish = (topic: string, message: string, msgId: bigint, flags: number = FLAG.none, msgKind = 1) =>
  wire('publish', { msgId, flags, msgKind, payload: topicAndMessage(topic, message) });

describe('HELLO', () => {
  it('[MSIP-3.1-6] [MSIP-3.1-4] is answered by ACK of kind STATE with the id it brought', async () => {
    const { transport, broker } = await startBroker();
    const client = new MsipRawClient(transport('memory', MSIP));
    client.write(hello('lamp'));
    expect(await client.next()).toBe('ack id=7 kind=3 flags=0 lamp');
    expect(broker.statistics.connected).toBe(1);
  });

  it('[MSIP-3.1-5] [MSIP-4-6] without an id gets a number of 8 bytes that nobody has, and is found under its digits', async () => {
    const { transport, msip } = await startBroker();
    const assigned: bigint[] = [];
    for (let i = 0; i < 3; i++) {
      const client = new MsipRawClient(transport('memory', MSIP));
      client.write(hello(''));
      const { payload, msgKind } = await client.nextFrame();
      expect([payload.length, msgKind]).toEqual([8, KIND.state]);
      assigned.push(Buffer.from(payload).readBigUInt64BE());
      await client.subscribe(`of/${i}`);
      client.transport.destroy();
    }
    expect(new Set(assigned).size).toBe(3);
    const again = await msip(String(assigned[1]));
    await again.publish('of/1', 'back');
    expect((await again.heard())[0]).toMatch(/^event .* of\/1: back$/);
  });

  it('[MSIP-3.1-10] that is not accepted is answered by ERROR with its number, CLOSE and the end', async () => {
    const { transport } = await startBroker({ limits: { sessions: 1 } });
    const first = new MsipRawClient(transport('memory', MSIP));
    first.write(hello('one'));
    await first.next();
    const second = new MsipRawClient(transport('memory', MSIP));
    second.write(hello('two', 9n));
    expect(await second.closed).toEqual([
      expect.stringMatching(/^error id=9 kind=1 flags=0 \w.*/),
      expect.stringMatching(/^close /),
    ]);
  });

  it('an id longer than MQTT allows is not accepted, whatever its limit of size', async () => {
    const { transport, msip } = await startBroker();
    const client = new MsipRawClient(transport('memory', MSIP));
    client.write(hello('x'.repeat(65_536)));
    expect((await client.closed)[0]).toMatch(/^error id=7 /);
    const longest = await msip('x'.repeat(65_535));
    expect(await longest.heard()).toEqual([]);
  });

  it('one that does not come in time ends the connection with a word', async () => {
    const { transport, broker } = await startBroker({ limits: { connectTimeoutMs: 20 } });
    const client = new MsipRawClient(transport('memory', MSIP));
    expect((await client.closed)[0]).toMatch(/^error id=0 .*HELLO/);
    expect(broker.statistics.connected).toBe(0);
  });

  it('has its own time, however long clients may be silent later', async () => {
    const clock = new ManualClock();
    const { transport } = await startBroker({ clock, limits: { connectTimeoutMs: 5_000, msipIdleSeconds: 86_400 } });
    const client = new MsipRawClient(transport('memory', MSIP));
    clock.advance(6);
    expect((await client.closed)[0]).toMatch(/^error id=0 .*HELLO/);
  });
});

describe('SUBSCRIBE and UNSUBSCRIBE', () => {
  it('[MSIP-3.2-2] [MSIP-3.3-2] work with ACK_REQUIRED and without, and are acknowledged only with it', async () => {
    const { msip } = await startBroker();
    const client = await msip('client');
    client.write(subscribe('a', 2n, FLAG.none), publish('a', '1', 3n));
    client.write(unsubscribe('a', 4n, FLAG.none), publish('a', '2', 5n));
    client.write(subscribe('a', 6n), publish('a', '3', 7n), unsubscribe('a', 8n), publish('a', '4', 9n));
    const heard = await client.heard();
    expect(heard.filter((line) => line.startsWith('event'))).toEqual([
      'event id=3 kind=1 flags=0 a: 1',
      'event id=7 kind=1 flags=0 a: 3',
    ]);
    const acknowledged = heard.filter((line) => line.startsWith('ack')).map((line) => line.split(' ')[1]);
    expect(acknowledged.sort()).toEqual(['id=3', 'id=5', 'id=6', 'id=7', 'id=8', 'id=9']);
  });

  it('[MSIP-3.2-3] [MSIP-3.3-4] hold from their ACK on for what others publish', async () => {
    const { msip } = await startBroker();
    const [client, publisher] = [await msip('client'), await msip('publisher')];
    await client.subscribe('a');
    await publisher.publish('a', '1');
    client.write(unsubscribe('a', 2n));
    expect(await client.take(2)).toEqual([expect.stringMatching(/^event .*a: 1$/), 'ack id=2 kind=1 flags=0']);
    await publisher.publish('a', '2');
    expect(await client.heard()).toEqual([]);
  });

  it('[MSIP-3.2-4] know the wildcards, shared subscriptions and $ topics of MQTT', async () => {
    const { msip, broker } = await startBroker();
    const [one, other, all] = [await msip('one'), await msip('other'), await msip('all')];
    await one.subscribe('$share/g/a/+');
    await other.subscribe('$share/g/a/+');
    await all.subscribe('#');
    for (const topic of ['a/1', 'a/2', 'b', '$own/x']) await broker.publish({ topicName: topic, payload: 'x' });
    const shared = [await one.heard(), await other.heard()];
    expect(shared.map(({ length }) => length)).toEqual([1, 1]);
    expect((await all.heard()).map((line) => line.split(' ')[4])).toEqual(['a/1:', 'a/2:', 'b:']);
  });

  it('[MSIP-3.2-5] [MSIP-3.3-3] said twice are answered as the first time', async () => {
    const { msip } = await startBroker();
    const client = await msip('client');
    client.write(subscribe('a', 2n), subscribe('a', 3n), publish('a', 'x', 4n));
    client.write(unsubscribe('a', 5n), unsubscribe('a', 6n), unsubscribe('never', 7n));
    expect(await client.heard()).toEqual([
      'ack id=2 kind=1 flags=0',
      'ack id=3 kind=1 flags=0',
      'event id=4 kind=1 flags=0 a: x',
      ...[4, 5, 6, 7].map((id) => `ack id=${id} kind=1 flags=0`),
    ]);
  });

  it('[MSIP-3.2-6] give one EVENT for all filters that match, and one more for each shared one', async () => {
    const { msip } = await startBroker();
    const [client, publisher] = [await msip('client'), await msip('publisher')];
    await client.subscribe('a', 'a/#', '+', '$share/g/a');
    await publisher.publish('a', 'x');
    expect(await client.heard()).toHaveLength(2);
  });

  it.each(['', 'a/#/b', 'a+', '$share/g', '$share//a', 'a\0b'])(
    '[MSIP-3.2-7] [MSIP-7-3] refuse the filter %j by ERROR with its number, and the connection lives on',
    async (filter) => {
      const { msip } = await startBroker();
      const client = await msip('client');
      client.write(subscribe(filter, 5n));
      expect(await client.heard()).toEqual([expect.stringMatching(/^error id=5 kind=1 flags=0 \w/)]);
      await client.subscribe('a');
    },
  );

  it('[MSIP-3.2-7] are refused when they are not permitted', async () => {
    const { msip } = await startBroker({ hooks: { authorize: (_client, _action, topic) => topic !== 'no' } });
    const client = await msip('client');
    client.write(subscribe('no', 5n), subscribe('yes', 6n));
    expect(await client.heard()).toEqual([
      expect.stringMatching(/^error id=5 .*must not subscribe/),
      'ack id=6 kind=1 flags=0',
    ]);
  });
});

describe('PUBLISH', () => {
  it('[MSIP-3.5-1] [MSIP-3.5-2] [MSIP-3.5-4] [MSIP-3.5-5] becomes EVENT with topic, message, kind, URGENT and number', async () => {
    const { msip } = await startBroker();
    const [client, publisher] = [await msip('client'), await msip('publisher')];
    await client.subscribe('+/#');
    const payload = topicAndMessage('a/\uFEFFb', new Uint8Array([0, 0xff, 0x1f, 0x8b]));
    for (const msgKind of Object.values(KIND)) {
      for (const flags of [FLAG.none, FLAG.urgent, FLAG.urgent | ACK]) {
        publisher.write(wire('publish', { msgId: 2n ** 64n - 1n, flags, msgKind, payload }));
        const event = await client.nextFrame();
        expect(event).toMatchObject({ msgId: 2n ** 64n - 1n, msgKind, flags: flags & FLAG.urgent });
        expect(event.payload).toEqual(payload);
      }
    }
  });

  it('[MSIP-3.4-7] [MSIP-3.6-2] comes back to a publisher who subscribed, before its ACK', async () => {
    const { msip } = await startBroker();
    const client = await msip('client');
    await client.subscribe('a');
    client.write(publish('a', 'x', 5n, ACK), publish('a', 'y', 6n, ACK));
    expect(await client.heard()).toEqual([
      'event id=5 kind=1 flags=0 a: x',
      'event id=6 kind=1 flags=0 a: y',
      'ack id=5 kind=1 flags=0',
      'ack id=6 kind=1 flags=0',
    ]);
  });

  it('[MSIP-3.4-4] is acknowledged always, or where the listener says so, only when the flag asks for it', async () => {
    const { msip } = await startBroker();
    for (const [ackPublish, expected] of [
      ['always', [2n, 3n]],
      ['requested', [3n]],
    ] as const) {
      const client = await msip('client', FLAG.none, { ackPublish });
      client.write(publish('a', '', 2n), publish('a', '', 3n, ACK));
      expect(await client.heard()).toEqual(expected.map((id) => `ack id=${id} kind=1 flags=0`));
    }
  });

  it.each(['', 'a/+', '#', 'a\0'])(
    '[MSIP-3.4-3] [MSIP-7-3] [MSIP-1-4] to the topic %j is refused by ERROR with its number, reaches nobody, and the connection lives on',
    async (topic) => {
      const { msip } = await startBroker();
      const [client, all] = [await msip('client'), await msip('all')];
      await all.subscribe('#');
      client.write(publish(topic, 'x', 5n, ACK));
      expect(await client.heard()).toEqual([expect.stringMatching(/^error id=5 kind=1 flags=0 \w/)]);
      expect(await all.heard()).toEqual([]);
      await client.publish('a', '');
    },
  );

  it('[MSIP-3.4-3] [MSIP-3-4] asks hooks that take their time, and keeps its order with what follows', async () => {
    const pending = new PendingHook<boolean>();
    const authorize = (_client: ClientInfo, action: Action) => (action === 'publish' ? pending.ask() : true);
    const { msip } = await startBroker({ hooks: { authorize } });
    const client = await msip('client');
    client.write(publish('a', '1', 2n), subscribe('a', 3n), publish('a', '2', 4n));
    await pending.asked;
    pending.answer(false);
    expect(await client.take(2)).toEqual([
      expect.stringMatching(/^error id=2 .*must not publish/),
      'ack id=3 kind=1 flags=0',
    ]);
    pending.answer(true);
    expect(await client.take(2)).toEqual(['event id=4 kind=1 flags=0 a: 2', 'ack id=4 kind=1 flags=0']);
  });

  it('[MSIP-3.4-5] is acknowledged when the store has it, and refused when the store fails', async () => {
    const store = new HeldStore();
    const { msip } = await startBroker({ store });
    const sleeper = await msip('sleeper', ACK);
    await sleeper.subscribe('a');
    sleeper.transport.destroy();
    const client = await msip('client');
    const held = store.hold();
    client.write(publish('a', '1', 2n, ACK), publish('a', '2', 3n, ACK));
    await held;
    expect(await client.heard()).toEqual([]);
    store.release();
    expect(await client.take(2)).toEqual(['ack id=2 kind=1 flags=0', 'ack id=3 kind=1 flags=0']);
    const heldAgain = store.hold();
    client.write(publish('a', '3', 4n, ACK));
    await heldAgain;
    await store.failOnce();
    expect(await client.next()).toMatch(/^error id=4 kind=1 flags=0 \w/);
  });

  it('[MSIP-3.4-8] [MSIP-3-4] keeps its order for each subscriber, whole or byte by byte', async () => {
    const { msip } = await startBroker();
    const [client, publisher] = [await msip('client'), await msip('publisher')];
    await client.subscribe('#');
    const frames = Array.from({ length: 100 }, (_, i) => publish(`t/${i % 3}`, String(i), BigInt(i)));
    publisher.write(...frames.slice(0, 50));
    for (const byte of Buffer.concat(frames.slice(50))) publisher.transport.write(Uint8Array.of(byte));
    const events = await client.take(100);
    expect(events.map((line) => Number(line.split(': ')[1]))).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  it('[MSIP-3.5-7] reaches everybody subscribed, and nobody else', async () => {
    const { msip } = await startBroker();
    const [one, other, third] = [await msip('one'), await msip('other'), await msip('third')];
    await one.subscribe('a');
    await other.subscribe('a');
    await third.subscribe('b');
    await third.publish('a', 'x');
    expect([await one.heard(), await other.heard(), await third.heard()].map(({ length }) => length)).toEqual([
      1, 1, 0,
    ]);
  });
});
