// The timing wheel: one timer for many deadlines, on time to a tick, and cheap to move.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type TimedEntry, TimingWheel } from '../../src/broker/timing-wheel.ts';

const TICK = TimingWheel.tickMs;

class Entry implements TimedEntry {
  wheelTime = 0;
  wheelIndex = 0;
  deadline: number;
  readonly firedAt: number[] = [];
  /** What the deadline becomes when it has come. */
  next = Number.POSITIVE_INFINITY;

  constructor(deadline: number) {
    this.deadline = deadline;
  }

  onDeadline(now: number): void {
    this.firedAt.push(now);
    this.deadline = this.next;
  }
}

function run(wheel: TimingWheel, from: number, to: number): void {
  for (let now = from + TICK; now <= to; now += TICK) wheel.advance(now);
}

describe('TimingWheel', () => {
  it('calls never early and at most a tick late, near and far beyond its turn', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 300_000 }), { maxLength: 50 }), (deadlines) => {
        const wheel = new TimingWheel(0);
        const entries = deadlines.map((deadline) => new Entry(deadline));
        for (const entry of entries) wheel.schedule(entry);
        run(wheel, 0, 301_000);
        for (const [i, { firedAt }] of entries.entries()) {
          expect(firedAt).toHaveLength(1);
          expect(firedAt[0]).toBeGreaterThanOrEqual(deadlines[i]!);
          expect(firedAt[0]).toBeLessThan(deadlines[i]! + TICK + 1);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('notices a deadline that moved on without being told', () => {
    const wheel = new TimingWheel(0);
    const entry = new Entry(1000);
    wheel.schedule(entry);
    run(wheel, 0, 750);
    entry.deadline = 5000;
    run(wheel, 750, 4750);
    expect(entry.firedAt).toEqual([]);
    run(wheel, 4750, 6000);
    expect(entry.firedAt).toEqual([5000]);
  });

  it('takes an earlier deadline when it is scheduled again, and calls once', () => {
    const wheel = new TimingWheel(0);
    const entry = new Entry(10_000);
    wheel.schedule(entry);
    entry.deadline = 1000;
    wheel.schedule(entry);
    wheel.schedule(entry);
    run(wheel, 0, 20_000);
    expect(entry.firedAt).toEqual([1000]);
  });

  it('goes on with the next deadline of an entry', () => {
    const wheel = new TimingWheel(0);
    const entry = new Entry(1000);
    entry.next = 2000;
    wheel.schedule(entry);
    run(wheel, 0, 1750);
    entry.next = 100_000;
    run(wheel, 1750, 99_750);
    expect(entry.firedAt).toEqual([1000, 2000]);
    entry.next = Number.POSITIVE_INFINITY;
    run(wheel, 99_750, 200_000);
    expect(entry.firedAt).toEqual([1000, 2000, 100_000]);
  });

  it('forgets what is cancelled, and what never has a deadline', () => {
    const wheel = new TimingWheel(0);
    const [cancelled, never] = [new Entry(1000), new Entry(Number.POSITIVE_INFINITY)];
    wheel.schedule(cancelled);
    wheel.schedule(never);
    wheel.cancel(cancelled);
    run(wheel, 0, 100_000);
    expect([...cancelled.firedAt, ...never.firedAt]).toEqual([]);
    expect(never.wheelTime).toBe(0);
  });

  it('a cancelled entry may come back', () => {
    const wheel = new TimingWheel(0);
    const entry = new Entry(1000);
    wheel.schedule(entry);
    wheel.cancel(entry);
    entry.deadline = 2000;
    wheel.schedule(entry);
    run(wheel, 0, 5000);
    expect(entry.firedAt).toEqual([2000]);
  });

  it('a deadline in the past comes with the next tick', () => {
    const wheel = new TimingWheel(1_000_000);
    const entry = new Entry(5);
    wheel.schedule(entry);
    wheel.advance(1_000_000 + TICK);
    expect(entry.firedAt).toEqual([1_000_000 + TICK]);
  });

  it('after a night of suspension everything that is due is called once, and nothing else', () => {
    const wheel = new TimingWheel(0);
    const night = 8 * 3600 * 1000;
    const due = Array.from({ length: 1000 }, (_, i) => new Entry(1 + i * 100));
    const later = new Entry(night + 10_000);
    for (const entry of [...due, later]) wheel.schedule(entry);
    wheel.advance(night); // what was said meanwhile is still to be read
    for (const { firedAt } of due) expect(firedAt).toEqual([]);
    const morning = night + TimingWheel.tickMs;
    wheel.advance(morning);
    for (const { firedAt } of due) expect(firedAt).toEqual([morning]);
    expect(later.firedAt).toEqual([]);
    run(wheel, night, night + 11_000);
    expect(later.firedAt).toEqual([night + 10_000]);
  });

  it('a clock that stands still changes nothing', () => {
    const wheel = new TimingWheel(1000);
    const entry = new Entry(1250);
    wheel.schedule(entry);
    for (let i = 0; i < 10; i++) wheel.advance(1000);
    expect(entry.firedAt).toEqual([]);
    wheel.advance(1250);
    expect(entry.firedAt).toEqual([1250]);
  });
});
