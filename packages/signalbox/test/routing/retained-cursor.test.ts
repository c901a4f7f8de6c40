// Looking up retained messages in slices, while the collection changes between them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/routing/message.ts';
import type { RetainedCursor } from '../../src/routing/retained-cursor.ts';
import { RetainedMessages } from '../../src/routing/retained-messages.ts';
import { anyFilter, anyName, matchesNaively, message } from './builders.ts';

function retainedOf(names: Iterable<string>): RetainedMessages {
  const retained = new RetainedMessages({ count: 1_000_000, bytes: 1_000_000_000 });
  for (const name of names) retained.set(message(name));
  return retained;
}

function take(cursor: RetainedCursor<Message>, steps: number, most = Infinity): string[] {
  const found: string[] = [];
  cursor.advance(0, steps, ({ topic }) => {
    found.push(topic.name);
    return found.length < most;
  });
  return found;
}

describe('a look-up in slices', () => {
  it('looks at so many nodes in each, and finds each message once', () => {
    const names = Array.from({ length: 30_000 }, (_, index) => `site/${index % 100}/device/${index}`);
    const cursor = retainedOf(names).lookUp('#');
    const found = new Set<string>();
    let slices = 0;
    let steps = 0;
    while (!cursor.isDone) {
      let inSlice = 0;
      const looked = cursor.advance(0, 500, ({ topic }) => {
        inSlice++;
        expect(found.has(topic.name)).toBe(false);
        found.add(topic.name);
        return true;
      });
      expect(looked).toBeLessThanOrEqual(500);
      expect(inSlice).toBeLessThanOrEqual(looked);
      slices++;
      steps += looked;
    }
    expect(found.size).toBe(30_000);
    expect(steps).toBe(1 + 1 + 100 + 100 + 30_000); // the root, site, its numbers, device below each, and the messages
    expect(slices).toBeGreaterThanOrEqual(steps / 500);
  });

  it('costs the same for a filter that finds nothing', () => {
    const cursor = retainedOf(Array.from({ length: 10_000 }, (_, index) => `a/${index}/b`)).lookUp('+/+/c');
    expect(take(cursor, 1000)).toEqual([]);
    expect(cursor.isDone).toBe(false);
    expect(take(cursor, 100_000)).toEqual([]);
    expect(cursor.isDone).toBe(true);
    expect(cursor.advance(0, 10, () => true)).toBe(0);
  });

  it('goes on behind the message with which the visitor had enough', () => {
    const cursor = retainedOf(['a/1', 'a/2', 'a/3']).lookUp('a/+');
    const found = [...take(cursor, 100, 2), ...take(cursor, 100, 2)];
    expect(found).toEqual(['a/1', 'a/2', 'a/3']);
    expect(cursor.isDone).toBe(true);
  });

  it('[MQTT-4.7.2-1] [MQTT-4.7.2-1@3.1.1] passes over $ in the first level, also where it is the only one', () => {
    expect(take(retainedOf(['$SYS/a', 'x', '$y']).lookUp('#'), 100)).toEqual(['x']);
    expect(take(retainedOf(['$SYS/a']).lookUp('#'), 100)).toEqual([]);
    expect(take(retainedOf(['$SYS/a']).lookUp('$SYS/#'), 100)).toEqual(['$SYS/a']);
  });

  it('finds what was there all the time, whatever comes and goes between its steps', () => {
    const change = fc.record({ name: anyName, kind: fc.constantFrom('set', 'delete') });
    fc.assert(
      fc.property(
        fc.array(anyName, { maxLength: 30 }),
        anyFilter,
        fc.array(change, { maxLength: 40 }),
        (names, filter, changes) => {
          const retained = retainedOf(names);
          const stayed = new Set(names);
          const everThere = new Set(names);
          const cursor = retained.lookUp(filter);
          const found: string[] = [];
          for (const { name, kind } of changes) {
            found.push(...take(cursor, 1));
            if (kind === 'set') {
              retained.set(message(name));
              everThere.add(name);
            } else {
              retained.delete(name);
              stayed.delete(name);
            }
          }
          found.push(...take(cursor, Infinity));
          expect(cursor.isDone).toBe(true);
          for (const name of stayed) {
            const times = found.filter((one) => one === name).length;
            expect([name, times]).toEqual([name, matchesNaively(filter, name) ? 1 : 0]);
          }
          for (const name of found) expect(everThere.has(name) && matchesNaively(filter, name)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});
