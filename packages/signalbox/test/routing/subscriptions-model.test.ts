// Subscriptions against a list of subscriptions that is searched from one end to the other.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TopicNames } from '../../src/mqtt/topic-names.ts';
import type { QoS } from '../../src/routing/message.ts';
import type { Route } from '../../src/routing/routes.ts';
import { Subscriber } from '../../src/routing/subscriber.ts';
import { Subscriptions } from '../../src/routing/subscriptions.ts';
import { anyFilter, anyName, matchesNaively, request } from './builders.ts';

interface Entry {
  readonly who: number;
  readonly filter: string;
  readonly share: string | undefined;
  readonly qos: QoS;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly identifier: number;
}

const PEOPLE = 4;

const anyEntry: fc.Arbitrary<Entry> = fc.record({
  who: fc.nat(PEOPLE - 1),
  filter: anyFilter,
  share: fc.constantFrom(undefined, undefined, 'g', 'h'),
  qos: fc.constantFrom<QoS>(0, 1, 2),
  noLocal: fc.boolean(),
  retainAsPublished: fc.boolean(),
  identifier: fc.nat(3),
});

const anyStep = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('subscribe' as const), entry: anyEntry }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('unsubscribe' as const), entry: anyEntry, nth: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), entry: anyEntry }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('route' as const), name: anyName }) },
);

function requested({ share, filter }: Entry): string {
  return share === undefined ? filter : `$share/${share}/${filter}`;
}

function same(a: Entry, b: Entry): boolean {
  return a.who === b.who && requested(a) === requested(b);
}

function expected(entries: Entry[]) {
  if (entries.length === 0) return undefined;
  const identifiers = entries.map(({ identifier }) => identifier).filter((identifier) => identifier > 0);
  return {
    who: `c${entries[0]!.who}`,
    qos: Math.max(...entries.map(({ qos }) => qos)),
    retainAsPublished: entries.some((entry) => entry.retainAsPublished),
    noLocal: entries.some((entry) => entry.noLocal),
    identifiers: identifiers.sort(),
  };
}

function actual(route: Route<object> | undefined) {
  if (route === undefined) return undefined;
  const { subscriber, qos, retainAsPublished, noLocal, subscriptionIdentifiers = [] } = route;
  return { who: subscriber.id, qos, retainAsPublished, noLocal, identifiers: [...subscriptionIdentifiers].sort() };
}

describe('Subscriptions and a naive model', () => {
  it('agree about everything, with topics resolved before and between changes', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
        const subscriptions = new Subscriptions<object>();
        const people = Array.from({ length: PEOPLE }, (_, index) => new Subscriber<object>(`c${index}`, {}));
        const names = new TopicNames();
        const seen = new Set(['a', 'a/b', '/', '$a/b', 'ä/😀/a']);
        let model: Entry[] = [];
        for (const step of steps) {
          if (step.kind === 'route') {
            seen.add(step.name);
            check(subscriptions, model, names, step.name);
            continue;
          }
          const entry = step.kind === 'unsubscribe' ? (model[step.nth] ?? step.entry) : step.entry;
          const subscriber = people[entry.who]!;
          const known = model.some((one) => same(one, entry));
          const others = model.filter((one) => !same(one, entry));
          if (step.kind === 'leave') {
            subscriptions.unsubscribeAll(subscriber);
            model = model.filter(({ who }) => who !== entry.who);
          } else if (step.kind === 'unsubscribe') {
            expect(subscriptions.unsubscribe(subscriber, requested(entry))).toBe(known);
            model = others;
          } else {
            const outcome = subscriptions.subscribe(
              subscriber,
              request(requested(entry), options(entry)),
              entry.identifier,
            );
            expect(outcome).toBe(known ? 'replaced' : 'new');
            model = [...others, entry];
          }
          expect(subscriptions.size).toBe(model.length);
        }
        for (const name of seen) check(subscriptions, model, names, name);
      }),
      { numRuns: 400 },
    );
  });
});

function options({ qos, noLocal, retainAsPublished }: Entry) {
  return { qos, noLocal, retainAsPublished };
}

function check(subscriptions: Subscriptions<object>, model: Entry[], names: TopicNames, name: string): void {
  const { direct, shared } = subscriptions.routes(names.internString(name));
  const matching = model.filter(({ filter }) => matchesNaively(filter, name));
  for (let who = 0; who < PEOPLE; who++) {
    const own = matching.filter((entry) => entry.share === undefined && entry.who === who);
    const routes = direct.filter((route) => route.subscriber.id === `c${who}`);
    expect(routes.length).toBe(own.length === 0 ? 0 : 1);
    expect(actual(routes[0])).toEqual(expected(own));
    const mixed = own.some((entry) => entry.noLocal) ? own.filter((entry) => !entry.noLocal) : [];
    expect(actual(routes[0]?.toSelf)).toEqual(expected(mixed));
  }
  const groups = new Map<string, number>();
  for (const { share, filter } of matching) {
    if (share !== undefined) groups.set(`${share} ${filter}`, (groups.get(`${share} ${filter}`) ?? 0) + 1);
  }
  expect(shared.length).toBe(groups.size);
  for (const group of shared) expect(group.size).toBe(groups.get(`${group.shareName} ${group.topicFilter}`));
}
