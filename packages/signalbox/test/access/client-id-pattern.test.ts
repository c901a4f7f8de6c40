// Which Client Identifiers a user may take.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AccessControl } from '../../src/access/access-control.ts';
import { ClientIdPattern } from '../../src/access/client-id-pattern.ts';
import { scramMethod } from '../../src/access/scram.ts';
import { deriveScramKeys } from '../../src/access/scram-keys.ts';
import { scramSha256 } from '../../src/client/authentication/scram.ts';
import { clientInfo, credentials } from '../support/clients.ts';

describe('a pattern of client identifiers', () => {
  it.each([
    ['%u', 'alice', true],
    ['%u', 'alice-1', false],
    ['%u-*', 'alice-1', true],
    ['%u-*', 'alice-', true],
    ['%u-*', 'alice', false],
    ['%u-*', 'bob-1', false],
    ['*-%u', 'x-alice', true],
    ['*', 'anything', true],
    ['a*b*c', 'a-b-c', true],
    ['a*b*c', 'abc', true],
    ['a*b*c', 'ac', false],
    ['ab*ba', 'aba', false],
    ['a*b*b', 'ab', false],
    ['site/%u/*/%u', 'site/alice/7/alice', true],
    ['site/%u/*/%u', 'site/alice/alice', false],
    ['*', 'auto-01234567-89ab-cdef-0123-456789abcdef', true],
    ['%u', 'auto-01234567-89ab-cdef-0123-456789abcdef', true],
    ['%u', 'auto-01234567-89ab-cdef-0123-456789abcdef-x', false],
  ])('%s and %s: %s', (pattern, clientId, expected) => {
    expect(new ClientIdPattern(pattern).allows(clientId, 'alice')).toBe(expected);
  });

  it('keeps whoever has no name from what names somebody', () => {
    expect(new ClientIdPattern('%u*').allows('undefined', undefined)).toBe(false);
    expect(new ClientIdPattern('guest-*').allows('guest-1', undefined)).toBe(true);
  });

  it('takes names for what they are, whatever is in them', () => {
    expect(new ClientIdPattern('%u-*').allows('x-1', '*')).toBe(false);
    expect(new ClientIdPattern('%u-*').allows('*-1', '*')).toBe(true);
    expect(new ClientIdPattern('%u').allows('$&', '$&')).toBe(true);
    expect(new ClientIdPattern('%u').allows('%u', '%u')).toBe(true);
  });

  it('means the same as a regular expression would', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 8 });
    const quoted = (part: string) => part.replace(/[-$^*+?.()|[\]{}\\]/g, '\\$&');
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), text, (parts, clientId) => {
        const pattern = parts.join('*');
        fc.pre(pattern !== '');
        const expected = new RegExp(`^${parts.map(quoted).join('.*')}$`).test(clientId);
        expect(new ClientIdPattern(pattern).allows(clientId, undefined)).toBe(expected);
      }),
    );
  });

  it('that is empty is a mistake', () => {
    expect(() => new ClientIdPattern('')).toThrowError(expect.objectContaining({ code: 'BAD_OPTIONS' }));
  });
});

describe('who may be which client', () => {
  const hooks = (late: boolean) =>
    new AccessControl({
      clientIds: '%u-*',
      authenticators: [{ name: 'all', authenticate: () => (late ? Promise.resolve(true) : true) }],
    }).hooks;

  it.each([false, true])('is decided by the name that was proved, at once or later (%s)', async (late) => {
    const ask = (clientId: string) =>
      hooks(late).authenticate!(clientInfo({ clientId, username: 'alice' }), credentials('alice', 'x'));
    expect(await ask('alice-1')).toEqual({ username: 'alice' });
    expect(await ask('bob-1')).toBe(0x85);
  });

  it('a refusal stays the refusal it is', async () => {
    const access = new AccessControl({ clientIds: '%u', authenticators: [{ name: 'no', authenticate: () => 0x86 }] });
    expect(await access.hooks.authenticate!(clientInfo({ clientId: 'x' }), credentials('alice', 'x'))).toBe(0x86);
  });

  it('holds for enhanced authentication too', async () => {
    const keys = deriveScramKeys('pw', { salt: Buffer.from('0123456789abcdef'), iterations: 4096 });
    const methods = [scramMethod({ keysOf: () => ({ keys, exists: true }) })];
    const [method] = new AccessControl({ clientIds: '%u-*', methods }).hooks.authenticationMethods!;
    const speak = async (clientId: string) => {
      const server = method!.begin(clientInfo({ clientId }), undefined);
      const client = scramSha256({ username: 'alice', password: 'pw' }).begin();
      const challenge = await server.next((await client.first())!);
      if (challenge.type !== 'continue') throw new Error(challenge.type);
      return server.next((await client.next(challenge.data!))!);
    };
    expect(await speak('alice-1')).toMatchObject({ type: 'success' });
    expect(await speak('bob-1')).toEqual({ type: 'failure', reasonCode: 0x85 });
  });
});
