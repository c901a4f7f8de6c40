// What is said about the figures of several rounds.
import { describe, expect, it } from 'vitest';
import { median, medianRatio, ratioInterval } from '../statistics.ts';

describe('figures of several rounds', () => {
  it('compares round by round, and leaves out what was not measured', () => {
    expect(median([3, Number.NaN, 1, 2])).toBe(2);
    expect(medianRatio([2, 40, 6], [1, 10, 2])).toBe(3);
    expect(median([])).toBeNaN();
  });

  it('says how sure the median ratio is from five rounds on', () => {
    expect(ratioInterval([1, 2, 3, 4], [1, 1, 1, 1])).toBeUndefined();
    expect(ratioInterval([1, 2, 3, 4, Number.NaN], [1, 1, 1, 1, 1])).toBeUndefined();
    expect(ratioInterval([2, 4, 6, 8, 10], [1, 2, 3, 4, 5])).toEqual([2, 2]);
  });

  it('is an interval around the median that rounds make narrower, and the same each time', () => {
    const figures = (count: number) => Array.from({ length: count }, (_, round) => 90 + ((round * 8) % 21));
    const ones = (count: number) => new Array<number>(count).fill(100);
    const few = ratioInterval(figures(7), ones(7))!;
    const many = ratioInterval(figures(105), ones(105))!;
    for (const [low, high] of [few, many]) {
      expect(low).toBeLessThanOrEqual(1);
      expect(high).toBeGreaterThanOrEqual(1);
    }
    expect(many[1] - many[0]).toBeLessThan(few[1] - few[0]);
    expect(ratioInterval(figures(7), ones(7))).toEqual(few);
  });
});
