import { describe, expect, it } from 'vitest';
import { ChangeLog } from '../../src/routing/change-log.ts';

function logOf(...filters: string[]): ChangeLog {
  const log = new ChangeLog();
  for (const filter of filters) log.record(filter);
  return log;
}

describe('ChangeLog', () => {
  it('counts changes', () => {
    const log = new ChangeLog();
    const { generation } = log;
    log.record('a');
    expect(log.generation).toBe(generation + 1);
  });

  it('tells whether a later change concerns a topic', () => {
    const log = logOf('a', 'b/+', 'c/#', '$share/x/+');
    const start = log.generation - 4;
    expect(log.hasChanged('a', start, 10)).toBe(true);
    expect(log.hasChanged('a', start + 1, 10)).toBe(true); // the filter that looks shared may match anything
    const plain = logOf('a', 'b/+', 'c/#');
    const since = plain.generation - 3;
    expect(plain.hasChanged('a', since, 10)).toBe(true);
    expect(plain.hasChanged('a', since + 1, 10)).toBe(false);
    expect(plain.hasChanged('b/1', since + 1, 10)).toBe(true);
    expect(plain.hasChanged('c', since, 10)).toBe(true);
    expect(plain.hasChanged('d', since, 10)).toBe(false);
    expect(plain.hasChanged('c', plain.generation, 10)).toBe(false);
  });

  it('does not look further than it has patience', () => {
    const log = logOf('x', 'x', 'x', 'x');
    expect(log.hasChanged('a', log.generation - 4, 4)).toBe(false);
    expect(log.hasChanged('a', log.generation - 4, 3)).toBe(true);
  });

  it('remembers 256 changes', () => {
    const log = new ChangeLog();
    const since = log.generation;
    log.record('a');
    for (let index = 1; index < 256; index++) log.record('x');
    expect(log.hasChanged('a', since, 1000)).toBe(true);
    expect(log.hasChanged('b', since, 1000)).toBe(false);
    log.record('x');
    expect(log.hasChanged('b', since, 1000)).toBe(true);
  });
});
