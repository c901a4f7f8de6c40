// What waits for all sessions is counted a slice at a time.
import { describe, expect, it } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { exchangeOf } from '../../../src/broker/broker.ts';
import { LoadAverages } from '../../../src/broker/observation/load-averages.ts';
import { VERSION } from '../../../src/broker/version.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { startBroker } from '../../support/test-broker.ts';

describe('the census', () => {
  it('finds who has most waiting, and what waits in all', async () => {
    const clock = new ManualClock();
    const { broker, connect } = await startBroker({ clock });
    const keeps = { connect: { cleanStart: false, properties: { sessionExpiryInterval: 60 } } };
    for (const [clientId, topicFilter] of [
      ['one', 'a'],
      ['two', '+'],
    ] as const) {
      const client = await connect(clientId, keeps);
      await client.subscribe(topicFilter, 1);
      await client.disconnect();
    }
    const publisher = await connect('publisher');
    await publisher.publish('a', 'x', { qos: 1 });
    await publisher.publish('b', 'x', { qos: 1 });
    clock.advance(2);
    const { result } = exchangeOf(broker).census;
    expect(result.queuedMessages).toBe(3);
    expect(result.queuedBytes).toBeGreaterThan(0);
    expect(result.slowest.map(({ clientId, queuedMessages }) => [clientId, queuedMessages])).toEqual([
      ['two', 2],
      ['one', 1],
    ]);
  });

  it('goes on where it was: more sessions than a slice take several looks', () => {
    const exchange = { sessions: Array.from({ length: 4_500 }, (_, i) => ({ clientId: `${i}`, inFlightBytes: 1 })) };
    return import('../../../src/broker/sessions/census.ts').then(({ Census }) => {
      const census = new Census(exchange as never);
      census.tick();
      census.tick();
      expect(census.result.inFlightBytes).toBe(0);
      census.tick();
      expect(census.result.inFlightBytes).toBe(4_500);
    });
  });
});

describe('load averages', () => {
  it('come near the rate per minute, the shorter ones faster', () => {
    const loads = new LoadAverages(['x'] as const, 0);
    for (let second = 10; second <= 60; second += 10) loads.update(second * 1000, () => second * 100);
    const averages = Object.fromEntries(loads.entries());
    expect(averages['x/1min']).toBeCloseTo(6000 * (1 - Math.exp(-1)), 3);
    expect(averages['x/5min']).toBeCloseTo(6000 * (1 - Math.exp(-1 / 5)), 3);
    expect(averages['x/15min']).toBeCloseTo(6000 * (1 - Math.exp(-1 / 15)), 3);
    loads.update(60_000, () => 1e9); // no time has passed
    expect(Object.fromEntries(loads.entries())).toEqual(averages);
  });
});

it('the version is the one of the package', () => {
  expect(VERSION).toBe(manifest.version);
});
