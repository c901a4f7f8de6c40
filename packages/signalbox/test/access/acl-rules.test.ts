// Rules against a naive matcher: the first that matches decides, and a filter is allowed when every topic of it is.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Rule, RuleList } from '../../src/access/acl-rules.ts';
import { ANY, intersect, type Level, matchesLevels, parseLevels, REST } from '../../src/access/filter-levels.ts';
import { matches } from '../../src/mqtt/topics.ts';

/** Every topic over three names, one of them of no rule, up to four levels. */
const NAMES = ['a', 'b', '', '$s', 'other'];
const TOPICS: string[] = [];
for (let level = 1, last = ['']; level <= 4; level++) {
  last = last.flatMap((prefix) => NAMES.map((name) => (level === 1 ? name : `${prefix}/${name}`)));
  TOPICS.push(...last.filter((topic) => topic !== ''));
}

const level = fc.constantFrom('a', 'b', '', '$s', '+');
const filter = fc
  .tuple(fc.array(level, { minLength: 1, maxLength: 3 }), fc.boolean(), fc.boolean())
  .map(([levels, isOpen, isAll]) => (isAll ? '#' : levels.join('/') + (isOpen ? '/#' : '')))
  .filter((text) => text !== '');
const rule = fc.record({ isAllowing: fc.boolean(), filter });

const toRule = ({ isAllowing, filter: text }: { isAllowing: boolean; filter: string }): Rule => {
  return { isAllowing, action: 'both', levels: parseLevels(text) };
};
const textOf = (levels: readonly Level[]) =>
  levels.map((each) => (each === ANY ? '+' : each === REST ? '#' : String(each))).join('/');

describe('matchesLevels', () => {
  it('is what matches() says, for every topic', () => {
    fc.assert(
      fc.property(filter, (text) => {
        const levels = parseLevels(text);
        const wrong = TOPICS.filter((topic) => matchesLevels(levels, topic.split('/')) !== matches(text, topic));
        expect(wrong).toEqual([]);
      }),
    );
  });
});

describe('intersect', () => {
  it('matches what both match, and nothing else', () => {
    fc.assert(
      fc.property(filter, filter, (one, other) => {
        const levels = intersect(parseLevels(one), parseLevels(other));
        const common = levels === undefined || levels.length === 0 ? undefined : textOf(levels);
        const wrong = TOPICS.filter((topic) => {
          const both = matches(one, topic) && matches(other, topic);
          return both !== (common !== undefined && matches(common, topic));
        });
        expect(wrong).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a list of rules', () => {
  const naive = (rules: readonly { isAllowing: boolean; filter: string }[], topic: string) => {
    const found = rules.find((each) => matches(each.filter, topic));
    return found === undefined ? 'undecided' : found.isAllowing ? 'allow' : 'deny';
  };

  it('of a Topic Name says what its first rule that matches says', () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 6 }), (rules) => {
        const list = new RuleList(rules.map(toRule));
        const wrong = TOPICS.filter((topic) => list.ofTopic('publish', topic) !== naive(rules, topic));
        expect(wrong).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('of a Topic Filter: allow exactly when all topics it matches are allowed, deny when any is denied', () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 6 }), filter, (rules, asked) => {
        const list = new RuleList(rules.map(toRule));
        const answers = new Set(TOPICS.filter((topic) => matches(asked, topic)).map((topic) => naive(rules, topic)));
        const expected = answers.has('deny') ? 'deny' : answers.has('undecided') ? 'undecided' : 'allow';
        expect(list.ofFilter('subscribe', asked)).toBe(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each<[string, [boolean, string][], string]>([
    ['home/#', [[true, 'home/#']], 'allow'],
    ['home/+', [[true, 'home/#']], 'allow'],
    ['#', [[true, 'home/#']], 'undecided'],
    [
      'home/#',
      [
        [false, 'home/lock'],
        [true, 'home/#'],
      ],
      'deny',
    ],
    [
      'home/lamp',
      [
        [false, 'home/lock'],
        [true, 'home/#'],
      ],
      'allow',
    ],
    [
      'home/#',
      [
        [true, 'home/#'],
        [false, 'home/lock'],
      ],
      'allow',
    ],
    [
      'home/+',
      [
        [true, 'home/lamp'],
        [false, 'home/+'],
      ],
      'deny',
    ],
    [
      'x/#',
      [
        [true, 'x'],
        [true, 'x/+/#'],
      ],
      'allow',
    ],
    ['x/#', [[true, 'x/+/#']], 'undecided'],
    [
      '#',
      [
        [false, '$SYS/#'],
        [true, '#'],
      ],
      'allow',
    ],
    ['$SYS/#', [[true, '#']], 'undecided'],
  ])('%s with %j: %s', (asked, rules, expected) => {
    const list = new RuleList(rules.map(([isAllowing, text]) => toRule({ isAllowing, filter: text })));
    expect(list.ofFilter('subscribe', asked)).toBe(expected);
  });

  it('a thousand rules answer a filter in no time', () => {
    const rules = Array.from({ length: 1_000 }, (_, i) => toRule({ isAllowing: i % 2 === 0, filter: `a/${i}/+/#` }));
    const list = new RuleList([...rules, toRule({ isAllowing: true, filter: '#' })]);
    const start = performance.now();
    expect(list.ofFilter('subscribe', 'a/998/x')).toBe('allow');
    expect(list.ofFilter('subscribe', 'b/#')).toBe('allow');
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});
