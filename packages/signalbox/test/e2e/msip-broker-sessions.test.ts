// The statements about HELLO, sessions and CLOSE that bind a server, at the broker over real sockets.
import { describe, expect, it } from 'vitest';
import { exchangeOf } from '../../src/broker/broker.ts';
import { MemoryStore } from '../../src/broker/store/memory-store.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { startMsipBroker } from '../support/msip-broker.ts';
import type { MsipPeer } from '../support/msip-peer.ts';
import { describeFrame, FLAG, topicAndMessage, wire } from '../support/msip-wire.ts';

function identityOf(payload: Uint8Array): string {
  return String(Buffer.from(payload).readBigUInt64BE(0));
}

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

describe('HELLO', () => {
  it('[MSIP-3.1-4] [MSIP-3.1-6] is answered by ACK of kind STATE with the bytes of the id, flag or not', async () => {
    const { open } = await startMsipBroker();
    for (const clientId of ['lamp', 'é€😀', '\ufeffx', ' ', '0', 'x'.repeat(65_535)]) {
      for (const flags of [0, 6]) {
        const peer = await open();
        const { payload, ...header } = await peer.greet(clientId, { flags, msgId: 2n ** 64n - 1n, msgKind: 4 });
        expect(header).toMatchObject({ frameType: 6, msgKind: 3, flags: 0, msgId: 2n ** 64n - 1n });
        expect(Buffer.from(payload).toString()).toBe(clientId);
        await peer.leave();
      }
    }
  });

  it('[MSIP-3.1-5] [MSIP-4-6] without an id is given a u64 as 8 bytes, whose decimal text is its id from then on', async () => {
    const { open, connect, broker } = await startMsipBroker();
    const ids: string[] = [];
    broker.on('connected', ({ client }) => ids.push(client.clientId));
    const peer = await open();
    const { payload } = await peer.greet('');
    expect(payload).toHaveLength(8);
    const another = identityOf((await (await open()).greet('')).payload);
    expect(ids).toEqual([identityOf(payload), another]);
    expect(another).not.toBe(identityOf(payload));
    await peer.subscribe('t');
    await peer.leave();
    const back = await connect(identityOf(payload));
    await back.publish('t', 'x');
    expect(await back.sofar()).toHaveLength(1);
  });

  it('[MSIP-3.1-3] ids that share their first 8 bytes, or differ in their last, are different clients', async () => {
    const { connect } = await startMsipBroker();
    const ids = [
      'sensor-1',
      'sensor-1-north',
      'sensor-1-south',
      'SENSOR-1',
      `${'x'.repeat(1000)}a`,
      `${'x'.repeat(1000)}b`,
    ];
    const peers = await Promise.all(ids.map((clientId) => connect(clientId)));
    await peers[1]!.subscribe('t');
    await peers[2]!.publish('t', 'x');
    const counts = await Promise.all(peers.map(async (peer) => (await peer.sofar()).length));
    expect(counts).toEqual([0, 1, 0, 0, 0, 0]);
  });

  it.each(['subscribe', 'unsubscribe', 'publish', 'ack', 'error', 'pong', 'event'] as const)(
    '[MSIP-3.1-1] [MSIP-3-1] [MSIP-7-1] %s before HELLO is answered by ERROR and the end',
    async (type) => {
      const { open } = await startMsipBroker();
      const peer = await open();
      const payload = type === 'publish' || type === 'event' ? topicAndMessage('a', 'x') : 'a';
      peer.write(wire(type, { msgId: 9n, payload: type === 'ack' ? '' : payload }), wire('hello'));
      expect(await peer.ending()).toEqual([expect.stringMatching(/^error id=9 kind=1 flags=0 \w/)]);
    },
  );

  it('[MSIP-3.1-8] a second one is answered by ERROR and the end', async () => {
    const { connect } = await startMsipBroker();
    const peer = await connect('lamp');
    peer.write(wire('hello', { msgId: 9n, payload: 'other' }));
    expect(await peer.ending()).toEqual([expect.stringMatching(/^error id=9 /)]);
  });

  it('[MSIP-3.1-10] that is not accepted is answered by ERROR with its msg_id, and the end', async () => {
    const { open, connect } = await startMsipBroker({ limits: { sessions: 1 } });
    await connect('the only one there is room for');
    const peer = await open();
    peer.write(wire('hello', { msgId: 9n, payload: 'lamp' }), wire('subscribe', { flags: 1, payload: 'a' }));
    expect((await peer.ending())[0]).toMatch(/^error id=9 kind=1 flags=0 \w/);
    const long = await open();
    long.write(wire('hello', { msgId: 9n, payload: 'x'.repeat(65_536) }));
    expect((await long.ending())[0]).toMatch(/^error id=9 kind=1 flags=0 \w/);
  });

  it('[MSIP-3.1-2] that does not come in time costs the connection', async () => {
    const clock = new ManualClock();
    const { open } = await startMsipBroker({ clock });
    const silent = await open();
    const half = await open();
    half.write(wire('ping'), wire('hello').subarray(0, 20));
    await silent.sofar();
    await half.next();
    clock.advance(11);
    for (const peer of [silent, half]) {
      expect(await peer.ending()).toEqual(['error id=0 kind=1 flags=0 there was no HELLO in time']);
    }
  });
});

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

describe('CLOSE', () => {
  it('[MSIP-3.10-2] is answered by the end alone, before HELLO and after', async () => {
    const { open, connect } = await startMsipBroker();
    expect(await (await open()).leave()).toEqual([]);
    expect(await (await connect('lamp')).leave()).toEqual([]);
  });

  it('[MSIP-3.10-4] [MSIP-2.5-6] what came before it takes effect, what comes behind it does not', async () => {
    const later = <T>(value: T): Promise<T> => new Promise((resolve) => setImmediate(() => resolve(value)));
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

  it('[MSIP-3.10-3] is sent with ERROR when the server stops', async () => {
    const { connect, broker } = await startMsipBroker();
    const peer = await connect('lamp');
    const closed = broker.close();
    expect((await peer.ending()).map((line) => line.split(' ')[0])).toEqual(['error', 'close']);
    await closed;
  });
});
