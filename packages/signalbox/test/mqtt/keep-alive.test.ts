import { describe, expect, it } from 'vitest';
import { KeepAlive } from '../../src/mqtt/keep-alive.ts';

describe('KeepAlive', () => {
  it('never does anything before it is started', () => {
    const keepAlive = new KeepAlive();
    expect([keepAlive.deadline, keepAlive.isPingDue(1e12), keepAlive.isPeerGone(1e12), keepAlive.seconds]).toEqual([
      Infinity,
      false,
      false,
      0,
    ]);
  });

  it('[MQTT-3.1.2-20] [MQTT-3.1.2-23@3.1.1] a client pings before the keep alive has passed without sending', () => {
    const keepAlive = new KeepAlive();
    keepAlive.startClient(10, {}, 1000);
    expect([keepAlive.seconds, keepAlive.deadline, keepAlive.isPingDue(8499), keepAlive.isPingDue(8500)]).toEqual([
      10,
      8500,
      false,
      true,
    ]);
    keepAlive.lastSent = 5000;
    expect(keepAlive.deadline).toBe(8500);
    keepAlive.lastReceived = 5000;
    expect(keepAlive.deadline).toBe(12_500);
  });

  it("an interval of one's own cannot exceed the keep alive", () => {
    const keepAlive = new KeepAlive();
    keepAlive.startClient(10, { pingIntervalMs: 3000 }, 0);
    expect(keepAlive.deadline).toBe(3000);
    keepAlive.startClient(10, { pingIntervalMs: 60_000 }, 0);
    expect(keepAlive.deadline).toBe(10_000);
  });

  it('a client gives up when no answer comes', () => {
    const keepAlive = new KeepAlive();
    keepAlive.startClient(10, {}, 0);
    keepAlive.lastSent = 7500;
    keepAlive.pingSent(7500);
    expect([keepAlive.deadline, keepAlive.isPeerGone(12_499), keepAlive.isPeerGone(12_500)]).toEqual([
      12_500,
      false,
      true,
    ]);
    keepAlive.pingAnswered();
    expect(keepAlive.isPeerGone(12_500)).toBe(false);
  });

  it('pitfall: a busy line is never cut by a late PINGRESP', () => {
    const keepAlive = new KeepAlive();
    keepAlive.startClient(10, { pingResponseTimeoutMs: 1000 }, 0);
    keepAlive.pingSent(7500);
    keepAlive.lastReceived = 8400;
    expect([keepAlive.isPeerGone(8600), keepAlive.isPeerGone(9400)]).toEqual([false, true]);
  });

  it('the first ping without an answer counts, not the last', () => {
    const keepAlive = new KeepAlive();
    keepAlive.startClient(10, { pingIntervalMs: 1000, pingResponseTimeoutMs: 2500 }, 0);
    for (const now of [1000, 2000, 3000]) keepAlive.pingSent(now);
    expect([keepAlive.isPeerGone(3499), keepAlive.isPeerGone(3500)]).toEqual([false, true]);
  });

  it('[MQTT-3.1.2-22] [MQTT-3.1.2-24@3.1.1] a server waits one and a half times the keep alive', () => {
    const keepAlive = new KeepAlive();
    keepAlive.startServer(10, {}, 100);
    expect([
      keepAlive.deadline,
      keepAlive.isPeerGone(15_099),
      keepAlive.isPeerGone(15_100),
      keepAlive.isPingDue(1e9),
    ]).toEqual([15_100, false, true, false]);
    keepAlive.startServer(10, { pingRequestTimeoutMs: 500 }, 100);
    expect(keepAlive.deadline).toBe(600);
  });

  it('pitfall: a keep alive of 0 is none, except for what options ask for', () => {
    const keepAlive = new KeepAlive();
    keepAlive.startClient(0, {}, 0);
    keepAlive.pingSent(5);
    expect(keepAlive.deadline).toBe(Infinity);
    keepAlive.startServer(0, {}, 0);
    expect(keepAlive.deadline).toBe(Infinity);
    keepAlive.startClient(0, { pingIntervalMs: 700, pingResponseTimeoutMs: 100 }, 0);
    expect(keepAlive.deadline).toBe(700);
    keepAlive.startServer(0, { pingRequestTimeoutMs: 900 }, 0);
    expect(keepAlive.deadline).toBe(900);
    keepAlive.stop();
    expect(keepAlive.deadline).toBe(Infinity);
  });
});
