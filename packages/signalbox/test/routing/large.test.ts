// Sizes that break what was made for small ones. Correctness only: no time is measured.

import { describe, expect, it } from 'vitest';
import { RetainedMessages } from '../../src/routing/retained-messages.ts';
import { Router } from '../../src/routing/router.ts';
import { Subscriber } from '../../src/routing/subscriber.ts';
import { Subscriptions } from '../../src/routing/subscriptions.ts';
import { TopicTree } from '../../src/routing/topic-tree.ts';
import { bytesOf, message, newTopic, request } from './builders.ts';

function people(count: number): Subscriber<object>[] {
  return Array.from({ length: count }, (_, index) => new Subscriber<object>(`c${index}`, {}));
}

function receivers(subscriptions: Subscriptions<object>, name: string): string[] {
  return subscriptions
    .routes(newTopic(name))
    .direct.map((route) => route.subscriber.id)
    .sort();
}

// A busy machine may take its time.
describe('at a large scale', { timeout: 60_000 }, () => {
  it('a million subscriptions of ten thousand subscribers', () => {
    const subscriptions = new Subscriptions<object>();
    const subscribers = people(10_000);
    for (let index = 0; index < 1_000_000; index++) {
      subscriptions.subscribe(subscribers[index % 10_000]!, request(`sensors/${index}/temp`), 0);
    }
    subscriptions.subscribe(subscribers[7]!, request('sensors/+/temp'), 0);
    expect(subscriptions.size).toBe(1_000_001);
    for (const index of [0, 1, 9_999, 10_000, 123_456, 999_999]) {
      expect(receivers(subscriptions, `sensors/${index}/temp`)).toEqual(['c7', `c${index % 10_000}`].sort());
    }
    expect(receivers(subscriptions, 'sensors/1000000/temp')).toEqual(['c7']);
    for (const subscriber of subscribers) subscriptions.unsubscribeAll(subscriber);
    expect(subscriptions.size).toBe(0);
    expect(receivers(subscriptions, 'sensors/1/temp')).toEqual([]);
  });

  it('100,000 filters with wildcards', () => {
    const subscriptions = new Subscriptions<object>();
    const subscribers = people(100_000);
    const forms = ['site/N/+/temp', '+/N/x', 'dev/N/#', '+/+/N/y'];
    for (const [index, subscriber] of subscribers.entries()) {
      subscriptions.subscribe(subscriber, request(forms[index % 4]!.replace('N', `${index}`)), 0);
    }
    for (const index of [0, 4, 50_000, 99_996]) {
      expect(receivers(subscriptions, `site/${index}/room/temp`)).toEqual([`c${index}`]);
      expect(receivers(subscriptions, `any/${index + 1}/x`)).toEqual([`c${index + 1}`]);
      expect(receivers(subscriptions, `dev/${index + 2}/a/b/c`)).toEqual([`c${index + 2}`]);
      expect(receivers(subscriptions, `dev/${index + 2}/${index + 3}/y`)).toEqual(
        [`c${index + 2}`, `c${index + 3}`].sort(),
      );
      expect(receivers(subscriptions, `site/${index + 1}/room/temp`)).toEqual([]);
    }
    for (const subscriber of subscribers) subscriptions.unsubscribeAll(subscriber);
    expect(subscriptions.size).toBe(0);
    expect(receivers(subscriptions, 'dev/2/a')).toEqual([]);
  });

  it('one message for 130,000 groups: more than a call takes arguments', () => {
    const router = new Router();
    router.connect('a', {}, 0);
    for (let index = 0; index < 130_000; index++) router.subscribe('a', request(`$share/g${index}/x`), 0);
    const gone = { topicName: 'x', payload: bytesOf('gone') };
    expect(router.publish(gone, 0).deliveries).toHaveLength(130_000);
    router.connect('w', { will: gone }, 0);
    expect(router.disconnect('w', {}, 0)).toHaveLength(130_000);
  });

  it('topics of 128 levels', () => {
    const levels = Array.from({ length: 128 }, (_, index) => `${index}`);
    const name = levels.join('/');
    const filters = [
      name,
      levels.map((level, index) => (index % 2 === 0 ? '+' : level)).join('/'),
      levels.map(() => '+').join('/'),
      `${name}/#`,
      `${levels.slice(0, 64).join('/')}/#`,
    ];
    const tree = new TopicTree<{ readonly filter: string }>();
    for (const filter of filters) tree.set(filter, { filter });
    const found: { readonly filter: string }[] = [];
    tree.match(name, found);
    expect(found.map(({ filter }) => filter).sort()).toEqual([...filters].sort());
    for (const filter of filters) expect(tree.delete(filter)).toBe(true);
    expect(tree.size).toBe(0);
  });

  it('topics of 65,535 bytes, as one level, as letters and as nothing but slashes', () => {
    for (const name of ['x'.repeat(65_535), 'ä'.repeat(32_767), '/'.repeat(65_535), 'a/'.repeat(32_767)]) {
      const subscriptions = new Subscriptions<object>();
      const retained = new RetainedMessages({ count: 10, bytes: 10_000_000 });
      const deep = name.split('/');
      deep[deep.length - 1] = '+';
      const filters = [name, '#', deep.join('/')];
      for (const [index, subscriber] of people(3).entries())
        subscriptions.subscribe(subscriber, request(filters[index]!), 0);
      const kept = message(name);
      retained.set(kept);
      expect(receivers(subscriptions, name)).toEqual(['c0', 'c1', 'c2']);
      for (const filter of filters) {
        const found: unknown[] = [];
        retained.match(filter, 0, (one) => found.push(one) > 0);
        expect(found).toEqual([kept]);
      }
      expect(retained.delete(name)).toBe(true);
    }
  });

  it('an overlap of ten thousand subscriptions of one subscriber', () => {
    const subscriptions = new Subscriptions<object>();
    const [subscriber] = people(1);
    const name = 'a/b/c/d/e/f/g/h/i/j/k/l/m';
    const levels = name.split('/');
    for (let mask = 0; mask < 2 ** levels.length; mask++) {
      const filter = levels.map((level, index) => ((mask >> index) & 1 ? '+' : level)).join('/');
      subscriptions.subscribe(subscriber!, request(filter), mask + 1);
    }
    const { direct } = subscriptions.routes(newTopic(name));
    expect(direct).toHaveLength(1);
    expect(direct[0]!.subscriptionIdentifiers).toHaveLength(8192);
  });
});
