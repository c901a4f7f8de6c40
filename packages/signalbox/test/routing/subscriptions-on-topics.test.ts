import { describe, expect, it } from 'vitest';
import { TopicNames } from '../../src/mqtt/topic-names.ts';
import { Subscriptions } from '../../src/routing/subscriptions.ts';
import type { Peer } from './builders.ts';
import { newTopic, person, request } from './builders.ts';

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
