// The file of rules: what it may say, and what it says of mistakes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AccessError } from '../../src/access/access-error.ts';
import { type ProofOfUsers, parseAclFile } from '../../src/access/acl-file.ts';

const FILE = `
# who may do what
default deny
members operators alice "bob smith"

all
  allow subscribe announcements/#
user alice
  allow both home/#
  deny publish home/lock
group operators
  allow subscribe $SYS/#
client sensor-*
  allow publish sensors/%c/+
anonymous
  allow subscribe "public/ with a space"
`;

function problems(text: string, users?: ProofOfUsers): string[] {
  try {
    parseAclFile(text, 'rules', users);
  } catch (error) {
    if (error instanceof AccessError && error.code === 'FILE_INVALID') return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('the ACL file', () => {
  it('has sections with rules, groups, and a default', () => {
    const { fallback, members, sections } = parseAclFile(FILE, 'rules');
    expect(fallback).toBe('deny');
    expect([...members]).toEqual([['operators', new Set(['alice', 'bob smith'])]]);
    expect(sections.map(({ audience }) => audience.type)).toEqual(['all', 'user', 'group', 'client', 'anonymous']);
    expect(sections[1]!.rules).toEqual([
      { isAllowing: true, action: 'both', topicFilter: 'home/#' },
      { isAllowing: false, action: 'publish', topicFilter: 'home/lock' },
    ]);
    expect(sections[4]!.rules[0]!.topicFilter).toBe('public/ with a space');
  });

  it('denies what is not mentioned unless it says otherwise', () => {
    expect(parseAclFile('', 'rules').fallback).toBe('deny');
    expect(parseAclFile('default allow', 'rules').fallback).toBe('allow');
  });

  it.each([
    [
      'allow publish a',
      'rules:1: a rule belongs below a line that says for whom: all, anonymous, user, group or client',
    ],
    ['all\nallow write a', 'rules:2: behind allow there is publish, subscribe or both, then a Topic Filter'],
    ['all\nallow both', 'rules:2: behind allow both there is a Topic Filter'],
    ['all\nallow both a/#/b', 'rules:2: a/#/b is no Topic Filter: # must be the whole last level'],
    ['all\nallow both $share/g/a', 'rules:2: only subscriptions are shared: subscribe'],
    ['all\nallow subscribe $share/g/a/#/b', 'rules:2: a/#/b is no Topic Filter: # must be the whole last level'],
    ['all\nallow subscribe $share/g/%x', 'rules:2: there are %c, %u and %% (for %), not %x'],
    ...['$share/', '$share/g', '$share/g/', '$share//a', '$share/#/a', '$share/a+/b'].map((filter) => [
      `all\nallow subscribe ${filter}`,
      'rules:2: it is $share/GROUP/ and then a Topic Filter; + is any group, and # or a + beside others is none',
    ]),
    ['all\nallow both a/%x', 'rules:2: there are %c, %u and %% (for %), not %x'],
    ['all\nallow both "a', 'rules:2: what begins with a quotation mark is a string as in JSON'],
    ['user', 'rules:1: user needs a name'],
    ['members staff', 'rules:1: members needs a group and its users, with spaces between them'],
    ['all of them', 'rules:1: nothing follows all'],
    ['default maybe', 'rules:1: default is allow or deny'],
    ['default deny\ndefault allow', 'rules:2: default is said twice'],
    [
      'topic read a',
      "rules:1: topic is Mosquitto's word: here it is allow or deny, then publish, subscribe or both, then the filter",
    ],
    [
      'permit all',
      'rules:1: a line begins with allow, deny, all, anonymous, user, group, client, members or default, not permit',
    ],
  ])('%j: %s', (text, problem) => {
    expect(problems(text)).toEqual([problem]);
  });

  it('tells all mistakes at once, and not without end', () => {
    expect(problems('x\n\ny')).toHaveLength(2);
    expect(problems('x\n'.repeat(100))).toHaveLength(21);
  });

  it('any text is a file, or has mistakes with their lines; nothing else is thrown', () => {
    const word = fc.constantFrom(
      'allow',
      'deny',
      'user',
      'all',
      'members',
      'publish',
      'both',
      '"',
      '\\',
      '%',
      '#',
      ' ',
      '\n',
      'a/+',
      '\u0000',
      '\ud800',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string()), { maxLength: 40 }), (words) => {
        for (const line of problems(words.join(' '))) expect(line).toMatch(/^rules:\d+: |^… and \d+ more$/);
      }),
      { numRuns: 1_000 },
    );
  });

  it('where nobody proves who users are, has no rules that hold only for whoever proved it', () => {
    const lines = problems(FILE, 'unproved').map((line) =>
      line.replace(/^(rules:\d+: nothing proves who a user is), .*/, '$1'),
    );
    expect(lines).toEqual(['rules:8: nothing proves who a user is', 'rules:11: nothing proves who a user is']);
    expect(problems('all\nallow both %u/#', 'unproved')).toEqual([expect.stringMatching(/^rules:2: .* %u would be/)]);
    expect(problems('all\nallow subscribe $share/%u/x', 'unproved')).toHaveLength(1);
    expect(problems('anonymous\ndeny both x', 'unproved')).toEqual([expect.stringMatching(/say it below all$/)]);
    const open = 'members g alice\nanonymous\nallow both x\nall\ndeny both %c\nclient x\nallow both 100%%u';
    expect(problems(open, 'unproved')).toEqual([]);
  });
});
