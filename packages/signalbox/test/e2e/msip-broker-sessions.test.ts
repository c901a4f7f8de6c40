// The statements about sessions and CLOSE that bind a server, at the broker over real sockets.
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { exchangeOf } from '../../src/broker/broker.ts';
import { MemoryStore } from '../../src/broker/store/memory-store.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { startMsipBroker } from '../support/msip-broker.ts';
import type { MsipPeer } from '../support/msip-peer.ts';
import { describeFrame, FLAG, topicAndMessage, wire } from '../support/msip-wire.ts';

/** Until the broker has noticed that the connection of this client is gone. */
function goneOf({ broker }: Awaited<ReturnType<typeof startMsipBroker>>, clientId: string): Promise<void> {
  return new Promise((resolve) => {
    const stop = broker.on('disconnected', ({ client }) => {
      if (client.clientId !== clientId) return;
      stop();
      resolve();
    });
  });
}

async function cut(
  started: Awaited<ReturnType<typeof startMsipBroker>>,
  peer: MsipPeer,
  clientId: string,
): Promise<void> {
  const gone = goneOf(started, clientId);
  peer.stream.destroy();
  await gone;
}

describe('a session', () => {
  it('[MSIP-4-2] [MSIP-3.10-5] is resumed by its id, its subscriptions are in effect from the ACK on', async () => {
    const started = await startMsipBroker();
    const { connect } = started;
    const publisher = await connect('publisher');
    let peer = await connect('lamp');
    await peer.subscribe('t/#');
    for (const isOrderly of [true, false, true]) {
      if (isOrderly) await peer.leave();
      else await cut(started, peer, 'lamp');
      peer = await connect('lamp');
      await publisher.publish('t/1', 'x');
      expect(await peer.sofar()).toEqual([expect.stringMatching(/ t\/1: x$/)]);
    }
  });

  it('[MSIP-4-7] does not get what was published while its client was away', async () => {
    const { connect } = await startMsipBroker();
    const publisher = await connect('publisher');
    const peer = await connect('lamp');
    await peer.subscribe('t');
    await peer.leave();
    await publisher.publish('t', 'missed', { flags: FLAG.ackRequired | FLAG.urgent });
    const back = await connect('lamp');
    expect(await back.sofar()).toEqual([]);
    await publisher.publish('t', 'seen');
    expect(await back.sofar()).toHaveLength(1);
  });

  it('[MSIP-4-3] is found under the msg_id of the HELLO that opened it, unless there is one called so', async () => {
    const { connect, open } = await startMsipBroker();
    const publisher = await connect('publisher');
    const peer = await connect('lamp', { msgId: 4711n });
    await peer.subscribe('t');
    await peer.leave();
    const back = await open();
    expect(describeFrame(await back.greet('4711', { msgId: 4712n }))).toMatch(/^ack id=4712 kind=3 flags=0 /);
    await publisher.publish('t', 'x');
    expect(await back.sofar()).toHaveLength(1);
    await back.leave();
    const third = await connect('4712');
    await publisher.publish('t', 'x');
    expect(await third.sofar(), 'only the HELLO that opened it counts').toEqual([]);
    const namesake = await connect('4712');
    await namesake.subscribe('other');
    await namesake.leave();
    const exact = await connect('4712');
    await publisher.publish('other', 'x');
    expect(await exact.sofar()).toHaveLength(1);
  });

  it('[MSIP-4-3] is not taken so from a client that is connected, nor when two are meant', async () => {
    const { connect } = await startMsipBroker();
    const publisher = await connect('publisher');
    const victim = await connect('victim', { msgId: 1n });
    await victim.subscribe('secret');
    const guessing = await connect('1');
    await publisher.publish('secret', 'x');
    expect([await victim.sofar(), await guessing.sofar()].map((lines) => lines.length)).toEqual([1, 0]);
    for (const clientId of ['one', 'two']) {
      const peer = await connect(clientId, { msgId: 2n });
      await peer.subscribe('secret');
      await peer.leave();
    }
    const ambiguous = await connect('2');
    await publisher.publish('secret', 'x');
    expect(await ambiguous.sofar()).toEqual([]);
  });

  it('[MSIP-4-1] is not given to another principal, by its id or by its number', async () => {
    const authenticate = (_client: unknown, { username }: { username: string | undefined }) => ({ username });
    const { open } = await startMsipBroker({ hooks: { authenticate } });
    const peer = await open();
    await peer.greet('lamp\0ann', { msgId: 4711n });
    await peer.subscribe('t');
    await peer.leave();
    const thief = await open();
    thief.write(wire('hello', { msgId: 5n, payload: 'lamp\0bob' }));
    expect((await thief.ending())[0]).toMatch(/^error id=5 /);
    const guessing = await open();
    await guessing.greet('4711\0bob');
    await guessing.publish('t', 'x');
    expect(await guessing.sofar()).toEqual([]);
    await guessing.leave();
    const back = await open();
    await back.greet('lamp\0ann');
    await back.publish('t', 'x');
    expect(await back.sofar()).toHaveLength(1);
  });

  it('[MSIP-4-4] [MSIP-3.10-3] is taken over: ERROR and CLOSE to the old connection, and nothing to it from then on', async () => {
    const { connect } = await startMsipBroker();
    const publisher = await connect('publisher');
    const old = await connect('lamp');
    await old.subscribe('t');
    const young = await connect('lamp');
    for (let i = 0; i < 10; i++) await publisher.publish('t', 'x');
    const [error, close, ...more] = await old.ending();
    expect([error, close, more]).toEqual([
      expect.stringMatching(/^error id=0 kind=1 flags=0 \w/),
      expect.stringMatching(/^close /),
      [],
    ]);
    expect(await young.sofar()).toHaveLength(10);
  });

  it('[MSIP-4-4] is one connection only, however many come at once', async () => {
    const { open, connect } = await startMsipBroker();
    const peers = await Promise.all(Array.from({ length: 20 }, open));
    for (const [index, peer] of peers.entries()) {
      peer.write(wire('hello', { msgId: BigInt(index), payload: 'lamp' }), wire('subscribe', { payload: 't' }));
    }
    const publisher = await connect('publisher');
    let remaining = peers.length;
    await new Promise<void>((resolve) => {
      for (const { closed } of peers) void closed.then(() => --remaining === 1 && resolve());
    });
    await publisher.publish('t', 'x');
    const [alive, ...others] = peers.filter(({ stream }) => !stream.destroyed);
    expect(others).toEqual([]);
    const lines = await alive!.sofar();
    expect(lines.filter((line) => line.startsWith('event '))).toHaveLength(1);
  });

  it('[MSIP-4-5] ends some time after its client went, and at once when there is nothing in it', async () => {
    const clock = new ManualClock();
    const { connect, broker } = await startMsipBroker({ clock });
    const { sessions } = exchangeOf(broker);
    const peer = await connect('lamp');
    await peer.subscribe('t');
    await peer.leave();
    await (await connect('nothing in it')).leave();
    expect(sessions.get('nothing in it')).toBeUndefined();
    clock.advance(299);
    expect(sessions.get('lamp')).toBeDefined();
    clock.advance(3);
    expect(sessions.get('lamp')).toBeUndefined();
    const back = await connect('lamp');
    await back.publish('t', 'x');
    expect(await back.sofar()).toEqual([]);
  });

  it('[MSIP-4-2] [MSIP-4-3] outlives the broker with its store', async () => {
    const store = new MemoryStore();
    const first = await startMsipBroker({ store });
    const peer = await first.connect('lamp', { msgId: 4711n });
    await peer.subscribe('t');
    await first.broker.close();
    expect((await peer.ending()).map((line) => line.split(' ')[0])).toEqual(['error', 'close']);
    const { connect } = await startMsipBroker({ store });
    const back = await connect('4711');
    await back.publish('t', 'x');
    expect(await back.sofar()).toHaveLength(1);
  });
});

function later<T>(value: T): Promise<T> {
  return new Promise((resolve) => setImmediate(() => resolve(value)));
}

describe('CLOSE', () => {
  it('[MSIP-3.10-2] is answered by the end alone, before HELLO and after', async () => {
    const { open, connect } = await startMsipBroker();
    expect(await (await open()).leave()).toEqual([]);
    expect(await (await connect('lamp')).leave()).toEqual([]);
  });

  it('[MSIP-3.10-4] [MSIP-2.5-6] what came before it takes effect, what comes behind it does not', async () => {
    for (const hooks of [{}, { authorize: () => later(true) }]) {
      const { connect } = await startMsipBroker({ hooks });
      const watcher = await connect('watcher');
      await watcher.subscribe('#');
      const peer = await connect('lamp');
      const publish = (message: string): Uint8Array => wire('publish', { payload: topicAndMessage('t', message) });
      peer.write(wire('subscribe', { payload: 'mine' }), publish('before'), wire('close'), publish('behind'));
      await peer.closed;
      expect(describeFrame(await watcher.next())).toBe('event id=0 kind=1 flags=0 t: before');
      const back = await connect('lamp');
      await back.publish('mine', 'x');
      expect((await watcher.sofar()).filter((line) => line.includes('behind'))).toEqual([]);
      expect(await back.sofar()).toHaveLength(1);
    }
  });

  it.each<[string, (peer: MsipPeer) => void]>([
    ['a framing error', (peer) => peer.write(wire('ping', { version: 2 }))],
    ['the end of the line', (peer) => void peer.stream.end()],
    ['a reset', (peer) => void (peer.stream as Socket).resetAndDestroy()],
  ])('[MSIP-7-1] [MSIP-3.10-4] what came before %s takes effect, too', async (name, endOf) => {
    for (const hooks of [{}, { authorize: () => later(true) }]) {
      const { connect } = await startMsipBroker({ hooks });
      const watcher = await connect('watcher');
      await watcher.subscribe('#');
      const peer = await connect('lamp');
      const messages = Array.from({ length: 20 }, (_, index) => String(index));
      peer.write(...messages.map((message) => wire('publish', { payload: topicAndMessage('t', message) })));
      if (name === 'a reset') await peer.next(); // or the kernel would forget what it was given
      endOf(peer);
      await peer.closed;
      for (const message of messages) {
        expect(describeFrame(await watcher.next())).toBe(`event id=0 kind=1 flags=0 t: ${message}`);
      }
    }
  });

  it('[MSIP-3.10-3] is sent with ERROR when the server stops', async () => {
    const { connect, broker } = await startMsipBroker();
    const peer = await connect('lamp');
    const closed = broker.close();
    expect((await peer.ending()).map((line) => line.split(' ')[0])).toEqual(['error', 'close']);
    await closed;
  });
});
