import { describe, expect, it } from 'vitest';
import { Router } from '../../src/routing/router.ts';
import { SESSION_NEVER_EXPIRES } from '../../src/routing/session-expiry.ts';
import { brief, publication, request } from './builders.ts';

const FOR_EVER = { sessionExpiryInterval: SESSION_NEVER_EXPIRES };
const FOR_TEN = { sessionExpiryInterval: 10 };

/** A connected client `w` which sees everything. */
function watched(): Router {
  const router = new Router();
  router.connect('w', {}, 0);
  router.subscribe('w', request('#', { qos: 2 }), 0);
  return router;
}

describe('wills', () => {
  const will = publication('will', 'gone', { qos: 1 });

  it('[MQTT-3.1.2-7] [MQTT-3.1.2-8] [MQTT-3.1.2-8@3.1.1] go out when the connection is lost', () => {
    const router = watched();
    router.connect('a', { will }, 0);
    expect(brief(router.disconnect('a', {}, 0))).toEqual(['w will=gone 1']);
  });

  it('[MQTT-3.14.4-3] [MQTT-3.14.4-3@3.1.1] [MQTT-3.1.2-10] are forgotten after a normal DISCONNECT', () => {
    const router = watched();
    router.connect('a', { will }, 0);
    expect(router.disconnect('a', { will: 'discard' }, 0)).toEqual([]);
    router.connect('a', {}, 0);
    expect(router.disconnect('a', {}, 0)).toEqual([]);
  });

  it('[MQTT-3.1.2-10] [MQTT-3.1.2-10@3.1.1] go out once', () => {
    const router = watched();
    router.connect('a', { will, ...FOR_TEN }, 0);
    expect(router.disconnect('a', {}, 0)).toHaveLength(1);
    expect(router.tick(1e9)).toEqual([]);
  });

  it('[MQTT-3.1.2-12@3.1.1] are not made up', () => {
    const router = watched();
    router.connect('a', {}, 0);
    expect(router.disconnect('a', {}, 0)).toEqual([]);
  });

  it('[MQTT-3.1.2-8] wait for their delay or the end of the session, whichever is first', () => {
    for (const [willDelayInterval, sessionExpiryInterval, due] of [
      [5, 10, 5000],
      [10, 5, 5000],
      [5, 5, 5000],
    ] as const) {
      const router = watched();
      router.connect('a', { will, willDelayInterval, sessionExpiryInterval }, 0);
      expect(router.disconnect('a', {}, 0)).toEqual([]);
      expect(router.deadline).toBe(due);
      expect(router.tick(due - 1)).toEqual([]);
      expect(brief(router.tick(due))).toEqual(['w will=gone 1']);
    }
  });

  it('[MQTT-3.1.3-9] are stopped by a new connection within the delay', () => {
    const router = watched();
    router.connect('a', { will, willDelayInterval: 5, ...FOR_TEN }, 0);
    router.disconnect('a', {}, 0);
    expect(router.connect('a', FOR_TEN, 4999)).toEqual({ sessionPresent: true, deliveries: [] });
    expect(router.tick(1e9)).toEqual([]);
  });

  it('go out when a clean start ends the session before the delay', () => {
    const router = watched();
    router.connect('a', { will, willDelayInterval: 5, ...FOR_TEN }, 0);
    router.disconnect('a', {}, 0);
    expect(brief(router.connect('a', { cleanStart: true }, 1000).deliveries)).toEqual(['w will=gone 1']);
  });

  it('of a connection taken over go out, unless they have a delay and the session goes on', () => {
    for (const [options, clean, expected] of [
      [{ will, ...FOR_TEN }, false, ['w will=gone 1']],
      [{ will, ...FOR_TEN, willDelayInterval: 5 }, false, []],
      [{ will, ...FOR_TEN, willDelayInterval: 5 }, true, ['w will=gone 1']],
      [{ will, willDelayInterval: 5 }, false, ['w will=gone 1']],
    ] as const) {
      const router = watched();
      router.connect('a', options, 0);
      expect(brief(router.connect('a', { cleanStart: clean }, 0).deliveries)).toEqual(expected);
      expect(router.tick(1e9)).toEqual([]);
    }
  });

  it('[MQTT-3.1.2-15] [MQTT-3.1.2-17@3.1.1] with Will Retain 1 are retained', () => {
    const router = new Router();
    router.connect('a', { will: { ...will, retain: true } }, 0);
    router.disconnect('a', {}, 0);
    router.connect('b', {}, 0);
    expect(brief(router.subscribe('b', request('will'), 0)!.deliveries)).toEqual(['b will=gone 0r']);
  });

  it('[MQTT-3.1.2-14] [MQTT-3.1.2-16@3.1.1] with Will Retain 0 are not retained', () => {
    const router = new Router();
    router.connect('a', { will }, 0);
    router.disconnect('a', {}, 0);
    router.connect('b', {}, 0);
    expect(router.subscribe('b', request('will'), 0)!.deliveries).toEqual([]);
  });

  it('[MQTT-3.8.3-3] are publications of their client', () => {
    const router = new Router();
    router.connect('a', { will, ...FOR_EVER }, 0);
    router.subscribe('a', request('will', { noLocal: true, qos: 1 }), 0);
    router.disconnect('a', {}, 0);
    expect(router.connect('a', {}, 0).deliveries).toEqual([]);
  });

  it('expire counted from their publication', () => {
    const router = watched();
    router.connect('a', { will: { ...will, messageExpiryInterval: 30 }, willDelayInterval: 5, ...FOR_TEN }, 0);
    router.disconnect('a', {}, 0);
    expect(router.tick(9000)[0]!.messageExpiryInterval).toBe(30);
  });
});
