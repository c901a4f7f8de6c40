// Each drop is counted for the broker and for the client it happened to; who has none holds no counter.
import { describe, expect, it } from 'vitest';
import { exchangeOf } from '../../src/broker/broker.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { startBroker } from '../support/test-broker.ts';

describe('drops of one client', () => {
  it('are counted by reason, for the receiver and for the refused publisher', async () => {
    const { broker, connect } = await startBroker({ limits: { topicLevels: 2 } });
    const keeps = { connect: { cleanStart: false, properties: { sessionExpiryInterval: 60 } } };
    const away = await connect('away', keeps);
    await away.subscribe('t', 1);
    await away.disconnect();
    const publisher = await connect('publisher');
    await publisher.publish('t', 'x', { qos: 0 });
    await publisher.publish('t', 'x', { qos: 0 });
    await publisher.publish('a/b/c', 'x', { qos: 1 });
    const { sessions } = exchangeOf(broker);
    expect(sessions.get('away')?.drops).toEqual({ 'qos0-offline': 2 });
    expect(sessions.get('publisher')?.drops).toEqual({ 'too-many-levels': 1 });
    expect(broker.statistics.dropped).toEqual({ 'qos0-offline': 2, 'too-many-levels': 1 });
  });

  it('a session without drops has no counters', async () => {
    const { broker, connect } = await startBroker();
    const client = await connect('client');
    await client.subscribe('t', 1);
    await client.publish('t', 'x', { qos: 1 });
    expect(exchangeOf(broker).sessions.get('client')?.drops).toBeUndefined();
  });

  it('are the same in sum as those of the broker, but for messages that were nobody’s', async () => {
    const { broker, connect } = await startBroker({ limits: { queuedMessages: 2 }, clock: new ManualClock() });
    const away = await connect('away', { connect: { cleanStart: false, properties: { sessionExpiryInterval: 60 } } });
    await away.subscribe('t', 1);
    await away.disconnect();
    const publisher = await connect('publisher');
    for (let i = 0; i < 5; i++) await publisher.publish('t', 'x', { qos: 1 });
    expect(exchangeOf(broker).sessions.get('away')?.drops).toEqual({ 'queue-full': 3 });
    expect(broker.statistics.dropped).toEqual({ 'queue-full': 3 });
  });
});
