import { describe, expect, it } from 'vitest';
import { TopicRewrite } from '../../src/routing/topic-rewrite.ts';

function rewritten(from: string, to: string, topics: string[]): (string | undefined)[] {
  const rule = new TopicRewrite(from, to);
  return topics.map((topic) => rule.apply(topic));
}

describe('a rule of topic rewriting', () => {
  it('puts what wildcards matched where it says', () => {
    expect(rewritten('a/+/b/+', 'x/$2/$1', ['a/1/b/2', 'a//b/', 'a/1/b', 'a/1/b/2/3', 'c/1/b/2'])).toEqual([
      'x/2/1',
      'x//',
      undefined,
      undefined,
      undefined,
    ]);
    expect(rewritten('a/b', 'c', ['a/b', 'a/b/c', 'a'])).toEqual(['c', undefined, undefined]);
    expect(rewritten('a/+', '$1$1/$1', ['a/x'])).toEqual(['xx/x']);
  });

  it('takes the rest with #, and no slash where there is none', () => {
    expect(rewritten('a/#', 'x/$1', ['a/b', 'a/b/c', 'a', 'a/'])).toEqual(['x/b', 'x/b/c', 'x', 'x/']);
    expect(rewritten('a/#', 'x/$1/y', ['a/b', 'a'])).toEqual(['x/b/y', 'x/y']);
    expect(rewritten('a/#', '$1', ['a/b', 'a'])).toEqual(['b', '']);
    expect(rewritten('#', 'all/$1', ['a/b', '$SYS/a'])).toEqual(['all/a/b', undefined]);
    expect(rewritten('+/a', 'all/$1', ['$SYS/a'])).toEqual([undefined]);
    expect(rewritten('$SYS/+', 'sys/$1', ['$SYS/a'])).toEqual(['sys/a']);
  });

  it('matches wildcards of a Topic Filter by the same wildcards only', () => {
    expect(rewritten('a/+/b', 'x/$1', ['a/+/b', '+/1/b', 'a/#'])).toEqual(['x/+', undefined, undefined]);
    expect(rewritten('a/#', 'x/$1', ['a/#', 'a/+/c', '#'])).toEqual(['x/#', 'x/+/c', undefined]);
    expect(rewritten('a/+', 'x/$1', ['a/#'])).toEqual([undefined]);
  });

  it('is refused when it makes no sense', () => {
    expect(() => new TopicRewrite('a/#/b', 'x')).toThrow(
      '“a/#/b” is no Topic Filter to rewrite: # must be the whole last level',
    );
    expect(() => new TopicRewrite('$share/g/a', 'x')).toThrow('it is a shared one');
    expect(() => new TopicRewrite('a/+', 'x/$2')).toThrow('“x/$2” uses $2, and “a/+” has 1 wildcards');
    expect(() => new TopicRewrite('a', 'x/$0')).toThrow(RangeError);
  });
});
