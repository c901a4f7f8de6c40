// Rules of a file for clients: who is meant, what %c and %u become, and reading them again.
import { describe, expect, it } from 'vitest';
import { Acl } from '../../src/access/acl.ts';
import { clientInfo } from '../support/clients.ts';
import { textFile } from '../support/text-files.ts';

function rules(text: string) {
  const file = textFile(text);
  const acl = new Acl(file.path);
  const may = (client: object, action: 'publish' | 'subscribe', topic: string) =>
    acl.decide(clientInfo(client), action, topic);
  return { file, acl, may };
}

describe('the audience of a rule', () => {
  const FILE = [
    'members staff carol',
    'user alice\n allow both user',
    'group staff\n allow both group',
    'client dev-*-x\n allow both client',
    'anonymous\n allow both anonymous',
    'all\n allow both all',
  ].join('\n');

  it.each<[object, string, string]>([
    [{ username: 'alice' }, 'user', 'allow'],
    [{ username: 'bob' }, 'user', 'undecided'],
    [{}, 'user', 'undecided'],
    [{ username: 'carol' }, 'group', 'allow'],
    [{ username: 'bob', groups: ['staff'] }, 'group', 'allow'],
    [{ username: 'bob' }, 'group', 'undecided'],
    [{ clientId: 'dev-1-x' }, 'client', 'allow'],
    [{ clientId: 'dev-\n-x' }, 'client', 'allow'],
    [{ clientId: 'my-dev-1-x' }, 'client', 'undecided'],
    [{ clientId: 'dev-x' }, 'client', 'undecided'],
    [{ clientId: 'dev--x' }, 'client', 'allow'],
    [{}, 'anonymous', 'allow'],
    [{ username: 'bob' }, 'anonymous', 'undecided'],
    [{ username: 'bob' }, 'all', 'allow'],
  ])('%j may %s: %s', (client, topic, expected) => {
    expect(rules(FILE).may(client, 'publish', topic)).toBe(expected);
  });
});

describe('a pattern of client identifiers', () => {
  it('takes no longer for clients that choose theirs to make it slow', () => {
    const { may } = rules(`client ${'a*'.repeat(30)}b\nallow both x`);
    const start = performance.now();
    expect(may({ clientId: 'a'.repeat(60_000) }, 'publish', 'x')).toBe('undecided');
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

describe('%c and %u', () => {
  it('are the client and its user', () => {
    const { may } = rules('all\nallow publish d/%c/x\nallow subscribe u/%u/#\nallow publish 100%%/%u-%c');
    expect(may({ clientId: 'one' }, 'publish', 'd/one/x')).toBe('allow');
    expect(may({ clientId: 'one' }, 'publish', 'd/two/x')).toBe('undecided');
    expect(may({ username: 'alice' }, 'subscribe', 'u/alice/#')).toBe('allow');
    expect(may({ username: 'alice' }, 'subscribe', 'u/+/#')).toBe('undecided');
    expect(may({ username: 'alice', clientId: 'one' }, 'publish', '100%/alice-one')).toBe('allow');
  });

  it.each(['+', '#', 'a/b', 'a+', ''])('never widen what is allowed: client identifier %j', (clientId) => {
    const { may } = rules('all\nallow both d/%c/x\nallow both e/%c');
    for (const topic of ['d/other/x', 'e/other', 'e', `d/${clientId}/x`, 'd/a/b/x']) {
      expect(may({ clientId }, 'publish', topic)).toBe('undecided');
    }
    for (const filter of ['d/+/x', 'd/#', 'e/+', 'e/#', '#'])
      expect(may({ clientId }, 'subscribe', filter)).toBe('undecided');
  });

  it.each(['+', '#', 'a/b', ''])('never narrow what is denied: client identifier %j', (clientId) => {
    const { may } = rules('all\ndeny both d/%c/x\nallow both #');
    expect(may({ clientId }, 'publish', `d/${clientId}/x`)).toBe('deny');
    expect(may({ clientId }, 'publish', 'e')).toBe('allow');
  });

  it('do not lead to $SYS, and nowhere without a user name', () => {
    const { may } = rules('all\nallow both %c/#\nallow both u/%u');
    expect(may({ clientId: '$SYS' }, 'subscribe', '$SYS/#')).toBe('undecided');
    expect(may({}, 'publish', 'u/undefined')).toBe('undecided');
    expect(may({}, 'publish', 'u/')).toBe('undecided');
  });
});

describe('the file', () => {
  it('is read again by reload, for clients that were asked about before as well', () => {
    const { file, acl } = rules('all\nallow both a');
    const client = clientInfo();
    expect(acl.authorize(client, 'publish', 'a')).toBe(true);
    file.write('default allow\nall\ndeny both a');
    acl.reload();
    expect(acl.authorize(client, 'publish', 'a')).toBe(false);
    expect(acl.fallback).toBe('allow');
  });

  it('that has mistakes, or is gone, leaves the rules as they were', () => {
    const { file, acl } = rules('all\nallow both a');
    file.write('nonsense');
    expect(() => acl.reload()).toThrow(/:1: a line begins with/);
    expect(acl.authorize(clientInfo(), 'publish', 'a')).toBe(true);
    expect(() => new Acl('/nowhere/at/all')).toThrow(/ENOENT/);
  });

  it('is refused, at a reload as well, when it has rules for users and nobody proves who they are', () => {
    const file = textFile('user alice\nallow both a');
    expect(() => new Acl(file.path, { users: 'unproved' })).toThrow(/:1: nothing proves who a user is/);
    file.write('all\nallow both a');
    const acl = new Acl(file.path, { users: 'unproved' });
    file.write('group g\nallow both a');
    expect(() => acl.reload()).toThrow(/:1: nothing proves who a user is/);
    expect(acl.authorize(clientInfo(), 'publish', 'a')).toBe(true);
  });

  it('that is no UTF-8 is refused', () => {
    const file = textFile('');
    file.write(Buffer.from([0xff, 0xfe]) as unknown as string);
    expect(() => new Acl(file.path)).toThrow(/not UTF-8/);
  });
});

describe('groups of shared subscriptions', () => {
  const may = (acl: Acl, topic: string, shareName?: string, client: object = {}) =>
    acl.decide(clientInfo(client), 'subscribe', topic, { shareName });

  it('are told apart by rules that name them; others are for all subscriptions', () => {
    const { acl } = rules(
      [
        'group workers\nallow subscribe $share/pool/jobs/#',
        'all\ndeny subscribe $share/+/jobs/#\nallow subscribe jobs/+\nallow subscribe $share/own/x',
      ].join('\n'),
    );
    const worker = { groups: ['workers'] };
    expect(may(acl, 'jobs/#', 'pool', worker)).toBe('allow');
    expect(may(acl, 'jobs/1', 'other', worker)).toBe('deny');
    expect(may(acl, 'jobs/1', 'pool')).toBe('deny');
    expect(may(acl, 'jobs/1')).toBe('allow');
    expect(may(acl, '#', 'pool')).toBe('deny');
    expect(may(acl, 'x', 'own')).toBe('allow');
    expect(may(acl, 'x')).toBe('undecided');
    expect(may(acl, 'x', 'another')).toBe('undecided');
  });

  it('can have the name of the client or its user, which never widen', () => {
    const { acl } = rules('all\nallow subscribe $share/%u/a\ndeny subscribe $share/x-%c/b\nallow subscribe b');
    expect(may(acl, 'a', 'alice', { username: 'alice' })).toBe('allow');
    expect(may(acl, 'a', 'bob', { username: 'alice' })).toBe('undecided');
    expect(may(acl, 'a', '+', { username: '+' })).toBe('undecided');
    expect(may(acl, 'a', 'undefined')).toBe('undecided');
    expect(may(acl, 'b', 'x-1', { clientId: '1' })).toBe('deny');
    expect(may(acl, 'b', 'x-2', { clientId: '1' })).toBe('allow');
    expect(may(acl, 'b', 'x-2', { clientId: '#' })).toBe('deny'); // it may be any
    expect(may(acl, 'b', undefined, { clientId: '#' })).toBe('allow');
  });
});
