// The statements about PUBLISH and EVENT that bind a server, at the broker over real sockets.
import { describe, expect, it } from 'vitest';
import { HeldStore } from '../support/held-store.ts';
import { startMsipBroker } from '../support/msip-broker.ts';
import { publish, subscribe } from '../support/msip-requests.ts';
import { describeFrame, FLAG, KIND, topicAndMessage, wire } from '../support/msip-wire.ts';

const ACK = FLAG.ackRequired;

describe('PUBLISH', () => {
  it.each([
    ['an empty topic', ''],
    ['+', 'a/+'],
    ['#', '#'],
    ['U+0000', 'a\0b'],
    ['more levels than a topic may have', '/'.repeat(1000)],
  ])('[MSIP-3.4-3] [MSIP-1-4] [MSIP-7-3] to an invalid topic is refused: %s', async (_name, topic) => {
    const { connect } = await startMsipBroker();
    const peer = await connect('lamp');
    await peer.subscribe('#');
    peer.write(publish(topic, 'x', 2n), publish(topic, 'x', 3n, ACK), publish('a', 'y', 4n));
    const [first, second, ...others] = await peer.sofar();
    expect([first, second]).toEqual([expect.stringMatching(/^error id=2 /), expect.stringMatching(/^error id=3 /)]);
    expect(others).toEqual(['event id=4 kind=1 flags=0 a: y', 'ack id=4 kind=1 flags=0']);
  });

  it('[MSIP-3.4-4] [MSIP-3.4-6] is always acknowledged, or when that is required, as the listener is told', async () => {
    for (const [settings, ids] of [
      [{}, [2, 3]],
      [{ ackPublish: 'always' }, [2, 3]],
      [{ ackPublish: 'requested' }, [3]],
    ] as const) {
      const { connect } = await startMsipBroker({}, settings);
      const peer = await connect('lamp');
      peer.write(publish('a', 'x', 2n), publish('a', 'x', 3n, ACK));
      expect(await peer.sofar()).toEqual(ids.map((id) => `ack id=${id} kind=1 flags=0`));
    }
  });

  it('[MSIP-3.4-5] is acknowledged when what has to be kept is stored, and not before', async () => {
    const store = new HeldStore();
    const { connect } = await startMsipBroker({ store });
    const away = await connect('away', { flags: ACK });
    await away.subscribe('t');
    await away.leave();
    const publisher = await connect('publisher');
    const isHeld = store.hold();
    publisher.write(publish('t', 'x', 2n, ACK));
    await isHeld;
    expect(await publisher.sofar()).toEqual([]);
    store.release();
    expect(await publisher.lines(1)).toEqual(['ack id=2 kind=1 flags=0']);
  });

  it('[MSIP-3.4-5] [MSIP-3.6-2] is answered by ERROR when the store has failed', async () => {
    const store = new HeldStore();
    const { connect } = await startMsipBroker({ store });
    const away = await connect('away', { flags: ACK });
    await away.subscribe('t');
    await away.leave();
    const publisher = await connect('publisher');
    const isHeld = store.hold();
    publisher.write(publish('t', 'x', 2n, ACK));
    await isHeld;
    store.fail();
    expect(await publisher.lines(1)).toEqual([expect.stringMatching(/^error id=2 /)]);
    store.release();
    expect(await publisher.sofar()).toEqual([]);
  });

  it('[MSIP-3.4-7] a publisher gets its own EVENT, and before the ACK', async () => {
    const { connect } = await startMsipBroker();
    const peer = await connect('lamp');
    await peer.subscribe('a');
    for (const flags of [0, 1, 4, 5]) peer.write(publish('a', 'x', BigInt(flags), flags));
    const lines = (await peer.sofar()).map((line) => line.split(' ').slice(0, 2).join(' '));
    expect(lines).toHaveLength(8);
    for (const id of [0, 1, 4, 5]) expect(lines.indexOf(`event id=${id}`)).toBeLessThan(lines.indexOf(`ack id=${id}`));
  });

  it('[MSIP-3.4-8] messages of one publisher under one topic arrive in their order', async () => {
    const { connect } = await startMsipBroker();
    const subscriber = await connect('subscriber');
    await subscriber.subscribe('t');
    const publisher = await connect('publisher');
    const ids = Array.from({ length: 2000 }, (_, index) => BigInt(index));
    for (const id of ids) publisher.write(publish('t', 'x', id, id % 3n === 0n ? ACK : 0));
    await publisher.publish('end', '');
    expect((await subscriber.sofar()).map((line) => line.split(' ')[1])).toEqual(ids.map((id) => `id=${id}`));
  });
});

describe('EVENT', () => {
  it('[MSIP-3.5-1] [MSIP-3.5-2] [MSIP-3.5-4] [MSIP-3.5-5] has topic, message, kind, URGENT and msg_id of its PUBLISH', async () => {
    const { connect } = await startMsipBroker();
    const subscriber = await connect('subscriber');
    await subscriber.subscribe('+/b');
    const publisher = await connect('publisher');
    const message = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    for (const msgKind of Object.values(KIND)) {
      for (const flags of [0, 1, 4, 5]) {
        const msgId = 2n ** 64n - BigInt(msgKind * 8 + flags);
        publisher.write(wire('publish', { flags, msgKind, msgId, payload: topicAndMessage('a/b', message) }));
        const { payloadLength, ...event } = await subscriber.next();
        expect(payloadLength).toBe(2 + 3 + 256);
        expect(event).toMatchObject({
          frameType: 5,
          flags: flags & FLAG.urgent,
          msgKind,
          msgId,
          reserved: 0,
          version: 1,
        });
        expect(event.payload).toEqual(topicAndMessage('a/b', message));
      }
    }
  });

  it('[MSIP-1-5] [MSIP-1-3] topics are their bytes: composed, decomposed, with U+FEFF', async () => {
    const { connect } = await startMsipBroker();
    const peer = await connect('lamp');
    const topics = ['é', 'e\u0301', '\ufeffa', 'a', 'A'];
    for (const topic of topics) {
      await peer.subscribe(topic);
      for (const other of topics) await peer.publish(other, other);
      const event = await peer.next();
      expect(event.payload).toEqual(topicAndMessage(topic, topic));
      expect(await peer.sofar()).toEqual([]);
      await peer.ask('unsubscribe', topic);
    }
  });

  it('[MSIP-3.5-7] reaches all sessions that are subscribed and no other', async () => {
    const { connect } = await startMsipBroker();
    const peers = await Promise.all(Array.from({ length: 20 }, (_, index) => connect(`peer ${index}`)));
    for (const [index, peer] of peers.entries()) await peer.subscribe(index % 2 === 0 ? 'even' : 'odd');
    await peers[0]!.publish('odd', 'x');
    await peers[1]!.publish('even', 'y');
    for (const [index, peer] of peers.entries()) {
      const [event, ...others] = (await peer.sofar()).map((line) => line.split(' flags=0 ')[1]);
      expect([event, others]).toEqual([index % 2 === 0 ? 'even: y' : 'odd: x', []]);
    }
  });

  it('[MSIP-1-4] [MSIP-3.5-1] topics of 1 and of 65,535 bytes are topics', async () => {
    const { connect } = await startMsipBroker();
    const peer = await connect('lamp');
    for (const topic of ['€', `${'é'.repeat(32_767)}/`, 'x'.repeat(65_535)]) {
      await peer.subscribe(topic);
      await peer.publish(topic, 'on');
      expect((await peer.next()).payload).toEqual(topicAndMessage(topic, 'on'));
    }
  });

  it('[MSIP-3.5-1] an empty message is one', async () => {
    const { connect } = await startMsipBroker();
    const peer = await connect('lamp');
    await peer.subscribe('a');
    await peer.publish('a', '', { msgId: 5n });
    expect(describeFrame(await peer.next())).toBe('event id=5 kind=1 flags=0 a: ');
  });
});

describe('retained messages', () => {
  it('[MSIP-11-6] come behind the ACK of each SUBSCRIBE they match, but for shared ones, as kind STATE', async () => {
    const { connect, mqtt } = await startMsipBroker({}, { retainState: true });
    const client = await mqtt('mqtt');
    await client.publish('a', '1', { qos: 1, retain: true });
    const peer = await connect('lamp');
    await peer.publish('b', '2', { msgKind: KIND.state, msgId: 50n });
    const both = ['kind=3 flags=0 a: 1', 'kind=3 flags=0 b: 2'];
    for (const [topicFilter, expected] of [
      ['#', both],
      ['#', both],
      ['$share/g/#', []],
    ] as const) {
      peer.write(subscribe(topicFilter, 2n));
      expect(describeFrame(await peer.next())).toBe('ack id=2 kind=1 flags=0');
      const events = await peer.sofar();
      expect(events.map((line) => line.slice(line.indexOf('kind'))).sort()).toEqual(expected);
    }
  });
});
