import { describe, expect, it } from 'vitest';
import { Router } from '../../src/routing/router.ts';
import type { Publication } from '../../src/routing/router-session.ts';
import type { SubscribeRequest } from '../../src/routing/subscription.ts';
import { brief, publication, request } from './builders.ts';

const NOTHING = new Uint8Array(0);

function routerWith(...clients: string[]): Router {
  const router = new Router();
  for (const client of clients) router.connect(client, {}, 0);
  return router;
}

function publish(router: Router, topicName: string, payload: string, init: Partial<Publication> = {}): string[] {
  return brief(router.publish(publication(topicName, payload, init), 0).deliveries);
}

function subscribe(router: Router, clientId: string, filter: string, options: Partial<SubscribeRequest> = {}, now = 0) {
  const answer = router.subscribe(clientId, request(filter, options), now);
  return { outcome: answer?.outcome, retained: brief(answer?.deliveries ?? []) };
}

describe('retained messages', () => {
  it('[MQTT-3.3.1-5] [MQTT-3.3.1-5@3.1.1] [MQTT-3.3.1-6@3.1.1] [MQTT-3.3.1-8@3.1.1] the last of each topic goes to a new subscription, with RETAIN 1', () => {
    const router = routerWith('a');
    expect(router.publish(publication('x/1', 'old', { retain: true, qos: 2 }), 0).retained).toBe('stored');
    expect(router.publish(publication('x/1', 'new', { retain: true, qos: 1 }), 0).retained).toBe('replaced');
    publish(router, 'x/2', '2', { retain: true });
    publish(router, 'y', '3', { retain: true });
    expect(subscribe(router, 'a', 'x/+', { qos: 2 }).retained.sort()).toEqual(['a x/1=new 1r', 'a x/2=2 0r']);
  });

  it('[MQTT-3.3.1-7@3.1.1] one of QoS 0 ends the one before', () => {
    const router = routerWith('a');
    publish(router, 'x', 'old', { retain: true, qos: 1 });
    publish(router, 'x', 'new', { retain: true, qos: 0 });
    expect(subscribe(router, 'a', 'x', { qos: 1 }).retained).toEqual(['a x=new 0r']);
  });

  it('[MQTT-3.3.1-6] [MQTT-3.3.1-7] [MQTT-3.3.1-10@3.1.1] [MQTT-3.3.1-11@3.1.1] an empty one clears, and is delivered', () => {
    const router = routerWith('a', 'b');
    subscribe(router, 'a', 'x', { retainAsPublished: true });
    publish(router, 'x', 'kept', { retain: true });
    const { deliveries, retained } = router.publish({ topicName: 'x', payload: NOTHING, retain: true }, 0);
    expect(brief(deliveries)).toEqual(['a x= 0r']);
    expect(retained).toBe('cleared');
    expect(subscribe(router, 'b', 'x').retained).toEqual([]);
  });

  it('[MQTT-3.3.1-8] [MQTT-3.3.1-12@3.1.1] RETAIN 0 neither stores nor clears', () => {
    const router = routerWith('a');
    expect(router.publish(publication('x', 'not kept'), 0).retained).toBeUndefined();
    expect(subscribe(router, 'a', 'x').retained).toEqual([]);
    publish(router, 'x', 'kept', { retain: true });
    publish(router, 'x', 'passing');
    router.publish({ topicName: 'x', payload: NOTHING }, 0);
    expect(subscribe(router, 'a', 'x').retained).toEqual(['a x=kept 0r']);
  });

  it('[MQTT-3.3.1-9] [MQTT-3.8.4-4] [MQTT-3.8.4-3@3.1.1] Retain Handling 0: with every SUBSCRIBE, the same one included', () => {
    const router = routerWith('a');
    publish(router, 'x', 'kept', { retain: true, qos: 1 });
    expect(subscribe(router, 'a', 'x')).toEqual({ outcome: 'new', retained: ['a x=kept 0r'] });
    expect(subscribe(router, 'a', 'x', { qos: 1 })).toEqual({ outcome: 'replaced', retained: ['a x=kept 1r'] });
    expect(publish(router, 'x', 'next', { qos: 2 })).toEqual(['a x=next 1']);
  });

  it('[MQTT-3.3.1-10] Retain Handling 1: with a new subscription only', () => {
    const router = routerWith('a');
    publish(router, 'x', 'kept', { retain: true });
    expect(subscribe(router, 'a', 'x', { retainHandling: 1 }).retained).toEqual(['a x=kept 0r']);
    expect(subscribe(router, 'a', 'x', { retainHandling: 1 }).retained).toEqual([]);
    router.unsubscribe('a', 'x');
    expect(subscribe(router, 'a', 'x', { retainHandling: 1 }).retained).toEqual(['a x=kept 0r']);
  });

  it('[MQTT-3.3.1-11] Retain Handling 2: never', () => {
    const router = routerWith('a');
    publish(router, 'x', 'kept', { retain: true });
    expect(subscribe(router, 'a', 'x', { retainHandling: 2 }).retained).toEqual([]);
  });

  it('[MQTT-3.3.1-12] [MQTT-3.3.1-9@3.1.1] Retain As Published 0: forwarded with RETAIN 0', () => {
    const router = routerWith('a');
    subscribe(router, 'a', 'x');
    expect(publish(router, 'x', '1', { retain: true })).toEqual(['a x=1 0']);
  });

  it('[MQTT-3.3.1-13] Retain As Published 1: forwarded with RETAIN as it came', () => {
    const router = routerWith('a');
    subscribe(router, 'a', 'x', { retainAsPublished: true });
    expect(publish(router, 'x', '1', { retain: true })).toEqual(['a x=1 0r']);
    expect(publish(router, 'x', '1')).toEqual(['a x=1 0']);
  });

  it('name the identifier of the subscription they follow', () => {
    const router = routerWith('a');
    publish(router, 'x', 'kept', { retain: true });
    router.subscribe('a', { ...request('x/#'), subscriptionIdentifier: 1 }, 0);
    const { deliveries } = router.subscribe('a', { ...request('x'), subscriptionIdentifier: 2 }, 0)!;
    expect(deliveries[0]!.subscriptionIdentifiers).toEqual([2]);
  });

  it('do not follow a shared subscription', () => {
    const router = routerWith('a');
    publish(router, 'x', 'kept', { retain: true });
    expect(subscribe(router, 'a', '$share/g/x').retained).toEqual([]);
  });

  it('[MQTT-3.1.2-7@3.1.1] survive the session of their publisher', () => {
    const router = routerWith('a', 'b');
    publish(router, 'x', 'kept', { retain: true, publisher: 'a' });
    router.disconnect('a', {}, 0);
    expect(subscribe(router, 'b', 'x').retained).toEqual(['b x=kept 0r']);
  });

  it('beyond the limit are delivered but not kept', () => {
    const router = new Router({ retained: { count: 1, bytes: 100 } });
    router.connect('a', {}, 0);
    subscribe(router, 'a', '#');
    publish(router, 'x', '1', { retain: true });
    const { deliveries, retained } = router.publish(publication('y', '2', { retain: true }), 0);
    expect(retained).toBe('refused');
    expect(brief(deliveries)).toEqual(['a y=2 0']);
    expect(subscribe(router, 'a', '#').retained).toEqual(['a x=1 0r']);
  });
});
