import { describe, expect, it } from 'vitest';
import { Router } from '../../src/routing/router.ts';
import type { Publication } from '../../src/routing/router-session.ts';
import { SESSION_NEVER_EXPIRES } from '../../src/routing/session-expiry.ts';
import { brief, publication, request } from './builders.ts';

const FOR_EVER = { sessionExpiryInterval: SESSION_NEVER_EXPIRES };

function publish(router: Router, topicName: string, payload: string, init: Partial<Publication> = {}): string[] {
  return brief(router.publish(publication(topicName, payload, { qos: 1, ...init }), 0).deliveries);
}

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
    const will = publication('x', 'gone', { qos: 1 });
    router.connect('a', { will, willDelayInterval: 5, sessionExpiryInterval: 5 }, 0);
    router.disconnect('a', {}, 0);
    router.connect('b', {}, 0);
    router.subscribe('b', request('$share/g/x', { qos: 1 }), 0);
    // Both sessions end at this moment: that of b, the only member, is no longer one to wait for.
    expect(router.disconnect('b', {}, 5000)).toEqual([]);
    expect(router.dropped['no-member']).toBe(1);
  });
});
