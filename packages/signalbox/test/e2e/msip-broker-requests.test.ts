// The statements about the order of requests, SUBSCRIBE and UNSUBSCRIBE that bind a server, at the broker over real sockets.
import { describe, expect, it } from 'vitest';
import { startMsipBroker } from '../support/msip-broker.ts';
import { publish, sorted, subscribe, unsubscribe } from '../support/msip-requests.ts';
import { FLAG, KIND, wire } from '../support/msip-wire.ts';

const ACK = FLAG.ackRequired;

describe('a connection', () => {
  it('[MSIP-3-4] [MSIP-3.1-9] takes requests behind HELLO in their order, and answers HELLO first', async () => {
    const { open } = await startMsipBroker();
    const peer = await open();
    const hello = wire('hello', { msgId: 1n, payload: 'lamp' });
    peer.write(hello, publish('a', '0', 2n), subscribe('a', 3n), publish('a', '1', 4n), unsubscribe('a', 5n));
    peer.write(publish('a', '2', 6n));
    const [welcome, ...lines] = await peer.sofar();
    expect(welcome).toBe('ack id=1 kind=3 flags=0 lamp');
    expect(sorted(lines)).toEqual({
      events: ['event id=4 kind=1 flags=0 a: 1'],
      answers: ['ack id=2', 'ack id=3', 'ack id=4', 'ack id=5', 'ack id=6'],
    });
    expect(lines.findIndex((line) => line.startsWith('event id=4'))).toBeLessThan(
      lines.indexOf('ack id=4 kind=1 flags=0'),
    );
  });

  it('[MSIP-3-4] [MSIP-3.1-9] does so, too, when a hook takes its time for each', async () => {
    const later = <T>(value: T): Promise<T> => new Promise((resolve) => setImmediate(() => resolve(value)));
    const hooks = { authenticate: () => later(true), authorize: () => later(true) };
    const { open } = await startMsipBroker({ hooks });
    const peer = await open();
    peer.write(wire('hello', { msgId: 1n, payload: 'lamp' }), subscribe('a', 2n), publish('a', 'x', 3n));
    peer.write(unsubscribe('a', 4n), publish('a', 'y', 5n), publish('a+', 'z', 6n));
    const [welcome, ...lines] = await peer.lines(7);
    expect(welcome).toBe('ack id=1 kind=3 flags=0 lamp');
    expect(sorted(lines)).toEqual({
      events: ['event id=3 kind=1 flags=0 a: x'],
      answers: ['ack id=2', 'ack id=3', 'ack id=4', 'ack id=5', 'error id=6'],
    });
  });

  it('[MSIP-2.4-4] [MSIP-3.6-2] answers each request once, though all have one msg_id', async () => {
    const { connect } = await startMsipBroker();
    const peer = await connect('lamp');
    peer.write(subscribe('a', 9n), subscribe('#/a', 9n), publish('b', 'x', 9n, ACK), publish('+', 'x', 9n, ACK));
    peer.write(unsubscribe('a', 9n));
    const answers = await peer.sofar();
    expect(answers.map((line) => line.split(' ')[0]).sort()).toEqual(['ack', 'ack', 'ack', 'error', 'error']);
  });

  it('[MSIP-3.6-4] [MSIP-3.7-4] [MSIP-3.9-2] overlooks ACK, ERROR and PONG that answer nothing', async () => {
    const { connect } = await startMsipBroker();
    const peer = await connect('lamp');
    for (const type of ['ack', 'error', 'pong'] as const) peer.write(wire(type, { msgId: 77n, payload: 'x' }));
    expect(await peer.sofar()).toEqual([]);
  });

  it('[MSIP-2.2-3] [MSIP-2.3-3] overlooks flags and kinds where they mean nothing', async () => {
    const { connect } = await startMsipBroker();
    const peer = await connect('lamp');
    peer.write(wire('subscribe', { flags: 7, msgKind: KIND.state, msgId: 2n, payload: 'a' }));
    peer.write(wire('subscribe', { flags: 6, msgKind: KIND.log, msgId: 3n, payload: 'b' }));
    peer.write(wire('ping', { flags: 0xff, msgId: 4n }), publish('b', 'x', 5n));
    const { events, answers } = sorted(await peer.sofar());
    expect(events).toEqual(['event id=5 kind=1 flags=0 b: x']);
    expect(answers).toEqual(['ack id=2', 'ack id=5', 'pong id=4']);
  });
});

describe('SUBSCRIBE', () => {
  it('[MSIP-3.2-2] [MSIP-3.2-5] [MSIP-3.6-1] with and without ACK_REQUIRED, once or again', async () => {
    const { connect } = await startMsipBroker();
    const peer = await connect('lamp');
    peer.write(subscribe('a', 2n), subscribe('a', 3n), subscribe('b', 4n, FLAG.none), subscribe('b', 5n, FLAG.none));
    peer.write(publish('a', 'x', 6n), publish('b', 'y', 7n));
    expect(sorted(await peer.sofar())).toEqual({
      events: ['event id=6 kind=1 flags=0 a: x', 'event id=7 kind=1 flags=0 b: y'],
      answers: ['ack id=2', 'ack id=3', 'ack id=6', 'ack id=7'],
    });
  });

  it('[MSIP-3.2-3] no message that is published after the ACK is missed', async () => {
    const { connect } = await startMsipBroker();
    const subscriber = await connect('subscriber');
    const publisher = await connect('publisher');
    for (let round = 0; round < 50; round++) {
      await subscriber.subscribe(`t/${round}`);
      await publisher.publish(`t/${round}`, 'x');
      expect(await subscriber.sofar()).toHaveLength(1);
    }
  });

  it('[MSIP-3.2-4] takes the filters of MQTT, and messages of topics with $ only where the filter begins so', async () => {
    const { connect } = await startMsipBroker();
    const publisher = await connect('publisher');
    const got: Record<string, string[]> = {};
    for (const topicFilter of ['+/b', '#', 'a/#', 'a/+', '$x/#', '+', '/+', 'a/b']) {
      const subscriber = await connect(`of ${topicFilter}`);
      await subscriber.subscribe(topicFilter);
      for (const topic of ['a', 'a/b', 'a/b/c', '$x/b', '/b']) await publisher.publish(topic, '');
      got[topicFilter] = (await subscriber.sofar()).map((line) => line.split(' ')[4]!.replace(':', ''));
      await subscriber.leave();
    }
    expect(got).toEqual({
      '+/b': ['a/b', '/b'],
      '#': ['a', 'a/b', 'a/b/c', '/b'],
      'a/#': ['a', 'a/b', 'a/b/c'],
      'a/+': ['a/b'],
      '$x/#': ['$x/b'],
      '+': ['a'],
      '/+': ['/b'],
      'a/b': ['a/b'],
    });
  });

  it('[MSIP-3.2-4] [MSIP-3.2-6] shared subscriptions: each message to one of the group, and apart from the ordinary ones', async () => {
    const { connect } = await startMsipBroker();
    const members = [await connect('one'), await connect('two')];
    for (const member of members) await member.subscribe('$share/g/t');
    await members[0]!.subscribe('t');
    const publisher = await connect('publisher');
    for (let i = 0; i < 6; i++) await publisher.publish('t', String(i));
    const counts = await Promise.all(members.map(async (member) => (await member.sofar()).length));
    expect(counts).toEqual([6 + 3, 3]);
  });

  it('[MSIP-3.2-6] one EVENT for all filters of a session that match', async () => {
    const { connect } = await startMsipBroker();
    const peer = await connect('lamp');
    for (const topicFilter of ['a/b', 'a/+', '#']) await peer.subscribe(topicFilter);
    await peer.publish('a/b', 'x', { msgId: 50n });
    expect(await peer.sofar()).toEqual(['event id=50 kind=1 flags=0 a/b: x']);
  });

  it.each([
    ['an empty one', ''],
    ['a wildcard within a level', 'a+'],
    ['# before the end', 'a/#/b'],
    ['U+0000', 'a\0b'],
    ['a group without a name', '$share//a'],
    ['a group without a filter', '$share/g/'],
    ['more than 65,535 bytes', 'x'.repeat(65_536)],
    ['more levels than a topic may have', '/'.repeat(1000)],
  ])(
    '[MSIP-3.2-7] [MSIP-7-3] [MSIP-3.7-2] an invalid filter is refused and no more: %s',
    async (_name, topicFilter) => {
      const { connect } = await startMsipBroker();
      const peer = await connect('lamp');
      peer.write(subscribe(topicFilter, 2n), subscribe(topicFilter, 3n, FLAG.none));
      expect(await peer.sofar()).toEqual([
        expect.stringMatching(/^error id=2 kind=1 flags=0 \w/),
        expect.stringMatching(/^error id=3 kind=1 flags=0 \w/),
      ]);
    },
  );

  it('[MSIP-3.2-7] [MSIP-3.4-3] what is not permitted is refused: nothing is subscribed, nothing passed on', async () => {
    const authorize = (_client: unknown, action: string, topic: string): boolean => topic !== `no ${action}`;
    const { connect } = await startMsipBroker({ hooks: { authorize } });
    const peer = await connect('lamp');
    const watcher = await connect('watcher');
    await watcher.subscribe('#');
    peer.write(subscribe('no subscribe', 2n), publish('no subscribe', 'x', 3n), publish('no publish', 'x', 4n));
    expect(sorted(await peer.sofar()).answers).toEqual(['ack id=3', 'error id=2', 'error id=4']);
    expect(await watcher.sofar()).toEqual(['event id=3 kind=1 flags=0 no subscribe: x']);
  });
});

describe('UNSUBSCRIBE', () => {
  it('[MSIP-3.3-2] [MSIP-3.3-3] [MSIP-3.3-4] with and without ACK_REQUIRED, also of what there is not', async () => {
    const { connect } = await startMsipBroker();
    const peer = await connect('lamp');
    const publisher = await connect('publisher');
    await peer.subscribe('a');
    await peer.subscribe('b');
    peer.write(unsubscribe('a', 2n), unsubscribe('b', 3n, FLAG.none), unsubscribe('never', 4n), unsubscribe('', 5n));
    expect(await peer.sofar()).toEqual([2, 4, 5].map((id) => `ack id=${id} kind=1 flags=0`));
    await publisher.publish('a', 'x');
    await publisher.publish('b', 'x');
    expect(await peer.sofar()).toEqual([]);
  });
});
