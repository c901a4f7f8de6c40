/**
 * Rules in the order of their file, for one client: the first that matches decides. A Topic Filter is allowed when all
 * topics that it can match are, and that is found out exactly. Pure; it must not know files or clients.
 */
import type { Action } from '../broker/hooks.ts';
import { intersect, type Level, matchesLevels, parseLevels, representatives } from './filter-levels.ts';

/** A rule for shared subscriptions of any group. */
export const ANY_SHARE = '+';

export interface Rule {
  readonly isAllowing: boolean;
  readonly action: Action | 'both';
  readonly levels: readonly Level[];
  /** Of shared subscriptions of this group alone, or of ANY_SHARE. Undefined: of all subscriptions. */
  readonly shareName?: string | undefined;
}

export type Decision = 'allow' | 'deny' | 'undecided';

export class RuleList {
  readonly #publish: readonly Rule[];
  readonly #subscribe: readonly Rule[];

  constructor(rules: readonly Rule[]) {
    this.#publish = rules.filter(({ action }) => action !== 'subscribe');
    this.#subscribe = rules.filter(({ action }) => action !== 'publish');
  }

  /** What the rules say of a Topic Name. */
  ofTopic(action: Action, topicName: string): Decision {
    const rule = firstMatch(this.#rules(action), topicName.split('/'));
    if (rule === undefined) return 'undecided';
    return rule.isAllowing ? 'allow' : 'deny';
  }

  /**
   * What the rules say of all that a Topic Filter matches: `deny` when they deny any of it, `allow` when they allow all,
   * and else `undecided`. `shareName`: of the group that asks for it.
   */
  ofFilter(action: Action, topicFilter: string, shareName?: string): Decision {
    const rules = this.#rules(action).filter((rule) => isForShare(rule, shareName));
    const filter = parseLevels(topicFilter);
    const depth = rules.reduce((most, { levels }) => Math.max(most, levels.length), 0);
    for (const [index, rule] of rules.entries()) {
      if (rule.isAllowing) continue;
      const common = intersect(filter, rule.levels);
      if (common === undefined) continue;
      // Denied, unless all of it was allowed, or denied, by earlier rules. What an earlier one denies was looked at then.
      const earlier = rules.slice(0, index);
      for (const topic of representatives(common, depth)) {
        if (firstMatch(earlier, topic) === undefined) return 'deny';
      }
    }
    for (const topic of representatives(filter, depth)) {
      if (firstMatch(rules, topic) === undefined) return 'undecided';
    }
    return 'allow';
  }

  #rules(action: Action): readonly Rule[] {
    return action === 'publish' ? this.#publish : this.#subscribe;
  }
}

function isForShare(rule: Rule, shareName: string | undefined): boolean {
  if (rule.shareName === undefined) return true;
  return shareName !== undefined && (rule.shareName === ANY_SHARE || rule.shareName === shareName);
}

function firstMatch(rules: readonly Rule[], topic: readonly string[]): Rule | undefined {
  return rules.find(({ levels }) => matchesLevels(levels, topic));
}
