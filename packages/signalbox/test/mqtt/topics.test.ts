import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hasWildcards,
  isTopicFilter,
  isTopicName,
  MAXIMUM_TOPIC_LENGTH,
  matches,
  parseShare,
  splitLevels,
  validateTopicFilter,
  validateTopicName,
} from '../../src/mqtt/topics.ts';

const LONGEST = 'a'.repeat(MAXIMUM_TOPIC_LENGTH);

describe('Topic Names', () => {
  it('[MQTT-4.7.3-1] [MQTT-4.7.3-1@3.1.1] have at least one character', () => {
    expect(validateTopicName('')).toBe('it is empty');
    expect(isTopicName('')).toBe(false);
    expect(isTopicName('a')).toBe(true);
    expect(isTopicName('/')).toBe(true);
    expect(isTopicName(' ')).toBe(true);
  });

  it('[MQTT-4.7.0-1] [MQTT-4.7.1-1@3.1.1] have no wildcards', () => {
    for (const name of ['+', '#', 'a/+', 'a/#', 'a+', 'a#b']) expect(validateTopicName(name)).toContain('+ or #');
  });

  it('[MQTT-4.7.3-2] [MQTT-4.7.3-2@3.1.1] have no U+0000', () => {
    expect(validateTopicName('a\0b')).toBe('it contains U+0000');
  });

  it('[MQTT-4.7.3-3] [MQTT-4.7.3-3@3.1.1] have at most 65,535 bytes in UTF-8, not characters', () => {
    expect(isTopicName(LONGEST)).toBe(true);
    expect(isTopicName(`${LONGEST}a`)).toBe(false);
    expect(isTopicName('€'.repeat(21_845))).toBe(true);
    expect(validateTopicName('€'.repeat(21_846))).toBe('it is longer than 65,535 bytes');
  });

  it('[MQTT-1.5.4-1] [MQTT-1.5.3-1@3.1.1] have no lone surrogates', () => {
    expect(validateTopicName('a\ud800')).toBe('it contains a lone surrogate');
    expect(isTopicName('a😀')).toBe(true);
  });

  it('may be anything else: spaces, $, a leading multi-byte character, 128 levels', () => {
    for (const name of ['$SYS/a', 'a b', 'öl/stand', '/', '//', 'a//b', '\ufeffa', '$share/a/b', 'a/'.repeat(128)]) {
      expect(isTopicName(name)).toBe(true);
    }
  });
});

describe('Topic Filters', () => {
  it('[MQTT-4.7.3-1] [MQTT-4.7.3-2] [MQTT-4.7.3-3] [MQTT-4.7.3-1@3.1.1] obey the rules of Topic Names but for wildcards', () => {
    expect(validateTopicFilter('')).toBe('it is empty');
    expect(validateTopicFilter('a\0')).toBe('it contains U+0000');
    expect(validateTopicFilter('a\udc00')).toBe('it contains a lone surrogate');
    expect(validateTopicFilter(`${LONGEST}/#`)).toBe('it is longer than 65,535 bytes');
    expect(isTopicFilter(LONGEST)).toBe(true);
  });

  it('[MQTT-4.7.1-1] [MQTT-4.7.1-2@3.1.1] # is the whole last level', () => {
    for (const filter of ['#', '/#', 'a/#', '+/#', 'a//#', '$SYS/#']) expect(isTopicFilter(filter)).toBe(true);
    for (const filter of ['a#', '#/', '#/a', 'a/#/b', '##', 'a/b#', 'a/#b', '+#']) {
      expect(validateTopicFilter(filter)).toContain('whole');
    }
  });

  it('[MQTT-4.7.1-2] [MQTT-4.7.1-3@3.1.1] + is a whole level, anywhere', () => {
    for (const filter of ['+', '+/', '/+', '+/+', 'a/+/b', 'a/+', '+/a']) expect(isTopicFilter(filter)).toBe(true);
    for (const filter of ['a+', '+a', 'a/+b', 'a/b+/c', '++', '+/a+']) {
      expect(validateTopicFilter(filter)).toBe('+ must be a whole level');
    }
  });

  it('[MQTT-4.8.2-1] a shared one has a ShareName', () => {
    expect(validateTopicFilter('$share//a')).toBe('the ShareName is empty');
    expect(validateTopicFilter('$share/')).toBe('no Topic Filter follows the ShareName');
    expect(isTopicFilter('$share/g/a')).toBe(true);
  });

  it('[MQTT-4.8.2-2] a ShareName has no wildcards and is followed by a Topic Filter', () => {
    expect(validateTopicFilter('$share/g')).toBe('no Topic Filter follows the ShareName');
    expect(validateTopicFilter('$share/g/')).toBe('no Topic Filter follows the ShareName');
    expect(validateTopicFilter('$share/+/a')).toBe('a ShareName must not contain + or #');
    expect(validateTopicFilter('$share/g#/a')).toBe('a ShareName must not contain + or #');
    expect(validateTopicFilter('$share/g/a#')).toContain('whole');
    for (const filter of ['$share/g/#', '$share/g/+/b', '$share/g//', '$share', '$shared/+']) {
      expect(isTopicFilter(filter)).toBe(true);
    }
  });

  it('hasWildcards sees + and # only', () => {
    expect(hasWildcards('a/b')).toBe(false);
    expect(hasWildcards('a/+')).toBe(true);
    expect(hasWildcards('#')).toBe(true);
  });

  it('splitLevels keeps empty levels', () => {
    expect(splitLevels('/a//b/')).toEqual(['', 'a', '', 'b', '']);
    expect(splitLevels('')).toEqual(['']);
  });

  it('parseShare gives both parts of a shared filter, and nothing for any other', () => {
    expect(parseShare('$share/group/a/+')).toEqual({ shareName: 'group', topicFilter: 'a/+' });
    expect(parseShare('$share/group//')).toEqual({ shareName: 'group', topicFilter: '/' });
    for (const filter of [
      'a/b',
      '$share',
      '$share/',
      '$share/g',
      '$share/g/',
      '$share//a',
      '$share/+/a',
      '$SHARE/g/a',
    ]) {
      expect(parseShare(filter)).toBeUndefined();
    }
  });
});

describe('matches', () => {
  it('compares level by level', () => {
    const table: [filter: string, name: string, matches: boolean][] = [
      ['a', 'a', true],
      ['a', 'b', false],
      ['a', 'ab', false],
      ['ab', 'a', false],
      ['a/b', 'a/b', true],
      ['a/b', 'a', false],
      ['a', 'a/b', false],
      ['a/', 'a', false],
      ['a', 'a/', false],
      ['a//b', 'a//b', true],
      ['a//b', 'a/b', false],
      ['+', 'a', true],
      ['+', '/a', false],
      ['/+', '/a', true],
      ['+/+', '/a', true],
      ['a/+', 'a', false],
      ['a/+', 'a/', true],
      ['a/+/c', 'a/b/c', true],
      ['a/+/c', 'a/b/d', false],
      ['+/a', 'b/c', false],
      ['#', 'a/b/c', true],
      ['#', '/', true],
      ['a/#', 'a', true],
      ['a/#', 'a/', true],
      ['a/#', 'a/b/c', true],
      ['a/#', 'ab', false],
      ['+/#', 'a', true],
      ['a/+/#', 'a', false],
      ['a/+/#', 'a/b', true],
      ['a/b', 'a/+', false],
    ];
    for (const [filter, name, expected] of table)
      expect([filter, name, matches(filter, name)]).toEqual([filter, name, expected]);
  });

  it('[MQTT-4.7.2-1] [MQTT-4.7.2-1@3.1.1] a leading wildcard does not match a leading $', () => {
    expect(matches('#', '$SYS/a')).toBe(false);
    expect(matches('+/a', '$SYS/a')).toBe(false);
    expect(matches('$SYS/#', '$SYS/a')).toBe(true);
    expect(matches('$SYS/+', '$SYS/a')).toBe(true);
    expect(matches('a/+', 'a/$b')).toBe(true);
    expect(matches('$share/g/#', '$SYS/a')).toBe(false);
  });

  it('[MQTT-4.7.3-4] [MQTT-4.7.3-4@3.1.1] nothing is normalised', () => {
    expect(matches('\u00e9', 'e\u0301')).toBe(false);
    expect(matches('A', 'a')).toBe(false);
    expect(matches('\ufeffa', 'a')).toBe(false);
    expect(matches('\ufeffa', '\ufeffa')).toBe(true);
  });

  it('of a shared subscription the filter behind the group counts', () => {
    expect(matches('$share/g/a/+', 'a/b')).toBe(true);
    expect(matches('$share/g/a', '$share/g/a')).toBe(false);
    expect(matches('$share', '$share')).toBe(true);
  });

  it('agrees with a naive matcher on any filter and name', () => {
    const level = fc.constantFrom('', 'a', 'b', 'ab', '$a', 'é');
    const name = fc.array(level, { minLength: 1, maxLength: 5 }).map((levels) => levels.join('/'));
    const filterLevel = fc.constantFrom('', 'a', 'b', 'ab', '$a', 'é', '+', '+');
    const filter = fc
      .tuple(fc.array(filterLevel, { minLength: 1, maxLength: 5 }), fc.boolean())
      .map(([levels, open]) => (open ? [...levels, '#'] : levels).join('/'));
    fc.assert(
      fc.property(filter, name, (topicFilter, topicName) => {
        fc.pre(topicFilter !== '' && topicName !== '');
        expect(isTopicFilter(topicFilter)).toBe(true);
        expect(matches(topicFilter, topicName)).toBe(matchesNaively(topicFilter.split('/'), topicName.split('/')));
      }),
      { numRuns: 5000 },
    );
  });
});

function matchesNaively(filter: string[], name: string[]): boolean {
  if (name[0]!.startsWith('$') && (filter[0] === '+' || filter[0] === '#')) return false;
  const isOpen = filter.at(-1) === '#';
  const levels = isOpen ? filter.slice(0, -1) : filter;
  if (isOpen ? name.length < levels.length : name.length !== levels.length) return false;
  return levels.every((level, index) => level === '+' || level === name[index]);
}
