import { describe, expect, it } from 'vitest';
import { Subscriptions } from '../../src/routing/subscriptions.ts';
import type { Peer } from './builders.ts';
import { describeRoute, newTopic, person, request, topic } from './builders.ts';

describe('shared subscriptions', () => {
  it('are counted in all and for each subscriber, and their groups are there as long as they have members', () => {
    const subscriptions = new Subscriptions<Peer>();
    const [a, b] = [person('a'), person('b')];
    for (const filter of ['$share/g/x', '$share/h/x', 'x']) subscriptions.subscribe(a, request(filter), 0);
    subscriptions.subscribe(a, request('$share/g/x', { qos: 2 }), 0);
    subscriptions.subscribe(b, request('$share/g/x'), 0);
    expect([subscriptions.size, subscriptions.sharedSize, a.shares, b.shares]).toEqual([4, 3, 2, 1]);
    subscriptions.unsubscribe(a, '$share/g/x');
    b.connected = true;
    expect(subscriptions.group('g', 'x')?.pick()?.peer).toBe(b.peer);
    subscriptions.unsubscribeAll(a);
    expect([subscriptions.sharedSize, a.shares, subscriptions.group('h', 'x')]).toEqual([1, 0, undefined]);
    subscriptions.unsubscribeAll(b);
    expect([subscriptions.sharedSize, subscriptions.group('g', 'x')]).toEqual([0, undefined]);
  });

  it('are grouped by ShareName and filter, apart from the ordinary ones', () => {
    const subscriptions = new Subscriptions<Peer>();
    const [a, b] = [person('a'), person('b')];
    subscriptions.subscribe(a, request('$share/g/x/+'), 0);
    subscriptions.subscribe(b, request('$share/g/x/+'), 0);
    subscriptions.subscribe(a, request('$share/h/x/+'), 0);
    subscriptions.subscribe(b, request('$share/g/x/#'), 0);
    subscriptions.subscribe(a, request('x/+'), 0);
    const routes = subscriptions.routes(newTopic('x/y'));
    expect(routes.direct.map((route) => route.subscriber)).toEqual([a]);
    expect(
      routes.shared.map(({ shareName, topicFilter, size }) => `${shareName} ${topicFilter} ${size}`).sort(),
    ).toEqual(['g x/# 1', 'g x/+ 2', 'h x/+ 1']);
    expect(subscriptions.routes(newTopic('$x/y')).shared).toEqual([]);
  });

  it('[MQTT-4.7.2-1] a group of # gets nothing under $', () => {
    const subscriptions = new Subscriptions<Peer>();
    subscriptions.subscribe(person('a'), request('$share/g/#'), 0);
    subscriptions.subscribe(person('b'), request('$share/g/$SYS/#'), 0);
    expect(subscriptions.routes(topic('$SYS/load')).shared.map((group) => group.topicFilter)).toEqual(['$SYS/#']);
    expect(subscriptions.routes(topic('load')).shared.map((group) => group.topicFilter)).toEqual(['#']);
  });

  it('unsubscribing one filter leaves the other groups alone', () => {
    const subscriptions = new Subscriptions<Peer>();
    const [a, b] = [person('a'), person('b')];
    const filters = ['$share/g/x', '$share/h/x', '$share/g/+', '$share/g/#'];
    for (const one of [a, b]) for (const filter of filters) subscriptions.subscribe(one, request(filter), 0);
    expect(subscriptions.unsubscribe(a, '$share/h/x')).toBe(true);
    expect(subscriptions.unsubscribe(b, '$share/h/x')).toBe(true);
    expect(subscriptions.unsubscribe(a, '$share/g/+')).toBe(true);
    expect(subscriptions.unsubscribe(a, 'x')).toBe(false);
    const sizes = subscriptions
      .routes(newTopic('x'))
      .shared.map(({ shareName, topicFilter, size }) => `${shareName} ${topicFilter} ${size}`);
    expect(sizes.sort()).toEqual(['g # 2', 'g + 1', 'g x 2']);
    expect(subscriptions.size).toBe(5);
  });

  it('a member more or less does not undo what topics resolve to', () => {
    const subscriptions = new Subscriptions<Peer>();
    const [a, b] = [person('a'), person('b')];
    subscriptions.subscribe(a, request('$share/g/x'), 0);
    const name = newTopic('x');
    const routes = subscriptions.routes(name);
    const { generation } = subscriptions;
    subscriptions.subscribe(b, request('$share/g/x'), 0);
    expect(routes.shared[0]!.size).toBe(2);
    subscriptions.unsubscribe(a, '$share/g/x');
    expect(routes.shared[0]!.size).toBe(1);
    expect(subscriptions.generation).toBe(generation);
    expect(subscriptions.routes(name)).toBe(routes);
    subscriptions.unsubscribe(b, '$share/g/x');
    expect(subscriptions.routes(name).shared).toEqual([]);
  });

  it('[MQTT-4.8.2-3] a replaced one is routed with its new options', () => {
    const subscriptions = new Subscriptions<Peer>();
    const a = person('a');
    a.connected = true;
    subscriptions.subscribe(a, request('$share/g/x', { qos: 1 }), 1);
    const [group] = subscriptions.routes(newTopic('x')).shared;
    expect(describeRoute(group!.pick())).toMatchObject({ to: 'a', qos: 1, subscriptionIdentifiers: [1] });
    expect(subscriptions.subscribe(a, request('$share/g/x', { qos: 2 }), 0)).toBe('replaced');
    expect(describeRoute(group!.pick())).toMatchObject({ to: 'a', qos: 2, subscriptionIdentifiers: undefined });
  });

  it('whose filter looks like another shared one resolve all the same', () => {
    const subscriptions = new Subscriptions<Peer>();
    const name = newTopic('$share/b/c');
    expect(subscriptions.routes(name).shared).toEqual([]);
    subscriptions.subscribe(person('a'), request('$share/g/$share/b/+'), 0);
    expect(subscriptions.routes(name).shared).toHaveLength(1);
  });
});
