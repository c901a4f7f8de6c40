import { describe, expect, it } from 'vitest';
import type { SubscribeRequest } from '../../src/routing/subscription.ts';
import { Subscriptions } from '../../src/routing/subscriptions.ts';
import type { Peer } from './builders.ts';
import { describeRoute, newTopic, only, person, receivers, request } from './builders.ts';

describe('Subscriptions', () => {
  it('[MQTT-3.3.2-3] [MQTT-3.3.2-3@3.1.1] route a topic to those whose filter matches it', () => {
    const subscriptions = new Subscriptions<Peer>();
    for (const filter of ['a/b', 'a/+', '#', 'b/#']) subscriptions.subscribe(person(filter), request(filter), 0);
    expect(receivers(subscriptions, 'a/b').sort()).toEqual(['#', 'a/+', 'a/b']);
    expect(receivers(subscriptions, 'b').sort()).toEqual(['#', 'b/#']);
    expect(receivers(subscriptions, '$a/b')).toEqual([]);
  });

  it('name the peer, the granted QoS and the options in the route', () => {
    const subscriptions = new Subscriptions<Peer>();
    const a = person('a');
    subscriptions.subscribe(a, request('x', { qos: 1, retainAsPublished: true }), 7);
    const route = only(subscriptions, 'x');
    expect(route.peer).toBe(a.peer);
    expect(describeRoute(route)).toEqual({ to: 'a', qos: 1, retainAsPublished: true, subscriptionIdentifiers: [7] });
    expect(route.noLocal).toBe(false);
    expect(route.toSelf).toBeUndefined();
  });

  it('keep subscribers of one filter in the order of subscribing', () => {
    const subscriptions = new Subscriptions<Peer>();
    const people = [person('a'), person('b'), person('c'), person('d')] as const;
    for (const one of people) subscriptions.subscribe(one, request('x'), 0);
    const [a, b, c, d] = people;
    expect(receivers(subscriptions, 'x')).toEqual(['a', 'b', 'c', 'd']);
    subscriptions.unsubscribe(b, 'x');
    expect(receivers(subscriptions, 'x')).toEqual(['a', 'c', 'd']);
    subscriptions.unsubscribe(a, 'x');
    subscriptions.subscribe(b, request('x'), 0);
    expect(receivers(subscriptions, 'x')).toEqual(['c', 'd', 'b']);
    subscriptions.unsubscribe(b, 'x');
    subscriptions.subscribe(a, request('x'), 0);
    expect(receivers(subscriptions, 'x')).toEqual(['c', 'd', 'a']);
    for (const one of [c, d, a]) subscriptions.unsubscribe(one, 'x');
    expect(receivers(subscriptions, 'x')).toEqual([]);
    expect(subscriptions.size).toBe(0);
  });

  it('[MQTT-3.8.4-3] [MQTT-3.8.4-3@3.1.1] replace a subscription of the same filter', () => {
    const subscriptions = new Subscriptions<Peer>();
    const a = person('a');
    expect(subscriptions.subscribe(a, request('x/+', { qos: 2 }), 1)).toBe('new');
    expect(subscriptions.subscribe(a, request('x/+', { qos: 1, retainAsPublished: true }), 2)).toBe('replaced');
    expect(subscriptions.subscribe(a, request('x/#'), 0)).toBe('new');
    expect(subscriptions.size).toBe(2);
    expect(describeRoute(only(subscriptions, 'x/y'))).toEqual({
      to: 'a',
      qos: 1,
      retainAsPublished: true,
      subscriptionIdentifiers: [2],
    });
    expect(subscriptions.unsubscribe(a, 'x/+')).toBe(true);
    expect(describeRoute(only(subscriptions, 'x/y'))?.qos).toBe(0);
  });

  it('each option alone makes a replacement count', () => {
    const options: Partial<SubscribeRequest>[] = [{ qos: 1 }, { noLocal: true }, { retainAsPublished: true }];
    for (const option of options) {
      const subscriptions = new Subscriptions<Peer>();
      const a = person('a');
      subscriptions.subscribe(a, request('x'), 0);
      const before = only(subscriptions, 'x');
      subscriptions.subscribe(a, request('x', option), 0);
      const after = only(subscriptions, 'x');
      expect(after).not.toBe(before);
      expect(after).toMatchObject(option);
    }
  });

  it('a repeated SUBSCRIBE that changes nothing leaves all routes as they are', () => {
    const subscriptions = new Subscriptions<Peer>();
    const a = person('a');
    subscriptions.subscribe(a, request('x', { qos: 1 }), 3);
    const { generation } = subscriptions;
    expect(subscriptions.subscribe(a, request('x', { qos: 1, retainHandling: 2 }), 3)).toBe('replaced');
    expect(subscriptions.generation).toBe(generation);
    expect(a.subscriptions?.get('x')?.retainHandling).toBe(2);
  });

  it('[MQTT-3.10.4-1] [MQTT-3.10.4-1@3.1.1] remove the subscription whose filter is the same, character by character', () => {
    const subscriptions = new Subscriptions<Peer>();
    const a = person('a');
    for (const filter of ['a/+', 'a/b', 'a/#', 'A/b', '\u00e9', 'e\u0301'])
      subscriptions.subscribe(a, request(filter), 0);
    expect(subscriptions.unsubscribe(a, 'a/B')).toBe(false);
    expect(subscriptions.unsubscribe(a, '+/b')).toBe(false);
    expect(subscriptions.unsubscribe(a, '\u00e9')).toBe(true);
    expect(subscriptions.unsubscribe(a, 'a/+')).toBe(true);
    expect([...a.subscriptions!.keys()]).toEqual(['a/b', 'a/#', 'A/b', 'e\u0301']);
    expect(subscriptions.unsubscribe(person('b'), 'a/b')).toBe(false);
    expect(subscriptions.size).toBe(4);
  });

  it('[MQTT-3.10.4-2] [MQTT-3.10.4-2@3.1.1] route nothing new to a filter once unsubscribed, from cached topics neither', () => {
    const subscriptions = new Subscriptions<Peer>();
    const a = person('a');
    const name = newTopic('a/b');
    subscriptions.subscribe(a, request('a/+'), 0);
    expect(subscriptions.routes(name).direct).toHaveLength(1);
    subscriptions.unsubscribe(a, 'a/+');
    expect(subscriptions.routes(name).direct).toHaveLength(0);
    expect(a.subscriptions).toBeUndefined();
  });

  it('remove all subscriptions of a session that ended', () => {
    const subscriptions = new Subscriptions<Peer>();
    const a = person('a');
    const b = person('b');
    for (const filter of ['x', '+', '$share/g/x', '#']) {
      subscriptions.subscribe(a, request(filter), 0);
      subscriptions.subscribe(b, request(filter), 0);
    }
    subscriptions.unsubscribeAll(a);
    subscriptions.unsubscribeAll(a);
    expect(a.subscriptions).toBeUndefined();
    expect(receivers(subscriptions, 'x')).toEqual(['b']);
    expect(subscriptions.routes(newTopic('x')).shared[0]!.size).toBe(1);
    expect(subscriptions.size).toBe(4);
    subscriptions.unsubscribeAll(b);
    expect(subscriptions.size).toBe(0);
    expect(subscriptions.routes(newTopic('x')).shared).toEqual([]);
  });
});
