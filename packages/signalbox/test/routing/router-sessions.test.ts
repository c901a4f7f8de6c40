import { describe, expect, it } from 'vitest';
import { Router } from '../../src/routing/router.ts';
import type { Publication } from '../../src/routing/router-session.ts';
import { SESSION_NEVER_EXPIRES } from '../../src/routing/session-expiry.ts';
import { brief, publication, request } from './builders.ts';

const FOR_EVER = { sessionExpiryInterval: SESSION_NEVER_EXPIRES };
const FOR_TEN = { sessionExpiryInterval: 10 };

function publish(router: Router, topicName: string, payload: string, init: Partial<Publication> = {}): string[] {
  return brief(router.publish(publication(topicName, payload, { qos: 1, ...init }), 0).deliveries);
}

describe('sessions', () => {
  it('[MQTT-3.1.2-23] [MQTT-3.1.2-5@3.1.1] [MQTT-4.1.0-1@3.1.1] keep subscriptions and QoS 1 and 2 messages for an absent client', () => {
    const router = new Router();
    expect(router.connect('a', FOR_EVER, 0)).toEqual({ sessionPresent: false, deliveries: [] });
    router.subscribe('a', request('x', { qos: 2 }), 0);
    router.disconnect('a', {}, 0);
    for (const qos of [0, 1, 2, 1] as const) expect(publish(router, 'x', `q${qos}`, { qos })).toEqual([]);
    expect(router.dropped['qos0-offline']).toBe(1);
    const { sessionPresent, deliveries } = router.connect('a', FOR_EVER, 1e12);
    expect(sessionPresent).toBe(true);
    expect(brief(deliveries)).toEqual(['a x=q1 1', 'a x=q2 2', 'a x=q1 1']);
    expect(publish(router, 'x', 'now')).toEqual(['a x=now 1']);
    expect(router.connect('a', FOR_EVER, 1e12).deliveries).toEqual([]);
  });

  it('are present with or without subscriptions', () => {
    const router = new Router();
    router.connect('a', FOR_TEN, 0);
    router.disconnect('a', {}, 0);
    expect(router.connect('a', {}, 0).sessionPresent).toBe(true);
  });

  it('[MQTT-4.1.0-2] end when their interval has passed, and what waited is counted', () => {
    const router = new Router();
    router.connect('a', FOR_TEN, 0);
    router.subscribe('a', request('x', { qos: 1 }), 0);
    router.disconnect('a', {}, 1000);
    expect(router.deadline).toBe(11_000);
    publish(router, 'x', '1');
    router.tick(10_999);
    expect(router.dropped['session-ended']).toBe(0);
    router.tick(11_000);
    expect(router.dropped['session-ended']).toBe(1);
    expect(router.deadline).toBe(Infinity);
    expect(router.connect('a', {}, 11_000).sessionPresent).toBe(false);
    expect(publish(router, 'x', '2')).toEqual([]);
  });

  it('[MQTT-4.1.0-1] [MQTT-4.1.0-2@3.1.1] last as long as the connection', () => {
    const router = new Router();
    router.connect('a', FOR_TEN, 0);
    router.subscribe('a', request('x'), 0);
    router.disconnect('a', {}, 0);
    router.connect('a', {}, 5000);
    router.tick(1e9);
    expect(publish(router, 'x', '1')).toEqual(['a x=1 0']);
    router.disconnect('a', {}, 1e9);
    expect(publish(router, 'x', '1')).toEqual([]);
    expect(router.connect('a', {}, 1e9).sessionPresent).toBe(false);
  });

  it('take a new interval when the client disconnects, and only then', () => {
    const router = new Router();
    router.connect('a', FOR_TEN, 0);
    router.disconnect('a', { sessionExpiryInterval: 20 }, 0);
    expect(router.deadline).toBe(20_000);
    router.disconnect('a', { sessionExpiryInterval: 1 }, 0);
    router.disconnect('nobody', {}, 0);
    expect(router.deadline).toBe(20_000);
  });

  it('start anew on demand', () => {
    const router = new Router();
    router.connect('a', FOR_TEN, 0);
    router.subscribe('a', request('x', { qos: 1 }), 0);
    router.disconnect('a', {}, 0);
    publish(router, 'x', '1');
    expect(router.connect('a', { cleanStart: true }, 0)).toEqual({ sessionPresent: false, deliveries: [] });
    expect(publish(router, 'x', '2')).toEqual([]);
  });

  it('keep no more than their queue takes', () => {
    const router = new Router({ queue: { count: 2, bytes: 1000, policy: 'drop-oldest' } });
    router.connect('a', FOR_TEN, 0);
    router.subscribe('a', request('x', { qos: 1 }), 0);
    router.disconnect('a', {}, 0);
    for (const payload of ['1', '2', '3']) publish(router, 'x', payload);
    expect(router.dropped['queue-full']).toBe(1);
    expect(brief(router.connect('a', {}, 0).deliveries)).toEqual(['a x=2 1', 'a x=3 1']);
  });

  it('get retained messages for subscriptions made on their behalf while they are away', () => {
    const router = new Router();
    router.connect('a', FOR_TEN, 0);
    router.disconnect('a', {}, 0);
    publish(router, 'x', 'kept', { retain: true });
    expect(router.subscribe('a', request('x', { qos: 1 }), 0)!.deliveries).toEqual([]);
    const { deliveries } = router.connect('a', {}, 0);
    expect(brief(deliveries)).toEqual(['a x=kept 1r']);
  });

  it('[MQTT-4.6.0-5] [MQTT-4.6.0-6] [MQTT-4.6.0-5@3.1.1] [MQTT-4.6.0-6@3.1.1] get messages in order of arrival', () => {
    const router = new Router();
    router.connect('a', FOR_TEN, 0);
    router.subscribe('a', request('x/+', { qos: 1 }), 0);
    router.disconnect('a', {}, 0);
    const expected = Array.from({ length: 50 }, (_, index) => `a x/${index % 3}=${index} 1`);
    for (let index = 0; index < 50; index++)
      publish(router, `x/${index % 3}`, `${index}`, { publisher: `p${index % 2}` });
    expect(brief(router.connect('a', {}, 0).deliveries)).toEqual(expected);
  });
});
