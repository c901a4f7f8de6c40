// Who may come in at all, before anything was said: how many, from where, how fast. On virtual time.
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../support/manual-clock.ts';
import { RawClient } from '../../support/raw-client.ts';
import { startBroker } from '../../support/test-broker.ts';

const CONNECT = { type: 'connect', clientId: '' } as const;

describe('limits of addresses', () => {
  it('connectionsPerAddress: one more is closed at once and counted; others may come', async () => {
    const { transport, broker } = await startBroker({ limits: { connectionsPerAddress: 2 } });
    const knock = async (address: string) => {
      const client = new RawClient(transport(address));
      client.write(CONNECT);
      const first = await Promise.race([client.next(), client.closed]);
      return { client, isServed: !Array.isArray(first) };
    };
    const first = await knock('192.0.2.1:1');
    expect(first.isServed).toBe(true);
    expect((await knock('192.0.2.1:2')).isServed).toBe(true);
    expect((await knock('192.0.2.1:3')).isServed).toBe(false);
    expect((await knock('192.0.2.2:1')).isServed).toBe(true);
    expect((await knock('[2001:db8::1]:1')).isServed).toBe(true);
    expect((await knock('[2001:db8::2]:1')).isServed).toBe(true);
    expect((await knock('[2001:db8::3]:1')).isServed).toBe(false);
    expect(broker.statistics.turnedAway).toEqual({ 'connections-of-address': 2 });
    first.client.transport.destroy();
    await first.client.closed;
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect((await knock('192.0.2.1:4')).isServed).toBe(true);
  });

  it('connectionRatePerAddress: a burst of five seconds, then so many a second, for each address alone', async () => {
    const clock = new ManualClock();
    const { transport, broker } = await startBroker({ clock, limits: { connectionRatePerAddress: 2 } });
    const knock = (address: string, count: number) => {
      const before = broker.statistics.connectionsAccepted;
      for (let port = 0; port < count; port++) transport(`${address}:${port}`).destroy();
      return broker.statistics.connectionsAccepted - before;
    };
    expect(knock('192.0.2.1', 100)).toBe(10);
    expect(knock('192.0.2.2', 5)).toBe(5);
    clock.advance(2);
    expect(knock('192.0.2.1', 100)).toBe(4);
    expect(broker.statistics.turnedAway).toEqual({ 'connection-rate-of-address': 90 + 96 });
  });

  it('connectionRate: for all addresses together', async () => {
    const clock = new ManualClock();
    const { transport, broker } = await startBroker({ clock, limits: { connectionRate: 10 } });
    for (let host = 0; host < 200; host++) transport(`192.0.2.${host}:1`).destroy();
    expect(broker.statistics.connectionsAccepted).toBe(50);
    expect(broker.statistics.turnedAway).toEqual({ 'connection-rate': 150 });
    clock.advance(1);
    for (let host = 0; host < 200; host++) transport(`192.0.2.${host}:1`).destroy();
    expect(broker.statistics.connectionsAccepted).toBe(60);
  });
});
