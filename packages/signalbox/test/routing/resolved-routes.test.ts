import { describe, expect, it } from 'vitest';
import { ResolvedRoutes, RouteBudget } from '../../src/routing/resolved-routes.ts';
import { RouteRecord } from '../../src/routing/routes.ts';
import { Subscriber } from '../../src/routing/subscriber.ts';

const route = new RouteRecord(new Subscriber('a', {}), false);

function resolved(count: number): ResolvedRoutes<object> {
  const routes = new ResolvedRoutes<object>(route, 1);
  routes.direct = new Array<RouteRecord<object>>(count).fill(route);
  routes.plan = 'derived';
  return routes;
}

describe('RouteBudget', () => {
  it('leaves small results alone', () => {
    const budget = new RouteBudget<object>(0);
    const all = Array.from({ length: 10 }, () => resolved(64));
    for (const routes of all) budget.admit(routes);
    expect(all.every((routes) => routes.holds && routes.direct.length === 64)).toBe(true);
  });

  it('forgets the oldest large results, never the newest', () => {
    const budget = new RouteBudget<object>(300);
    const [first, second, third, huge] = [resolved(100), resolved(150), resolved(100), resolved(1000)];
    budget.admit(first);
    budget.admit(second);
    expect(first.holds).toBe(true);
    budget.admit(third);
    expect([first.holds, second.holds, third.holds]).toEqual([false, true, true]);
    budget.admit(huge);
    expect([second.holds, third.holds, huge.holds]).toEqual([false, false, true]);
    expect(first).toMatchObject({ direct: [], shared: [], plan: undefined });
    expect(huge.direct).toHaveLength(1000);
  });

  it('gets back what a forgotten result took, once', () => {
    const budget = new RouteBudget<object>(300);
    const [first, second, third] = [resolved(200), resolved(100), resolved(200)];
    budget.admit(first);
    budget.admit(second);
    budget.forget(first);
    budget.forget(first);
    budget.admit(third);
    expect([first.holds, second.holds, third.holds]).toEqual([false, true, true]);
  });

  it('gets nothing back for a small result, which took nothing', () => {
    const budget = new RouteBudget<object>(300);
    const [first, second] = [resolved(200), resolved(200)];
    budget.admit(first);
    for (let count = 0; count < 5; count++) budget.forget(resolved(60));
    budget.admit(second);
    expect([first.holds, second.holds]).toEqual([false, true]);
  });
});
