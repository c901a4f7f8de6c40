import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/mqtt/errors.ts';
import type { QoS } from '../../src/routing/message.ts';
import { Router } from '../../src/routing/router.ts';
import type { Delivery, Publication } from '../../src/routing/router-session.ts';
import type { SubscribeRequest } from '../../src/routing/subscription.ts';
import { brief, bytesOf, publication, request } from './builders.ts';

const HOUR = { sessionExpiryInterval: 3600 };

function text(payload: Uint8Array): string {
  return new TextDecoder().decode(payload);
}

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

describe('message expiry', () => {
  it('[MQTT-3.3.2-5] a message that waited too long is not delivered', () => {
    const router = routerWith();
    router.connect('a', HOUR, 0);
    subscribe(router, 'a', 'x', { qos: 1 });
    router.disconnect('a', {}, 0);
    router.publish(publication('x', 'brief', { qos: 1, messageExpiryInterval: 10 }), 1000);
    router.publish(publication('x', 'long', { qos: 1, messageExpiryInterval: 100 }), 1000);
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
