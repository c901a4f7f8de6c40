import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/routing/message.ts';
import type { RetainedLimits } from '../../src/routing/retained-messages.ts';
import { RetainedMessages } from '../../src/routing/retained-messages.ts';
import { anyFilter, anyName, bytesOf, matchesNaively, message } from './builders.ts';

const NOTHING = new Uint8Array(0);

function retainedOf(names: string[], limits: Partial<RetainedLimits> = {}): RetainedMessages {
  const retained = new RetainedMessages({ count: 1000, bytes: 1_000_000, ...limits });
  for (const name of names) retained.set(message(name, { retain: true }));
  return retained;
}

function matching(retained: RetainedMessages, filter: string, now = 0): string[] {
  const found: Message[] = [];
  retained.match(filter, now, (one) => {
    found.push(one);
    return true;
  });
  return found.map(({ topic }) => topic.name).sort();
}

describe('RetainedMessages', () => {
  it('of one publisher are limited apart, however they come and go', () => {
    const retained = retainedOf([], { perPublisher: 2 });
    const by = (publisher: string, name: string, init: object = {}) => message(name, { publisher, ...init });
    expect([retained.set(by('p', 'a')), retained.set(by('p', 'b', { expiresAt: 5 }))]).toEqual(['stored', 'stored']);
    expect(retained.set(by('p', 'c'))).toBe('refused');
    expect(retained.set(by('p', 'a'))).toBe('replaced');
    for (const name of ['x', 'y', 'z']) expect(retained.set(by('', name))).toBe('stored');
    expect(retained.set(by('q', 'a'))).toBe('replaced'); // it is another's now
    expect(retained.set(by('p', 'c'))).toBe('stored');
    expect(retained.set(by('p', 'd'))).toBe('refused');
    retained.tick(5);
    expect(retained.set(by('p', 'd'))).toBe('stored');
    expect(retained.delete('c')).toBe(true);
    expect(retained.set(by('p', 'e'))).toBe('stored');
    expect(retained.set(by('p', 'f'))).toBe('refused');
  });

  it('counts what deep topics take beyond their bytes, until they are gone', () => {
    const usual = message('1/2/3/4/5/6/7/8');
    const deep = message('1/2/3/4/5/6/7/8/9/10');
    const retained = retainedOf([], { bytes: usual.size + deep.size + 200 });
    expect(retained.set(usual)).toBe('stored');
    expect(retained.bytes).toBe(usual.size);
    expect(retained.set(deep)).toBe('stored');
    expect(retained.bytes).toBe(usual.size + deep.size + 200);
    expect(retained.set(deep)).toBe('replaced');
    expect(retained.set(message('a'))).toBe('refused');
    expect(retained.delete(deep.topic.name)).toBe(true);
    expect(retained.bytes).toBe(usual.size);
  });

  it('[MQTT-3.3.1-5] [MQTT-3.3.1-5@3.1.1] [MQTT-3.3.1-7@3.1.1] keep the last message of a topic', () => {
    const retained = retainedOf([]);
    const first = message('a', { payload: bytesOf('first'), qos: 2 });
    const second = message('a', { payload: bytesOf('2nd'), qos: 0 });
    expect(retained.set(first)).toBe('stored');
    expect(retained.get('a', 0)).toBe(first);
    expect(retained.set(second)).toBe('replaced');
    expect(retained.get('a', 0)).toBe(second);
    expect([retained.count, retained.bytes]).toEqual([1, second.size]);
  });

  it('[MQTT-3.3.1-6] [MQTT-3.3.1-7] [MQTT-3.3.1-10@3.1.1] [MQTT-3.3.1-11@3.1.1] an empty payload clears and is not kept', () => {
    const retained = retainedOf(['a/b', 'a']);
    const empty = message('a/b', { payload: NOTHING });
    expect(retained.set(empty)).toBe('cleared');
    expect(retained.set(empty)).toBe('cleared');
    expect(retained.get('a/b', 0)).toBeUndefined();
    expect(matching(retained, '#')).toEqual(['a']);
    expect([retained.count, retained.bytes]).toEqual([1, message('a').size]);
  });

  it('find what a filter matches', () => {
    const retained = retainedOf(['a', 'a/b', 'a/b/c', 'a/x/c', 'a/', '/', 'b', 'a/b/c/d']);
    expect(matching(retained, 'a/b')).toEqual(['a/b']);
    expect(matching(retained, 'a/+')).toEqual(['a/', 'a/b']);
    expect(matching(retained, 'a/+/c')).toEqual(['a/b/c', 'a/x/c']);
    expect(matching(retained, 'a/#')).toEqual(['a', 'a/', 'a/b', 'a/b/c', 'a/b/c/d', 'a/x/c']);
    expect(matching(retained, '+')).toEqual(['a', 'b']);
    expect(matching(retained, '+/+')).toEqual(['/', 'a/', 'a/b']);
    expect(matching(retained, 'a/b/c/d/#')).toEqual(['a/b/c/d']);
    expect(matching(retained, 'c/#')).toEqual([]);
    expect(matching(retained, '#')).toHaveLength(8);
  });

  it('[MQTT-4.7.2-1] [MQTT-4.7.2-1@3.1.1] a wildcard in the first level finds nothing under $', () => {
    const only = retainedOf(['$SYS/a']);
    expect(matching(only, '#')).toEqual([]);
    expect(matching(only, '+/a')).toEqual([]);
    const retained = retainedOf(['$SYS/a', '$SYS', 'x/$SYS', 'x']);
    expect(matching(retained, '#')).toEqual(['x', 'x/$SYS']);
    expect(matching(retained, '+')).toEqual(['x']);
    expect(matching(retained, '+/+')).toEqual(['x/$SYS']);
    expect(matching(retained, '+/#')).toEqual(['x', 'x/$SYS']);
    expect(matching(retained, '$SYS/#')).toEqual(['$SYS', '$SYS/a']);
  });

  it('stop when the visitor has enough', () => {
    const retained = retainedOf(['a/1', 'a/2', 'a/3', 'a/4']);
    const seen: string[] = [];
    retained.match('a/+', 0, ({ topic }) => {
      seen.push(topic.name);
      return seen.length < 2;
    });
    expect(seen).toHaveLength(2);
  });

  it('are refused over the limit of number; replacing and clearing still work', () => {
    const retained = retainedOf(['a', 'b'], { count: 2 });
    expect(retained.set(message('c'))).toBe('refused');
    expect(retained.get('c', 0)).toBeUndefined();
    expect(retained.set(message('a', { qos: 1 }))).toBe('replaced');
    expect(retained.set(message('a', { payload: NOTHING }))).toBe('cleared');
    expect(retained.set(message('c'))).toBe('stored');
    expect(matching(retained, '#')).toEqual(['b', 'c']);
  });

  it('are refused over the limit of bytes; the one before stays', () => {
    const old = message('a', { payload: bytesOf('x'.repeat(9)) });
    const retained = new RetainedMessages({ count: 10, bytes: 20 });
    expect(retained.set(old)).toBe('stored');
    expect(retained.set(message('b', { payload: bytesOf('x'.repeat(10)) }))).toBe('refused');
    expect(retained.set(message('a', { payload: bytesOf('x'.repeat(20)) }))).toBe('refused');
    expect(retained.get('a', 0)).toBe(old);
    expect(retained.set(message('a', { payload: bytesOf('x'.repeat(19)) }))).toBe('replaced');
    expect(retained.bytes).toBe(20);
    expect(matching(retained, '#')).toEqual(['a']);
  });

  it('are removed as many at a time as is wanted, and the deadline says that there are more', () => {
    const retained = new RetainedMessages({ count: 10, bytes: 1_000 });
    for (const name of ['a', 'b', 'c']) retained.set(message(name, { expiresAt: 100 }));
    expect(retained.tick(100, 2)).toHaveLength(2);
    expect([retained.count, retained.deadline]).toEqual([1, 100]);
    expect(retained.tick(100, 2)).toHaveLength(1);
    expect([retained.count, retained.deadline]).toEqual([0, Infinity]);
  });

  it('[MQTT-3.3.2-5] are not found once expired, and then removed', () => {
    const retained = retainedOf(['a/forever']);
    const brief = message('a/brief', { expiresAt: 100 });
    retained.set(brief);
    expect(retained.deadline).toBe(100);
    expect(retained.get('a/brief', 99)).toBe(brief);
    expect(retained.get('a/brief', 100)).toBeUndefined();
    expect(matching(retained, 'a/+', 99)).toEqual(['a/brief', 'a/forever']);
    expect(matching(retained, 'a/+', 100)).toEqual(['a/forever']);
    expect(retained.tick(99)).toEqual([]);
    expect(retained.count).toBe(2);
    expect(retained.tick(100)).toEqual([brief]);
    expect([retained.count, retained.deadline]).toEqual([1, Infinity]);
  });

  it('follow the expiry of the message that replaces another', () => {
    const retained = retainedOf([]);
    retained.set(message('a', { expiresAt: 100 }));
    retained.set(message('a', { expiresAt: 200 }));
    expect(retained.deadline).toBe(200);
    retained.set(message('a'));
    expect(retained.deadline).toBe(Infinity);
    retained.set(message('a', { expiresAt: 50 }));
    retained.delete('a');
    expect(retained.deadline).toBe(Infinity);
    expect(retained.tick(1000)).toEqual([]);
  });

  it('say whether there was something to delete', () => {
    const retained = retainedOf(['a/b/c', 'a/b']);
    expect(retained.delete('a')).toBe(false);
    expect(retained.delete('a/b/x')).toBe(false);
    expect(retained.delete('a/b/c/d')).toBe(false);
    expect(retained.delete('a/b')).toBe(true);
    expect(retained.delete('a/b')).toBe(false);
    expect(matching(retained, '#')).toEqual(['a/b/c']);
    expect(retained.delete('a/b/c')).toBe(true);
    expect([retained.count, retained.bytes]).toEqual([0, 0]);
  });

  it('find what a naive matcher finds, whatever is set, cleared and expires', () => {
    const step = fc.record({
      name: anyName,
      kind: fc.constantFrom('set', 'set', 'set', 'clear', 'tick'),
      time: fc.constantFrom(5, 10, Infinity),
    });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 50 }),
        fc.array(anyFilter, { minLength: 1, maxLength: 10 }),
        (steps, filters) => {
          const retained = retainedOf([]);
          let model = new Map<string, Message>();
          for (const { name, kind, time } of steps) {
            if (kind === 'tick') {
              const now = Math.min(time, 20);
              retained.tick(now);
              model = new Map([...model].filter(([, one]) => one.expiresAt > now));
            } else if (kind === 'clear') {
              expect(retained.delete(name)).toBe(model.delete(name));
            } else {
              const one = message(name, { expiresAt: time });
              expect(retained.set(one)).toBe(model.has(name) ? 'replaced' : 'stored');
              model.set(name, one);
            }
            expect(retained.count).toBe(model.size);
          }
          expect(retained.bytes).toBe([...model.values()].reduce((sum, { size }) => sum + size, 0));
          for (const filter of filters) {
            const found = [...model].filter(([name, one]) => one.expiresAt > 7 && matchesNaively(filter, name));
            expect(matching(retained, filter, 7)).toEqual(found.map(([name]) => name).sort());
          }
          for (const name of model.keys()) retained.delete(name);
          expect([retained.count, retained.bytes, retained.deadline]).toEqual([0, 0, Infinity]);
          expect(matching(retained, '#')).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });
});
