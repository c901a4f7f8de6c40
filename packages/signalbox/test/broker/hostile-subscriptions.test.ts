// Clients that subscribe to hurt: as many and as deep filters as they may, and all that match at once. It costs what the
// limits say, and others go on.
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/broker/limits.ts';
import type { SubackPacket } from '../../src/mqtt/packets/suback.ts';
import { startBroker } from '../support/test-broker.ts';

/** The n-th filter of this depth: a wildcard for every 1 of n in binary digits, so that all match the same topic. */
function bomb(number: number, depth: number): string {
  const levels = Array.from({ length: depth }, (_, level) => (level < 20 && (number >> level) % 2 === 1 ? '+' : 'a'));
  return levels.join('/');
}

const topicOf = (depth: number) => Array.from({ length: depth }, () => 'a').join('/');

describe('subscription bombs', { timeout: 30_000 }, () => {
  it('of 128 levels end at the sum of their deep levels, 0x97 for the rest; the others go on meanwhile', async () => {
    const { connect } = await startBroker();
    const victim = await connect('victim');
    await victim.subscribe('fine', 1);
    const bomber = await connect('bomber');
    const topicFilters = Array.from({ length: 2_000 }, (_, number) => bomb(number, 128));
    bomber.send({ type: 'subscribe', subscriptions: topicFilters.map((topicFilter) => ({ topicFilter, qos: 0 })) });
    const answer = bomber.next('suback') as Promise<SubackPacket>;
    let isAnswered = false;
    void answer.then(() => {
      isAnswered = true;
    });
    const publisher = await connect('publisher');
    let served = 0;
    while (!isAnswered) {
      expect(await publisher.publish('fine', '', { qos: 1 })).toBe(0);
      served++;
    }
    expect(served).toBeGreaterThan(0); // not one after the other, but in between
    const { reasonCodes } = await answer;
    const granted = Math.floor(DEFAULT_LIMITS.deepLevels / (128 - 8));
    expect(reasonCodes.filter((code) => code === 0)).toHaveLength(granted);
    expect(reasonCodes.slice(granted).every((code) => code === 0x97)).toBe(true);
    expect(await publisher.publish(topicOf(128), '', { qos: 1 })).toBe(0);
    expect(await bomber.messages()).toHaveLength(1); // one message, however many filters match
    bomber.send({ type: 'unsubscribe', topicFilters: topicFilters.slice(0, 100) });
    await bomber.next('unsuback');
    expect((await bomber.subscribe(bomb(1_999, 128), 0)).reasonCodes).toEqual([0]);
  });

  it('above the number of filters of one packet close the connection, before they are made', async () => {
    const { connect, broker } = await startBroker();
    const bomber = await connect('bomber');
    const subscriptions = Array.from({ length: DEFAULT_LIMITS.topicFilters + 1 }, (_, number) => {
      return { topicFilter: `f/${number}`, qos: 0 } as const;
    });
    bomber.send({ type: 'subscribe', subscriptions });
    expect(await bomber.next('disconnect')).toMatchObject({ reasonCode: 0x97 });
    await bomber.closed;
    expect(broker.statistics.connected).toBe(0);
  });

  it('of all clients together end at subscriptionsInAll', async () => {
    const { connect } = await startBroker({ limits: { subscriptionsInAll: 3 } });
    const [first, second] = [await connect('first'), await connect('second')];
    expect((await first.subscribe('a', 0)).reasonCodes).toEqual([0]);
    expect((await first.subscribe('b', 0)).reasonCodes).toEqual([0]);
    expect((await second.subscribe('a', 0)).reasonCodes).toEqual([0]);
    expect((await second.subscribe('b', 0)).reasonCodes).toEqual([0x97]);
    expect((await second.subscribe('a', 1)).reasonCodes).toEqual([1]);
    await first.disconnect();
    expect((await second.subscribe('b', 0)).reasonCodes).toEqual([0]);
  });
});

describe('filters with nothing but wildcards', () => {
  it('of every depth match what they should, and cost one message', async () => {
    const { connect } = await startBroker();
    const client = await connect('client');
    const topicFilters = Array.from({ length: 100 }, (_, depth) =>
      Array(depth + 1)
        .fill('+')
        .join('/'),
    );
    const subscriptions = [...topicFilters, ...topicFilters.map((filter) => `${filter}/#`)];
    client.send({ type: 'subscribe', subscriptions: subscriptions.map((topicFilter) => ({ topicFilter, qos: 0 })) });
    expect(((await client.next('suback')) as SubackPacket).reasonCodes).toEqual(new Array(200).fill(0));
    const publisher = await connect('publisher');
    for (const depth of [1, 50, 100, 128]) await publisher.publish(topicOf(depth), '', { qos: 1 });
    expect(await client.messages()).toHaveLength(4);
  });
});
