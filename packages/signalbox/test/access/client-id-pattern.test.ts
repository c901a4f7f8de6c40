// Which Client Identifiers a user may take.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AccessControl, type AccessControlOptions } from '../../src/access/access-control.ts';
import { ClientIdPattern } from '../../src/access/client-id-pattern.ts';
import { scramMethod } from '../../src/access/scram.ts';
import { deriveScramKeys } from '../../src/access/scram-keys.ts';
import { exchangeOf } from '../../src/broker/broker.ts';
import { scramSha256 } from '../../src/client/authentication/scram.ts';
import { transportFrom } from '../support/address.ts';
import { startBroker } from '../support/test-broker.ts';
import { TestClient, type TestClientOptions } from '../support/test-client.ts';

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
    ['%u', '9223372036854775808', true],
    ['%u', '18446744073709551615', true],
    ['%u', '922337203685477580', false],
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
  const authenticators = [{ name: 'all', authenticate: () => Promise.resolve(true as const) }];

  /** Answers the reason codes of CONNACK, of these clients one after the other. */
  async function codes(options: AccessControlOptions, ...clients: TestClientOptions[]): Promise<number[]> {
    const { broker } = await startBroker({ hooks: new AccessControl({ clientIds: '%u-*', ...options }).hooks });
    const answers: number[] = [];
    for (const client of clients) {
      const transport = transportFrom(broker, { remoteAddress: '192.0.2.1:1' }, { allowAnonymous: true });
      answers.push((await TestClient.connect(transport, client)).connack.reasonCode);
    }
    return answers;
  }

  const named = (clientId: string, username: string) => ({ connect: { clientId, username, password: 'x' } });

  it('is decided by the name that was proved', async () => {
    const proved = [{ name: 'alice', authenticate: () => ({ username: 'alice' }) }];
    const clients = [named('alice-1', 'alice'), named('bob-1', 'bob'), named('alice-2', 'bob'), named('', 'bob')];
    expect(await codes({ authenticators }, named('alice-1', 'alice'), named('bob-1', 'alice'))).toEqual([0, 0x85]);
    expect(await codes({ authenticators: proved }, ...clients)).toEqual([0, 0x85, 0, 0]);
  });

  it('holds for whoever presents nothing: the identifiers of users are not for them', async () => {
    const anonymous = (clientId: string) => ({ connect: { clientId } });
    expect(await codes({ authenticators }, anonymous('alice-1'), anonymous(''))).toEqual([0x85, 0]);
    const guests = { authenticators, clientIds: 'guest-*' };
    expect(await codes(guests, anonymous('guest-1'), anonymous('alice-1'))).toEqual([0, 0x85]);
  });

  it('a refusal stays the refusal it is', async () => {
    const refusing = [{ name: 'no', authenticate: () => 0x86 }];
    expect(await codes({ authenticators: refusing }, named('x', 'alice'))).toEqual([0x86]);
  });

  it('lets clients of MSIP in that bring no identifier, and again under the number they got', async () => {
    const { hooks } = new AccessControl({ clientIds: '%u-*', authenticators });
    const { msip, broker } = await startBroker({ hooks });
    const settings = { allowAnonymous: true };
    const first = await msip('', 0, settings);
    const [{ clientId } = { clientId: '' }] = [...exchangeOf(broker).sessions];
    expect(clientId).toMatch(/^\d{19,20}$/);
    await first.subscribe('t');
    first.transport.destroy();
    await first.closed;
    await (await msip(clientId, 0, settings)).subscribe('u');
    const [answer] = await (await msip('7', 0, settings)).closed;
    expect(answer).toMatch(/^error /);
  });

  it('needs somebody who says who a client is', () => {
    expect(() => new AccessControl({ clientIds: '%u' })).toThrowError(expect.objectContaining({ code: 'BAD_OPTIONS' }));
  });

  it('holds for enhanced authentication too', async () => {
    const keys = deriveScramKeys('pw', { salt: Buffer.from('0123456789abcdef'), iterations: 4096 });
    const methods = [scramMethod({ keysOf: () => ({ keys, exists: true }) })];
    const { broker } = await startBroker({ hooks: new AccessControl({ clientIds: '%u-*', methods }).hooks });
    const speak = async (clientId: string): Promise<number> => {
      const dialogue = scramSha256({ username: 'alice', password: 'pw' }).begin();
      const client = new TestClient(transportFrom(broker, {}));
      const authenticationData = (await dialogue.first())!;
      const properties = { authenticationMethod: 'SCRAM-SHA-256', authenticationData };
      client.send({ type: 'connect', clientId, properties });
      const challenge = await client.next('auth');
      const answer = (await dialogue.next(challenge.properties.authenticationData!))!;
      client.send({
        type: 'auth',
        reasonCode: 0x18,
        properties: { authenticationMethod: 'SCRAM-SHA-256', authenticationData: answer },
      });
      return (await client.next('connack')).reasonCode;
    };
    expect(await speak('alice-1')).toBe(0);
    expect(await speak('bob-1')).toBe(0x85);
  });
});
