import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TopicTree } from '../../src/routing/topic-tree.ts';
import { anyFilter, anyName, matchesNaively } from './builders.ts';

interface Value {
  readonly filter: string;
}

function treeOf(...filters: string[]): TopicTree<Value> {
  const tree = new TopicTree<Value>();
  for (const filter of filters) tree.set(filter, { filter });
  return tree;
}

function matching(tree: TopicTree<Value>, name: string): string[] {
  const found: Value[] = [];
  tree.match(name, found);
  return found.map(({ filter }) => filter).sort();
}

describe('TopicTree', () => {
  it('matches the examples of the standard', () => {
    const tree = treeOf(
      'sport/tennis/player1/#',
      'sport/#',
      '#',
      'sport/tennis/+',
      'sport/+',
      '+',
      '+/tennis/#',
      '+/+',
      '/+',
    );
    expect(matching(tree, 'sport/tennis/player1')).toEqual(
      ['#', '+/tennis/#', 'sport/#', 'sport/tennis/+', 'sport/tennis/player1/#'].sort(),
    );
    expect(matching(tree, 'sport/tennis/player1/score/wimbledon')).toEqual(
      ['#', '+/tennis/#', 'sport/#', 'sport/tennis/player1/#'].sort(),
    );
    expect(matching(tree, 'sport')).toEqual(['#', '+', 'sport/#']);
    expect(matching(tree, 'sport/')).toEqual(['#', '+/+', 'sport/#', 'sport/+'].sort());
    expect(matching(tree, '/finance')).toEqual(['#', '+/+', '/+'].sort());
  });

  it('[MQTT-4.7.2-1] [MQTT-4.7.2-1@3.1.1] a wildcard in the first level matches no name that starts with $', () => {
    const tree = treeOf('#', '+', '+/#', '+/monitor', '+/+', '$SYS/#', '$SYS/+', '$SYS/monitor');
    expect(matching(tree, '$SYS/monitor')).toEqual(['$SYS/#', '$SYS/+', '$SYS/monitor']);
    expect(matching(tree, '$SYS')).toEqual(['$SYS/#']);
    expect(matching(tree, '$')).toEqual([]);
    expect(matching(tree, 'a/$SYS')).toEqual(['#', '+/#', '+/+']);
  });

  it('[MQTT-4.7.3-4] [MQTT-4.7.3-4@3.1.1] compares character by character', () => {
    const tree = treeOf('ACCOUNTS', 'Accounts', '\u00e9/+', 'e\u0301/+', '\ufeffa/+', 'a/+', ' a/+');
    expect(matching(tree, 'Accounts')).toEqual(['Accounts']);
    expect(matching(tree, '\u00e9/x')).toEqual(['\u00e9/+']);
    expect(matching(tree, 'e\u0301/x')).toEqual(['e\u0301/+']);
    expect(matching(tree, '\ufeffa/x')).toEqual(['\ufeffa/+']);
    expect(matching(tree, 'a/x')).toEqual(['a/+']);
  });

  it('gets, replaces and deletes exactly one filter', () => {
    const filters = ['a/b', 'a/+', 'a/#', 'a/+/c', '+', '#', 'a/b/#', '+/b/#'];
    const tree = treeOf(...filters);
    expect(tree.size).toBe(8);
    for (const filter of filters) {
      expect(tree.get(filter)).toEqual({ filter });
      const other = { filter: `other ${filter}` };
      tree.set(filter, other);
      expect(tree.size).toBe(8);
      expect(tree.get(filter)).toBe(other);
    }
    for (const [index, filter] of filters.entries()) {
      expect(tree.delete(filter)).toBe(true);
      expect(tree.delete(filter)).toBe(false);
      expect(tree.get(filter)).toBeUndefined();
      expect(tree.size).toBe(7 - index);
    }
    expect(matching(tree, 'a/b')).toEqual([]);
  });

  it('says so when there is nothing to delete', () => {
    const tree = treeOf('a/+/c', 'x/+/#');
    for (const filter of ['a', 'a/+', 'a/+/#', 'a/+/c/#', 'a/b/+', 'x/+', 'x/#', '#', '+']) {
      expect(tree.delete(filter)).toBe(false);
      expect(tree.get(filter)).toBeUndefined();
    }
    expect(tree.size).toBe(2);
  });

  it('takes a value out of a branch that others use', () => {
    const tree = treeOf('a/+/c', 'a/+/d', 'a/+');
    tree.delete('a/+/c');
    expect(matching(tree, 'a/b/c')).toEqual([]);
    expect(matching(tree, 'a/b/d')).toEqual(['a/+/d']);
    tree.delete('a/+/d');
    expect(matching(tree, 'a/b')).toEqual(['a/+']);
  });

  it('finds what a naive matcher finds, for any filters and names', () => {
    fc.assert(
      fc.property(
        fc.array(anyFilter, { maxLength: 40 }),
        fc.array(anyName, { minLength: 1, maxLength: 10 }),
        (filters, names) => {
          const tree = treeOf(...filters);
          const unique = [...new Set(filters)];
          expect(tree.size).toBe(unique.length);
          for (const name of names) {
            expect(matching(tree, name)).toEqual(unique.filter((filter) => matchesNaively(filter, name)).sort());
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('stays right through any additions and removals, and is empty after the last', () => {
    const step = fc.tuple(fc.constantFrom('set', 'delete'), anyFilter);
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.array(anyName, { minLength: 1, maxLength: 5 }),
        (steps, names) => {
          const tree = new TopicTree<Value>();
          const model = new Set<string>();
          for (const [kind, filter] of steps) {
            if (kind === 'set') {
              tree.set(filter, { filter });
              model.add(filter);
            } else {
              expect(tree.delete(filter)).toBe(model.delete(filter));
            }
            expect(tree.size).toBe(model.size);
            expect(tree.get(filter) !== undefined).toBe(model.has(filter));
          }
          for (const name of names) {
            expect(matching(tree, name)).toEqual([...model].filter((filter) => matchesNaively(filter, name)).sort());
          }
          for (const filter of model) tree.delete(filter);
          expect(tree.size).toBe(0);
          for (const name of names) expect(matching(tree, name)).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('splits what filters have in common, and joins it again when they go', () => {
    const filters = [
      'a/b/+/d/e',
      'a/b/+/d/f',
      'a/b/#',
      'a/+/c',
      'a/b/+',
      'a/b/+/d/#',
      'a//+',
      'a/b/+/',
      '+',
      '+/',
      '+//x',
    ];
    const names = [
      'a/b/c/d/e',
      'a/b/c/d/f',
      'a/b',
      'a/b/c',
      'a/x/c',
      'a//c',
      'a/b/c/',
      'a',
      'a/',
      'a//x',
      'a/b/c/d',
      'a/b/c/de',
      'ab',
    ];
    for (let first = 0; first < filters.length; first++) {
      const order = [...filters.slice(first), ...filters.slice(0, first)];
      const tree = new TopicTree<Value>();
      const present = new Set<string>();
      const check = () => {
        for (const name of names) {
          expect(matching(tree, name)).toEqual([...present].filter((filter) => matchesNaively(filter, name)).sort());
        }
        for (const filter of filters) expect(tree.get(filter) !== undefined).toBe(present.has(filter));
      };
      for (const filter of order) {
        tree.set(filter, { filter });
        present.add(filter);
        check();
      }
      for (const filter of [...order].reverse()) {
        expect(tree.delete(filter)).toBe(true);
        expect(tree.delete(filter)).toBe(false);
        present.delete(filter);
        check();
      }
      expect(tree.size).toBe(0);
    }
  });
});
