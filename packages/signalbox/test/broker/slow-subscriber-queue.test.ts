// The queue of a subscriber that does not read, when it is full: who has to give way, and who is told.
import { describe, expect, it } from 'vitest';
import { startFrozen } from '../support/frozen-subscriber.ts';

const LASTING = { cleanStart: false, properties: { sessionExpiryInterval: 3600 } } as const;

describe('a queue that is full', () => {
  for (const [queuePolicy, kept] of [
    ['drop-newest', [0, 1, 2]],
    ['drop-oldest', [7, 8, 9]],
  ] as const) {
    it(`${queuePolicy}: the others are counted as queue-full`, async () => {
      const { connect, frozen, thaw, broker } = await startFrozen({ queuePolicy, limits: { queuedMessages: 3 } });
      const dropped: string[] = [];
      broker.on('dropped', ({ clientId, topicName, reason }) => dropped.push(`${clientId} ${topicName} ${reason}`));
      const publisher = await connect('publisher');
      await publisher.publish('t/fill', 'x'.repeat(2000), { qos: 1 });
      for (let i = 0; i < 10; i++) await publisher.publish('t/a', String(i), { qos: 1 });
      expect(broker.statistics.dropped).toEqual({ 'queue-full': 7 });
      expect(dropped).toEqual(new Array(7).fill('frozen t/a queue-full'));
      thaw();
      expect((await frozen.message()).topicName).toBe('t/fill');
      for (const i of kept) expect((await frozen.message()).text).toBe(String(i));
      expect(await frozen.messages()).toEqual([]);
    });
  }

  it('sheds QoS 0 first, whatever the policy', async () => {
    const { connect, frozen, thaw, broker } = await startFrozen({ limits: { queuedMessages: 3 } });
    const publisher = await connect('publisher');
    await publisher.publish('t/fill', 'x'.repeat(2000), { qos: 1 });
    for (let i = 0; i < 3; i++) await publisher.publish('t/zero', String(i), { qos: 0 });
    for (let i = 0; i < 3; i++) await publisher.publish('t/one', String(i), { qos: 1 });
    expect(broker.statistics.dropped).toEqual({ 'queue-full': 3 });
    thaw();
    expect((await frozen.message()).topicName).toBe('t/fill');
    expect(await frozen.messages()).toEqual(['t/one=0', 't/one=1', 't/one=2']);
  });

  it('disconnect: the client is told 0x97 and gone, its messages are counted as session-ended', async () => {
    const { connect, frozen, thaw, broker } = await startFrozen({
      queuePolicy: 'disconnect',
      limits: { queuedMessages: 3 },
    });
    const publisher = await connect('publisher');
    await publisher.publish('t/fill', 'x'.repeat(2000), { qos: 1 });
    for (let i = 0; i < 4; i++) await publisher.publish('t/a', String(i), { qos: 1 });
    expect(broker.statistics.dropped).toMatchObject({ 'queue-full': 1 });
    expect(broker.statistics.connected).toBe(1);
    thaw();
    expect(await frozen.next('disconnect')).toMatchObject({ reasonCode: 0x97 });
    await frozen.closed;
    expect(broker.statistics.dropped['session-ended']).toBeGreaterThanOrEqual(3);
  });

  it('disconnect: a session that lasts keeps what waits for its return', async () => {
    const options = { queuePolicy: 'disconnect', limits: { queuedMessages: 3 } } as const;
    const { connect, frozen, thaw } = await startFrozen(options, 1, LASTING);
    const publisher = await connect('publisher');
    await publisher.publish('t/fill', 'x'.repeat(2000), { qos: 1 });
    for (let i = 0; i < 4; i++) await publisher.publish('t/a', String(i), { qos: 1 });
    thaw();
    await frozen.closed;
    const again = await connect('frozen', { connect: LASTING });
    expect(again.connack.sessionPresent).toBe(true);
    const texts = (await again.messages()).filter((text) => text.startsWith('t/a'));
    expect(texts).toEqual(['t/a=0', 't/a=1', 't/a=2']);
  });

  it('a will that its end brings about does not take the place of the message it was cut off for', async () => {
    const will = { topicName: 'w', payload: 'gone' };
    const options = { queuePolicy: 'disconnect', limits: { queuedMessages: 1 } } as const;
    const { connect } = await startFrozen(options, 1, { will });
    const others = [await connect('other-1'), await connect('other-2')];
    for (const other of others) {
      await other.subscribe('t/#', 0);
      await other.subscribe('w', 0);
    }
    const publisher = await connect('publisher');
    await publisher.publish('t/fill', 'x'.repeat(2000), { qos: 1 });
    for (let i = 0; i < 3; i++) await publisher.publish('t/a', String(i), { qos: 1 });
    for (const other of others) {
      const messages = (await other.messages()).slice(1).sort();
      expect(messages).toEqual(['t/a=0', 't/a=1', 't/a=2', 'w=gone']);
    }
  });

  it('who hears of the loss may end the client at once', async () => {
    for (const queuePolicy of ['drop-newest', 'drop-oldest', 'disconnect'] as const) {
      const { connect, broker } = await startFrozen({ queuePolicy, limits: { queuedMessages: 2 } }, 1, LASTING);
      broker.on('dropped', ({ clientId }) => broker.disconnect(clientId));
      const other = await connect('other');
      await other.subscribe('t/#', 1);
      const publisher = await connect('publisher');
      await publisher.publish('t/fill', 'x'.repeat(2000), { qos: 1 });
      for (let i = 0; i < 6; i++) await publisher.publish('t/a', String(i), { qos: 1 });
      expect((await other.messages()).slice(1)).toEqual(['t/a=0', 't/a=1', 't/a=2', 't/a=3', 't/a=4', 't/a=5']);
      expect(broker.statistics.connected).toBe(2);
    }
  });

  it('a message larger than the whole queue is dropped alone', async () => {
    const { connect, frozen, thaw, broker } = await startFrozen({
      queuePolicy: 'disconnect',
      limits: { queuedBytes: 5000 },
    });
    const publisher = await connect('publisher');
    await publisher.publish('t/fill', 'x'.repeat(2000), { qos: 1 });
    await publisher.publish('t/large', 'x'.repeat(6000), { qos: 1 });
    await publisher.publish('t/small', 'kept', { qos: 1 });
    expect(broker.statistics.dropped).toEqual({ 'queue-full': 1 });
    thaw();
    expect((await frozen.messages()).map((text) => text.slice(0, 8))).toEqual(['t/fill=x', 't/small=']);
  });
});
