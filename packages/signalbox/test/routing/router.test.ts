import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/mqtt/errors.ts';
import type { QoS } from '../../src/routing/message.ts';
import { Router } from '../../src/routing/router.ts';
import type { Delivery, Publication } from '../../src/routing/router-session.ts';
import type { SubscribeRequest } from '../../src/routing/subscription.ts';
import { bytesOf, request } from './builders.ts';

const NOTHING = new Uint8Array(0);
const HOUR = { sessionExpiryInterval: 3600 };

function routerWith(...clients: string[]): Router {
  const router = new Router();
  for (const client of clients) router.connect(client, {}, 0);
  return router;
}

function text(payload: Uint8Array): string {
  return new TextDecoder().decode(payload);
}

/** Who gets what at which QoS; `r` when RETAIN is set. */
function brief(deliveries: readonly Delivery[]): string[] {
  return deliveries.map(
    ({ clientId, message, qos, retain }) =>
      `${clientId} ${message.topic.name}=${text(message.payload)} ${qos}${retain ? 'r' : ''}`,
  );
}

function publication(topicName: string, payload: string, init: Partial<Publication> = {}): Publication {
  return { topicName, payload: bytesOf(payload), ...init };
}

function publish(
  router: Router,
  topicName: string,
  payload: string,
  init: Partial<Publication> & { now?: number } = {},
) {
  const { now = 0, ...rest } = init;
  return brief(router.publish(publication(topicName, payload, rest), now).deliveries);
}

function subscribe(router: Router, clientId: string, filter: string, options: Partial<SubscribeRequest> = {}, now = 0) {
  const answer = router.subscribe(clientId, request(filter, options), now);
  return { outcome: answer?.outcome, retained: brief(answer?.deliveries ?? []) };
}

describe('publishing', () => {
  it('[MQTT-4.5.0-1] [MQTT-4.5.0-1@3.1.1] [MQTT-3.3.2-3] [MQTT-3.3.2-3@3.1.1] reaches every session with a matching subscription and no other', () => {
    const router = routerWith('a', 'b', 'c', 'd');
    subscribe(router, 'a', 'x/y');
    subscribe(router, 'b', 'x/+');
    subscribe(router, 'c', 'z/#');
    expect(publish(router, 'x/y', '1').sort()).toEqual(['a x/y=1 0', 'b x/y=1 0']);
    expect(publish(router, 'nobody', '1')).toEqual([]);
  });

  it('[MQTT-3.8.4-8] [MQTT-3.8.4-6@3.1.1] delivers at the lower of published and granted QoS', () => {
    const levels: QoS[] = [0, 1, 2];
    for (const published of levels) {
      for (const granted of levels) {
        const router = routerWith('a');
        publish(router, 'x', 'kept', { qos: published, retain: true });
        const lower = Math.min(published, granted);
        expect(subscribe(router, 'a', '+', { qos: granted }).retained).toEqual([`a x=kept ${lower}r`]);
        expect(publish(router, 'x', 'new', { qos: published })).toEqual([`a x=new ${lower}`]);
      }
    }
  });

  it('[MQTT-3.3.4-2] [MQTT-3.3.4-3] [MQTT-3.3.4-4] [MQTT-3.3.5-1@3.1.1] delivers once through overlapping subscriptions', () => {
    const router = routerWith('a');
    router.subscribe('a', { ...request('x/#', { qos: 1 }), subscriptionIdentifier: 4 }, 0);
    router.subscribe('a', { ...request('x/y', { qos: 2 }), subscriptionIdentifier: 5 }, 0);
    router.subscribe('a', request('+/y'), 0);
    const { deliveries } = router.publish(publication('x/y', '1', { qos: 2 }), 0);
    expect(brief(deliveries)).toEqual(['a x/y=1 2']);
    expect([...deliveries[0]!.subscriptionIdentifiers].sort()).toEqual([4, 5]);
  });

  it('[MQTT-3.3.4-5] names in each of several copies the identifier of its own subscription', () => {
    const router = routerWith('a');
    router.subscribe('a', { ...request('x'), subscriptionIdentifier: 1 }, 0);
    router.subscribe('a', { ...request('$share/g/x'), subscriptionIdentifier: 2 }, 0);
    router.subscribe('a', request('$share/h/x'), 0);
    const { deliveries } = router.publish(publication('x', '1'), 0);
    expect(deliveries.map(({ subscriptionIdentifiers }) => subscriptionIdentifiers)).toEqual([[1], [2], []]);
  });

  it('[MQTT-3.8.3-3] brings nothing back to its publisher with No Local', () => {
    const router = routerWith('a', 'b');
    subscribe(router, 'a', 'x', { noLocal: true });
    subscribe(router, 'b', 'x', { noLocal: true });
    expect(publish(router, 'x', '1', { publisher: 'a' })).toEqual(['b x=1 0']);
    expect(publish(router, 'x', '1')).toEqual(['a x=1 0', 'b x=1 0']);
    subscribe(router, 'a', '+', { qos: 1 });
    expect(publish(router, 'x', '1', { publisher: 'a', qos: 2 })).toEqual(['a x=1 1', 'b x=1 0']);
    publish(router, 'kept', '1', { publisher: 'a', retain: true });
    expect(subscribe(router, 'a', 'kept/#', { noLocal: true }).retained).toEqual([]);
    expect(subscribe(router, 'b', 'kept/#', { noLocal: true }).retained).toEqual(['b kept=1 0r']);
  });

  it('[MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18] [MQTT-3.3.2-20] passes the bytes of the properties on as they are', () => {
    const router = routerWith('a');
    subscribe(router, 'a', '#');
    const properties = Uint8Array.of(1, 1, 3, 0, 1, 0x74, 38, 0, 1, 0x62, 0, 0, 38, 0, 1, 0x61, 0, 0);
    const payload = bytesOf('payload');
    const { deliveries } = router.publish({ topicName: 'x', payload, properties, retain: true }, 0);
    payload.fill(0);
    const expected = properties.slice();
    properties.fill(0);
    const kept = router.subscribe('a', request('#'), 0)!.deliveries;
    for (const { message } of [deliveries[0]!, kept[0]!]) {
      expect(message.properties).toEqual(expected);
      expect(text(message.payload)).toBe('payload');
    }
  });

  it('refuses an invalid Topic Name and changes nothing', () => {
    const router = routerWith('a');
    expect(() => router.publish(publication('a/+', '1', { retain: true }), 0)).toThrow(UsageError);
    expect(() => router.connect('b', { will: publication('', '1') }, 0)).toThrow(UsageError);
    expect(subscribe(router, 'b', '#').outcome).toBeUndefined();
    expect(subscribe(router, 'a', '#').retained).toEqual([]);
  });

  it('[MQTT-4.7.3-4] [MQTT-4.7.3-4@3.1.1] normalises nothing', () => {
    const router = routerWith('a', 'b', 'c');
    subscribe(router, 'a', '\u00e9');
    subscribe(router, 'b', 'e\u0301');
    subscribe(router, 'c', '\ufeff\u00e9');
    expect(publish(router, '\u00e9', '1')).toEqual(['a \u00e9=1 0']);
  });

  it('[MQTT-3.10.4-1] [MQTT-3.10.4-2] [MQTT-3.10.4-1@3.1.1] [MQTT-3.10.4-2@3.1.1] ends with the subscription', () => {
    const router = routerWith('a');
    subscribe(router, 'a', 'x/+');
    subscribe(router, 'a', 'x/#');
    expect(router.unsubscribe('a', 'x/y')).toBe(false);
    expect(router.unsubscribe('nobody', 'x/+')).toBe(false);
    expect(router.unsubscribe('a', 'x/+')).toBe(true);
    expect(publish(router, 'x/y', '1')).toEqual(['a x/y=1 0']);
    expect(router.unsubscribe('a', 'x/#')).toBe(true);
    expect(publish(router, 'x/y', '1')).toEqual([]);
  });
});

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

describe('message expiry', () => {
  it('[MQTT-3.3.2-5] a message that waited too long is not delivered', () => {
    const router = routerWith();
    router.connect('a', HOUR, 0);
    subscribe(router, 'a', 'x', { qos: 1 });
    router.disconnect('a', {}, 0);
    publish(router, 'x', 'brief', { qos: 1, messageExpiryInterval: 10, now: 1000 });
    publish(router, 'x', 'long', { qos: 1, messageExpiryInterval: 100, now: 1000 });
    expect(brief(router.connect('a', {}, 11_000).deliveries)).toEqual(['a x=long 1']);
    expect(router.dropped.expired).toBe(1);
  });

  it('[MQTT-3.3.2-6] is counted once from publication, for waiting and retained messages alike', () => {
    const router = routerWith();
    router.connect('a', HOUR, 0);
    router.subscribe('a', request('x', { qos: 1 }), 0);
    const publishing = publication('x', '1', { qos: 1, retain: true, messageExpiryInterval: 100 });
    const intervals = (deliveries: readonly Delivery[]) => deliveries.map((delivery) => delivery.messageExpiryInterval);
    expect(intervals(router.publish(publishing, 0).deliveries)).toEqual([100]);
    router.disconnect('a', {}, 0);
    router.publish(publishing, 5000);
    expect(intervals(router.connect('a', HOUR, 35_000).deliveries)).toEqual([70]);
    expect(intervals(router.subscribe('a', request('x'), 65_000)!.deliveries)).toEqual([40]);
    expect(intervals(router.publish(publication('x', '2'), 65_000).deliveries)).toEqual([-1]);
  });

  it('takes retained messages away when their time has come', () => {
    const router = routerWith('a');
    publish(router, 'x', '1', { retain: true, messageExpiryInterval: 1 });
    expect(router.deadline).toBe(1000);
    router.tick(1000);
    expect(router.deadline).toBe(Infinity);
    expect(subscribe(router, 'a', 'x', {}, 1000).retained).toEqual([]);
  });
});
