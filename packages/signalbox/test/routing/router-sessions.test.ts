import { describe, expect, it } from 'vitest';
import { Router } from '../../src/routing/router.ts';
import type { Delivery, Publication } from '../../src/routing/router-session.ts';
import { SESSION_NEVER_EXPIRES } from '../../src/routing/session-expiry.ts';
import { bytesOf, request } from './builders.ts';

const FOR_EVER = { sessionExpiryInterval: SESSION_NEVER_EXPIRES };
const FOR_TEN = { sessionExpiryInterval: 10 };

function brief(deliveries: readonly Delivery[]): string[] {
  return deliveries.map(
    ({ clientId, message, qos }) =>
      `${clientId} ${message.topic.name}=${new TextDecoder().decode(message.payload)} ${qos}`,
  );
}

function publication(topicName: string, payload: string, init: Partial<Publication> = {}): Publication {
  return { topicName, payload: bytesOf(payload), qos: 1, ...init };
}

function publish(router: Router, topicName: string, payload: string, init: Partial<Publication> = {}): string[] {
  return brief(router.publish(publication(topicName, payload, init), 0).deliveries);
}

/** A connected client `w` which sees everything. */
function watched(): Router {
  const router = new Router();
  router.connect('w', {}, 0);
  router.subscribe('w', request('#', { qos: 2 }), 0);
  return router;
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
    expect(brief(deliveries)).toEqual(['a x=kept 1']);
    expect(deliveries[0]!.retain).toBe(true);
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

describe('wills', () => {
  const will = publication('will', 'gone');

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
    expect(brief(router.subscribe('b', request('will'), 0)!.deliveries)).toEqual(['b will=gone 0']);
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

describe('shared subscriptions', () => {
  function groupOf(...clients: string[]): Router {
    const router = new Router();
    for (const client of clients) {
      router.connect(client, FOR_EVER, 0);
      router.subscribe(client, request('$share/g/x', { qos: 1 }), 0);
    }
    return router;
  }

  it('give each message to one member, in turn', () => {
    const router = groupOf('a', 'b');
    expect([1, 2, 3].flatMap((number) => publish(router, 'x', `${number}`))).toEqual(['a x=1 1', 'b x=2 1', 'a x=3 1']);
  });

  it('[MQTT-4.8.2-3] deliver at the QoS granted to the member', () => {
    const router = groupOf('a');
    router.connect('b', {}, 0);
    router.subscribe('b', request('$share/g/x', { qos: 0 }), 0);
    expect([1, 2].flatMap((number) => publish(router, 'x', `${number}`, { qos: 2 }))).toEqual(['a x=1 1', 'b x=2 0']);
  });

  it('[MQTT-4.8.2-4] give a message to an absent member when nobody is connected, which gets it on its return', () => {
    const router = groupOf('a', 'b');
    router.disconnect('a', {}, 0);
    expect(publish(router, 'x', '1')).toEqual(['b x=1 1']);
    router.disconnect('b', {}, 0);
    expect(publish(router, 'x', '2')).toEqual([]);
    expect(publish(router, 'x', '3')).toEqual([]);
    expect(brief(router.connect('a', {}, 0).deliveries)).toEqual(['a x=2 1']);
    expect(brief(router.connect('b', {}, 0).deliveries)).toEqual(['b x=3 1']);
  });

  it('[MQTT-4.8.2-5] give what a member had to nobody else when its session ends', () => {
    const router = groupOf('a', 'b');
    router.disconnect('a', { sessionExpiryInterval: 5 }, 0);
    router.disconnect('b', {}, 0);
    publish(router, 'x', '1');
    publish(router, 'x', '2');
    router.tick(5000);
    expect(router.dropped['session-ended']).toBe(1);
    expect(brief(router.connect('b', {}, 5000).deliveries)).toEqual(['b x=2 1']);
  });

  it('count what they had nobody for', () => {
    const router = new Router();
    router.connect('a', FOR_EVER, 0);
    router.subscribe('a', request('$share/g/x'), 0);
    router.disconnect('a', { sessionExpiryInterval: 0 }, 0);
    expect(publish(router, 'x', '1')).toEqual([]);
    expect(router.dropped['no-member']).toBe(0);
  });
});
