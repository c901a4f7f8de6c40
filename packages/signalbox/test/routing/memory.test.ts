// What is gone leaves nothing behind: the garbage collector is asked.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { TopicName } from '../../src/mqtt/topic-names.ts';
import { RetainedMessages } from '../../src/routing/retained-messages.ts';
import { Subscriber } from '../../src/routing/subscriber.ts';
import { Subscriptions } from '../../src/routing/subscriptions.ts';
import { message, newTopic, request } from './builders.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const COUNT = 15_000;
/** Some 50 bytes for each: far less than the smallest thing that could be left of it. */
const NOTHING = 700_000;

function heapGrowth(act: () => void): number {
  act(); // what the engine itself keeps of the code is there now
  collect();
  const before = process.memoryUsage().heapUsed;
  act();
  collect();
  return process.memoryUsage().heapUsed - before;
}

/** Never the same twice: what is left of one must not serve the next. */
let serial = 0;

/** Objects weakly held live until the present job of the event loop ends. */
function endOfJob(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('memory', { timeout: 60_000 }, () => {
  it('of subscriptions is freed when they go', () => {
    const subscriptions = new Subscriptions<object>();
    const subscriber = new Subscriber<object>('a', {});
    for (const form of ['x/N', 'x/N/+/y', 'x/+/N', 'x/N/#', '$share/N/x/+', '$share/g/N/#']) {
      const growth = heapGrowth(() => {
        for (let index = 0; index < COUNT; index++) {
          serial += 1;
          subscriptions.subscribe(subscriber, request(form.replace('N', `${serial}`)), 0);
        }
        subscriptions.unsubscribeAll(subscriber);
      });
      expect(growth).toBeLessThan(NOTHING);
    }
  });

  it('of a deep filter is that of its text and two nodes, not of its levels', () => {
    const subscriber = new Subscriber<object>('a', {});
    const levels = Array.from({ length: 119 }, (_, level) => (level % 5 === 0 ? '+' : `l${level}`)).join('/');
    collect();
    const before = process.memoryUsage().heapUsed;
    const subscriptions = new Subscriptions<object>();
    for (let index = 0; index < 2000; index++) {
      subscriptions.subscribe(subscriber, request(`${index}/${levels}/+`), 0);
    }
    collect();
    const each = (process.memoryUsage().heapUsed - before) / 2000;
    expect(each).toBeLessThan(3000); // 11 KB with a node for each level
    expect(subscriptions.size).toBe(2000);
  });

  it('of retained messages is freed when they go', () => {
    const retained = new RetainedMessages({ count: COUNT, bytes: Infinity });
    const growth = heapGrowth(() => {
      const names = Array.from({ length: COUNT }, (_, index) => `x/${serial + index}/y`);
      serial += COUNT;
      for (const name of names) retained.set({ ...message('x'), topic: newTopic(name) });
      for (const name of names) retained.delete(name);
    });
    expect(growth).toBeLessThan(NOTHING);
  });

  it('of a session that ended is not held by the topics it had', async () => {
    const subscriptions = new Subscriptions<object>();
    const others = Array.from({ length: 100 }, (_, index) => new Subscriber<object>(`c${index}`, {}));
    for (const other of others) subscriptions.subscribe(other, request('all/#'), 0);
    const topics = ['all', 'own'].map(newTopic);
    const gone = liveAndLeave(subscriptions, topics);
    for (const topic of topics) subscriptions.routes(topic);
    await endOfJob();
    collect();
    expect(gone.deref()).toBeUndefined();
    expect(subscriptions.size).toBe(100);
  });
});

function liveAndLeave(subscriptions: Subscriptions<object>, topics: TopicName[]): WeakRef<object> {
  const subscriber = new Subscriber<object>('gone', {});
  for (const filter of ['all', 'own', '#', '+/x', '$share/g/own'])
    subscriptions.subscribe(subscriber, request(filter), 0);
  for (const topic of topics) subscriptions.routes(topic);
  subscriptions.unsubscribeAll(subscriber);
  return new WeakRef(subscriber);
}
