// What is remembered about resolved topics, and how much memory that may take: a thousand topics with ten thousand
// subscribers each would be ten million references, so large results are kept only within a budget.

import type { RouteRecord, Routes } from './routes.ts';
import type { SharedGroup } from './shared-group.ts';

/** Up to so many routes a topic is no burden: the table of Topic Names bounds their number. */
const SMALL = 64;

/** Lower than every generation. */
const FORGOTTEN = -1;

export class ResolvedRoutes<P> implements Routes<P> {
  readonly owner: object;
  generation: number;
  direct: readonly RouteRecord<P>[];
  shared: readonly SharedGroup<P>[];
  plan: unknown;

  constructor(owner: object, generation: number) {
    this.owner = owner;
    this.generation = generation;
    this.direct = [];
    this.shared = [];
    this.plan = undefined;
  }

  /** References held, to receivers and to shared groups: one client can be in a hundred thousand of those. */
  get cost(): number {
    return this.direct.length + this.shared.length;
  }

  /** Whether it was not forgotten. */
  get holds(): boolean {
    return this.generation !== FORGOTTEN;
  }
}

export class RouteBudget<P> {
  readonly #limit: number;
  #used = 0;
  /** Large results, oldest first. */
  readonly #large = new Set<ResolvedRoutes<P>>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Counts a new result; over the limit the oldest ones are forgotten, never the new one. */
  admit(routes: ResolvedRoutes<P>): void {
    const { cost } = routes;
    if (cost <= SMALL) return;
    this.#used += cost;
    this.#large.add(routes);
    for (const oldest of this.#large) {
      if (this.#used <= this.#limit || oldest === routes) return;
      this.forget(oldest);
    }
  }

  /** Lets go of a result, so that it keeps no subscriber alive. Its arrays stay whole for who is going through them. */
  forget(routes: ResolvedRoutes<P>): void {
    if (this.#large.delete(routes)) this.#used -= routes.cost;
    routes.generation = FORGOTTEN;
    routes.direct = [];
    routes.shared = [];
    routes.plan = undefined;
  }
}
