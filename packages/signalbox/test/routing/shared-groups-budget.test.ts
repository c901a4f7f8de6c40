// Shared groups a topic resolves to take memory like its other receivers, and are forgotten within the same budget.
import { expect, it } from 'vitest';
import { TopicNames } from '../../src/mqtt/topic-names.ts';
import type { Routes } from '../../src/routing/routes.ts';
import { Subscriber } from '../../src/routing/subscriber.ts';
import { Subscriptions } from '../../src/routing/subscriptions.ts';

it('topics with many shared groups are remembered within the budget', () => {
  const subscriptions = new Subscriptions<string>({ rememberedRoutes: 1000 });
  const names = new TopicNames();
  const member = new Subscriber('a', 'a');
  for (let i = 0; i < 100; i++) {
    const request = { qos: 0, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const;
    subscriptions.subscribe(member, { ...request, topicFilter: `$share/g${i}/#` }, 0);
  }
  const topics = Array.from({ length: 50 }, (_, index) => names.internString(`t/${index}`));
  for (const topic of topics) expect(subscriptions.routes(topic).shared).toHaveLength(100);
  let remembered = 0;
  for (const topic of topics) remembered += (topic.route as Routes<string>).shared.length;
  expect(remembered).toBe(1000);
  expect(subscriptions.routes(topics[0]!).shared).toHaveLength(100);
});
