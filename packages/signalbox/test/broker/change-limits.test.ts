// Limits that change while the broker runs.
import { describe, expect, it } from 'vitest';
import { LIVE_LIMITS } from '../../src/broker/limits.ts';
import { startBroker } from '../support/test-broker.ts';

describe('changing limits', () => {
  it('holds from the next time on', async () => {
    const { broker, connect } = await startBroker();
    const client = await connect('client');
    expect((await client.subscribe('a/b/c')).reasonCodes).toEqual([0]);
    broker.changeLimits({ topicLevels: 2, keepAlive: 30 });
    expect((await client.subscribe('d/e/f')).reasonCodes[0]).toBeGreaterThanOrEqual(0x80);
    expect((await connect('next')).connack.properties.serverKeepAlive).toBe(30);
    expect(broker.limits).toMatchObject({ topicLevels: 2, keepAlive: 30 });
  });

  it('changes none when one cannot be', async () => {
    const { broker } = await startBroker();
    expect(() => broker.changeLimits({ topicLevels: 3, sessions: 0 })).toThrow(RangeError);
    expect(() => broker.changeLimits({ topicLevels: 3, packetSize: 5000 } as object)).toThrow(
      /packetSize cannot change/,
    );
    expect(broker.limits.topicLevels).toBe(128);
    broker.changeLimits(Object.fromEntries(LIVE_LIMITS.map((name) => [name, broker.limits[name]])));
  });
});
