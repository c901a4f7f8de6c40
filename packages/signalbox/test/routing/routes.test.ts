import { describe, expect, it } from 'vitest';
import type { SubscribeRequest } from '../../src/routing/subscription.ts';
import { Subscriptions } from '../../src/routing/subscriptions.ts';
import type { Peer } from './builders.ts';
import { describeRoute, newTopic, only, person, request } from './builders.ts';

describe('overlapping subscriptions', () => {
  it('[MQTT-3.3.4-2] [MQTT-3.3.5-1@3.1.1] are one route with the highest granted QoS', () => {
    const subscriptions = new Subscriptions<Peer>();
    const a = person('a');
    subscriptions.subscribe(a, request('x/#', { qos: 1 }), 0);
    subscriptions.subscribe(a, request('x/+', { qos: 2 }), 0);
    subscriptions.subscribe(a, request('x/y', { qos: 0 }), 0);
    expect(only(subscriptions, 'x/y').qos).toBe(2);
    expect(only(subscriptions, 'x/y/z').qos).toBe(1);
  });

  it('[MQTT-3.3.4-3] [MQTT-3.3.4-4] name every subscription identifier they have', () => {
    const subscriptions = new Subscriptions<Peer>();
    const a = person('a');
    subscriptions.subscribe(a, request('x/#'), 3);
    subscriptions.subscribe(a, request('x/+'), 0);
    subscriptions.subscribe(a, request('x/y'), 5);
    subscriptions.subscribe(a, request('+/y'), 3); // the same one twice is sent twice
    expect([...only(subscriptions, 'x/y').subscriptionIdentifiers!].sort()).toEqual([3, 3, 5]);
    expect(only(subscriptions, 'x').subscriptionIdentifiers).toEqual([3]);
    subscriptions.unsubscribe(a, 'x/#');
    subscriptions.unsubscribe(a, '+/y');
    subscriptions.unsubscribe(a, 'x/y');
    expect(only(subscriptions, 'x/y').subscriptionIdentifiers).toBeUndefined();
  });

  it('leave the routes of each subscription alone', () => {
    const subscriptions = new Subscriptions<Peer>();
    const a = person('a');
    subscriptions.subscribe(a, request('x/#', { qos: 0 }), 1);
    subscriptions.subscribe(a, request('x/y', { qos: 2, retainAsPublished: true }), 2);
    const merged = only(subscriptions, 'x/y');
    expect(merged.retainAsPublished).toBe(true);
    expect(describeRoute(only(subscriptions, 'x/z'))).toEqual({
      to: 'a',
      qos: 0,
      retainAsPublished: false,
      subscriptionIdentifiers: [1],
    });
  });

  it('merge subscriber by subscriber', () => {
    const subscriptions = new Subscriptions<Peer>();
    const [a, b, c] = [person('a'), person('b'), person('c')];
    subscriptions.subscribe(a, request('x'), 1);
    subscriptions.subscribe(b, request('x'), 2);
    subscriptions.subscribe(b, request('+'), 3);
    subscriptions.subscribe(c, request('+'), 4);
    subscriptions.subscribe(a, request('#'), 5);
    const { direct } = subscriptions.routes(newTopic('x'));
    const identifiers = Object.fromEntries(
      direct.map((route) => [route.subscriber.id, [...route.subscriptionIdentifiers!].sort()]),
    );
    expect(direct).toHaveLength(3);
    expect(identifiers).toEqual({ a: [1, 5], b: [2, 3], c: [4] });
  });

  it('[MQTT-3.8.3-3] leave to the publisher itself what those without No Local ask for', () => {
    const order: [string, SubscribeRequest, number][] = [
      ['no local', request('x/#', { qos: 2, noLocal: true }), 1],
      ['local', request('x/y', { qos: 1, retainAsPublished: true }), 2],
      ['local too', request('x/+', { qos: 0 }), 3],
      ['no local too', request('+/y', { qos: 2, noLocal: true }), 4],
    ];
    for (const turn of [0, 1, 2, 3]) {
      const subscriptions = new Subscriptions<Peer>();
      const a = person('a');
      for (const [, options, identifier] of [...order.slice(turn), ...order.slice(0, turn)]) {
        subscriptions.subscribe(a, options, identifier);
      }
      const route = only(subscriptions, 'x/y');
      expect(route).toMatchObject({ qos: 2, noLocal: true, retainAsPublished: true });
      expect([...route.subscriptionIdentifiers!].sort()).toEqual([1, 2, 3, 4]);
      expect(route.toSelf).toMatchObject({ qos: 1, noLocal: false, retainAsPublished: true, toSelf: undefined });
      expect([...route.toSelf!.subscriptionIdentifiers!].sort()).toEqual([2, 3]);
    }
  });

  it('[MQTT-3.8.3-3] leave nothing to the publisher itself when all have No Local', () => {
    const subscriptions = new Subscriptions<Peer>();
    const a = person('a');
    subscriptions.subscribe(a, request('x', { noLocal: true }), 0);
    expect(only(subscriptions, 'x')).toMatchObject({ noLocal: true, toSelf: undefined });
    subscriptions.subscribe(a, request('#', { noLocal: true }), 0);
    expect(only(subscriptions, 'x')).toMatchObject({ noLocal: true, toSelf: undefined });
  });
});
