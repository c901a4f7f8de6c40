import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Deadlines } from '../../src/routing/deadlines.ts';

interface Named {
  readonly name: string;
}

describe('Deadlines', () => {
  it('never when empty', () => {
    const deadlines = new Deadlines<Named>();
    expect(deadlines.deadline).toBe(Infinity);
    expect(deadlines.takeDue(Infinity)).toBeUndefined();
    expect(deadlines.takeAllDue(Infinity)).toEqual([]);
    expect(deadlines.delete('a')).toBeUndefined();
    expect(deadlines.size).toBe(0);
  });

  it('gives what is due, earliest first, and at the very millisecond', () => {
    const deadlines = new Deadlines<Named>();
    for (const [name, at] of [
      ['c', 30],
      ['a', 10],
      ['b', 20],
    ] as const)
      deadlines.set(name, at, { name });
    expect(deadlines.deadline).toBe(10);
    expect(deadlines.takeDue(9)).toBeUndefined();
    expect(deadlines.takeDue(10)).toEqual({ name: 'a' });
    expect(deadlines.deadline).toBe(20);
    expect(deadlines.takeAllDue(30)).toEqual([{ name: 'b' }, { name: 'c' }]);
    expect(deadlines.deadline).toBe(Infinity);
  });

  it('keeps the order of setting among equal times', () => {
    const deadlines = new Deadlines<Named>();
    const names = Array.from({ length: 20 }, (_, index) => `n${index}`);
    for (const name of names) deadlines.set(name, 5, { name });
    expect(deadlines.takeAllDue(5).map(({ name }) => name)).toEqual(names);
  });

  it('replaces the time and value of a key', () => {
    const deadlines = new Deadlines<Named>();
    deadlines.set('a', 10, { name: 'first' });
    deadlines.set('a', 20, { name: 'second' });
    expect(deadlines.size).toBe(1);
    expect(deadlines.takeDue(15)).toBeUndefined();
    expect(deadlines.delete('a')).toEqual({ name: 'second' });
    expect(deadlines.size).toBe(0);
  });

  it('stays in order when the entry that fills a gap belongs higher up', () => {
    const deadlines = new Deadlines<Named>();
    const times = [1, 100, 2, 110, 120, 200, 4, 130, 140, 150, 160, 210, 220, 230, 8];
    for (const at of times) deadlines.set(`at ${at}`, at, { name: `${at}` });
    deadlines.delete('at 130');
    const expected = times.filter((at) => at !== 130).sort((a, b) => a - b);
    expect(deadlines.takeAllDue(1000).map(({ name }) => Number(name))).toEqual(expected);
  });

  it('agrees with a sorted list, whatever is set, deleted and taken', () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('set' as const), key: fc.nat(15), at: fc.nat(30) }) },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constant('delete' as const), key: fc.nat(15), at: fc.constant(0) }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('take' as const), key: fc.constant(0), at: fc.nat(30) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        const deadlines = new Deadlines<Named>();
        let model: { key: string; at: number; value: Named }[] = [];
        for (const [index, { kind, key: number, at }] of steps.entries()) {
          const key = `k${number}`;
          const value = { name: `v${index}` };
          const known = model.find((entry) => entry.key === key);
          if (kind === 'take') {
            const sorted = [...model].sort((a, b) => a.at - b.at); // stable
            const due = sorted.filter((entry) => entry.at <= at);
            expect(deadlines.takeAllDue(at)).toEqual(due.map((entry) => entry.value));
            model = model.filter((entry) => entry.at > at);
            continue;
          }
          model = model.filter((entry) => entry.key !== key);
          if (kind === 'delete') {
            expect(deadlines.delete(key)).toBe(known?.value);
          } else {
            deadlines.set(key, at, value);
            model.push({ key, at, value });
          }
          expect(deadlines.size).toBe(model.length);
          expect(deadlines.deadline).toBe(Math.min(Infinity, ...model.map((entry) => entry.at)));
        }
      }),
      { numRuns: 500 },
    );
  });
});
