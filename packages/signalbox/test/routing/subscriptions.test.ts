import { describe, expect, it } from 'vitest';
import { TopicNames } from '../../src/mqtt/topic-names.ts';
import type { Route } from '../../src/routing/routes.ts';
import { Subscriber } from '../../src/routing/subscriber.ts';
import type { SubscribeRequest } from '../../src/routing/subscription.ts';
import { Subscriptions } from '../../src/routing/subscriptions.ts';
import { newTopic, request, topic } from './builders.ts';

interface Peer {
  readonly name: string;
}

function person(name: string): Subscriber<Peer> {
  return new Subscriber<Peer>(name, { name });
}

function describeRoute(route: Route<Peer> | undefined) {
  if (route === undefined) return undefined;
  const { subscriber, qos, retainAsPublished, subscriptionIdentifiers } = route;
  return { to: subscriber.id, qos, retainAsPublished, subscriptionIdentifiers };
}

function receivers(subscriptions: Subscriptions<Peer>, name: string): string[] {
  return subscriptions.routes(newTopic(name)).direct.map((route) => route.subscriber.id);
}

function only(subscriptions: Subscriptions<Peer>, name: string): Route<Peer> {
  const { direct } = subscriptions.routes(newTopic(name));
  expect(direct).toHaveLength(1);
  return direct[0]!;
}

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
    const people = ['a', 'b', 'c', 'd'].map(person);
    for (const one of people) subscriptions.subscribe(one, request('x'), 0);
    const [a, b, c, d] = people as [Subscriber<Peer>, Subscriber<Peer>, Subscriber<Peer>, Subscriber<Peer>];
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

describe('the routes kept on a topic', () => {
  it('are the same object while nothing changes', () => {
    const subscriptions = new Subscriptions<Peer>();
    subscriptions.subscribe(person('a'), request('x'), 0);
    const name = newTopic('x');
    const first = subscriptions.routes(name);
    expect(subscriptions.routes(name)).toBe(first);
    expect(first.generation).toBe(subscriptions.generation);
    expect(first.plan).toBeUndefined();
  });

  it('stay, with the plan, when a change concerns other topics', () => {
    const subscriptions = new Subscriptions<Peer>();
    const a = person('a');
    subscriptions.subscribe(a, request('x/+'), 0);
    const name = newTopic('x/1');
    const routes = subscriptions.routes(name);
    routes.plan = 'derived';
    subscriptions.subscribe(person('b'), request('y/+'), 0);
    subscriptions.subscribe(person('c'), request('x/2'), 0);
    expect(subscriptions.routes(name)).toBe(routes);
    expect(routes.plan).toBe('derived');
    expect(routes.generation).toBe(subscriptions.generation);
  });

  it('are new when a change concerns the topic, and the old arrays stay whole', () => {
    const subscriptions = new Subscriptions<Peer>();
    const a = person('a');
    subscriptions.subscribe(a, request('x/+'), 0);
    const name = newTopic('x/1');
    const before = subscriptions.routes(name);
    before.plan = 'derived';
    const { direct } = before;
    for (const change of [
      () => subscriptions.subscribe(person('b'), request('x/1'), 0),
      () => subscriptions.subscribe(person('c'), request('+/1'), 0),
      () => subscriptions.subscribe(a, request('x/+', { qos: 1 }), 0),
      () => subscriptions.unsubscribe(a, 'x/+'),
    ]) {
      const old = subscriptions.routes(name);
      change();
      const routes = subscriptions.routes(name);
      expect(routes).not.toBe(old);
      expect(routes.plan).toBeUndefined();
    }
    expect(direct.map((route) => route.subscriber)).toEqual([a]);
  });

  it('are resolved anew after many changes, whatever they were', () => {
    const subscriptions = new Subscriptions<Peer>();
    subscriptions.subscribe(person('a'), request('x'), 0);
    const name = newTopic('x');
    const before = subscriptions.routes(name);
    const b = person('b');
    for (let index = 0; index < 300; index++) subscriptions.subscribe(b, request(`y/${index}`), 0);
    const after = subscriptions.routes(name);
    expect(after).not.toBe(before);
    expect(after.direct.map((route) => route.subscriber.id)).toEqual(['a']);
  });

  it('of one table of subscriptions are not those of another', () => {
    const names = new TopicNames();
    const name = names.internString('x');
    const first = new Subscriptions<Peer>();
    const second = new Subscriptions<Peer>();
    first.subscribe(person('first'), request('x'), 0);
    second.subscribe(person('second'), request('x'), 0);
    for (let round = 0; round < 2; round++) {
      expect(first.routes(name).direct.map((route) => route.subscriber.id)).toEqual(['first']);
      expect(second.routes(name).direct.map((route) => route.subscriber.id)).toEqual(['second']);
    }
  });

  it('are refreshed on demand for the topics of one subscriber', () => {
    const subscriptions = new Subscriptions<Peer>();
    const [a, b] = [person('a'), person('b')];
    subscriptions.refresh(a);
    subscriptions.subscribe(a, request('x/+'), 0);
    subscriptions.subscribe(b, request('y/+'), 0);
    const [x, y] = [newTopic('x/1'), newTopic('y/1')];
    const [beforeX, beforeY] = [subscriptions.routes(x), subscriptions.routes(y)];
    subscriptions.refresh(a);
    expect(subscriptions.routes(x)).not.toBe(beforeX);
    expect(subscriptions.routes(y)).toBe(beforeY);
  });

  it('of large topics are forgotten oldest first when they are too many in all', () => {
    const subscriptions = new Subscriptions<Peer>({ rememberedRoutes: 250 });
    for (let index = 0; index < 100; index++) subscriptions.subscribe(person(`p${index}`), request('#'), 0);
    const topics = ['a', 'b', 'c'].map(newTopic);
    const [a, b, c] = topics.map((name) => subscriptions.routes(name));
    expect(a!.direct).toEqual([]);
    expect(b!.direct).toHaveLength(100);
    expect(subscriptions.routes(topics[1]!)).toBe(b);
    expect(subscriptions.routes(topics[2]!)).toBe(c);
    expect(subscriptions.routes(topics[0]!).direct).toHaveLength(100);
    expect(b!.direct).toEqual([]);
  });
});

describe('shared subscriptions', () => {
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
