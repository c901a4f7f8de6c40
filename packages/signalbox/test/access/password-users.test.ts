// The users of a password file: right and wrong passwords, users that do not exist, floods, and reading it again.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AccessError } from '../../src/access/access-error.ts';
import { Derivations } from '../../src/access/derivations.ts';
import {
  createEntry,
  parsePasswordFile,
  problemOfUsername,
  withoutUser,
  withPassword,
} from '../../src/access/password-file.ts';
import { PasswordUsers } from '../../src/access/password-users.ts';
import { clientInfo, credentials } from '../support/clients.ts';
import { textFile } from '../support/text-files.ts';

const CHEAP = { cost: { logN: 4, r: 8, p: 1 }, scramIterations: 4_096 };
const WRONG = 0x86;
const BUSY = 0x89;

const entry = (username: string, password: string) => createEntry(username, password, CHEAP);

function start(text: string, options = {}) {
  const file = textFile(text);
  const derivations = new Derivations(options);
  const users = new PasswordUsers(file.path, { derivations, remembered: 0, ...options });
  const ask = async (username?: string, password?: string | Uint8Array) =>
    users.authenticate(clientInfo(), credentials(username, password));
  return { file, derivations, users, ask };
}

const ALICE = withPassword('', entry('alice', 'secret'));

describe('a password file', () => {
  it('admits the right password and refuses a wrong one with 0x86', async () => {
    const { ask } = start(ALICE);
    expect(await ask('alice', 'secret')).toEqual({ username: 'alice' });
    expect(await ask('alice', 'Secret')).toBe(WRONG);
    expect(await ask('alice', '')).toBe(WRONG);
  });

  it('leaves to others whom it does not know, and who gives no password', async () => {
    const { ask, derivations } = start(ALICE);
    expect(await ask('bob', 'secret')).toBeUndefined();
    expect(derivations.count).toBe(1);
    expect(await ask('alice')).toBeUndefined();
    expect(await ask(undefined, 'secret')).toBeUndefined();
    expect(derivations.count).toBe(1);
  });

  it('derives a key for a user that does not exist as for one that does, at the same cost', async () => {
    const costs: unknown[] = [];
    class Watched extends Derivations {
      override derive(...args: Parameters<Derivations['derive']>) {
        costs.push(args[2]);
        return super.derive(...args);
      }
    }
    const { ask } = start(ALICE, { derivations: new Watched() });
    for (const name of ['alice', 'bob', '__proto__', '']) await ask(name, 'wrong');
    expect(costs).toHaveLength(4);
    for (const cost of costs) expect(cost).toEqual(CHEAP.cost);
  });

  it('passwords are bytes: any are possible', async () => {
    const { ask } = start(withPassword('', entry('u', 'pässwörd')));
    expect(await ask('u', 'pässwörd')).toEqual({ username: 'u' });
    expect(await ask('u', Uint8Array.of(0xff, 0, 0xfe))).toBe(WRONG);
  });

  it('a flood of logins derives two keys at a time, lets some wait, and tells the rest that it is busy', async () => {
    const { ask, derivations } = start(ALICE, { concurrency: 2, queue: 5 });
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask('alice', 'secret')));
    expect(answers.filter((answer) => answer === BUSY)).toHaveLength(43);
    expect(derivations.count).toBe(7);
    expect(await ask('alice', 'secret')).toEqual({ username: 'alice' });
  });

  it('a password that was right is known again without a derivation, until the file is read again', async () => {
    const { ask, derivations, users } = start(ALICE, { remembered: 2 });
    for (let i = 0; i < 5; i++) await ask('alice', 'secret');
    expect(derivations.count).toBe(1);
    expect(await ask('alice', 'wrong')).toBe(WRONG);
    expect(derivations.count).toBe(2);
    users.reload();
    await ask('alice', 'secret');
    expect(derivations.count).toBe(3);
  });

  it('is read again by reload; with mistakes in it, what was known stays', async () => {
    const { ask, file, users } = start(ALICE);
    file.write(withPassword(withPassword('', entry('bob', 'x')), entry('alice', 'new')));
    users.reload();
    expect(await ask('alice', 'secret')).toBe(WRONG);
    expect(await ask('bob', 'x')).toEqual({ username: 'bob' });
    file.write('alice\n');
    expect(() => users.reload()).toThrow(AccessError);
    expect(await ask('bob', 'x')).toEqual({ username: 'bob' });
  });

  it('serves SCRAM: the same keys for a user, lasting fake ones for others, with the same iterations', () => {
    const { users, file } = start(ALICE);
    expect(users.keysOf('alice')).toMatchObject({ exists: true, keys: { iterations: 4_096 } });
    const fake = users.keysOf('nobody');
    expect(fake).toMatchObject({ exists: false, keys: { iterations: 4_096 } });
    expect(new PasswordUsers(file.path).keysOf('nobody')).toEqual(fake); // also after a restart
  });
});

describe('the text of a password file', () => {
  it('gets, changes and loses users, and keeps its comments', () => {
    const text = `# devices\n${ALICE}`;
    const both = withPassword(text, entry('bob', 'x'));
    expect([...parsePasswordFile(both, 'f').users.keys()]).toEqual(['alice', 'bob']);
    expect(both).toContain('# devices');
    const changed = withPassword(both, entry('alice', 'y'));
    expect(changed.split('\n')).toHaveLength(both.split('\n').length);
    expect(withoutUser(changed, 'alice')).not.toContain('alice');
    expect(withoutUser(changed, 'carol')).toBeUndefined();
    expect(parsePasswordFile(both, 'f').fakeKey).toEqual(parsePasswordFile(changed, 'f').fakeKey);
  });

  it('reads what it has written, for every name that it takes', () => {
    const shared = entry('x', 'y');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (username) => {
        if (problemOfUsername(username) !== undefined) return;
        const { users } = parsePasswordFile(withPassword('', { ...shared, username }), 'f');
        expect(users.get(username)).toEqual({ ...shared, username });
      }),
    );
  });

  it('a user without SCRAM keys has none', () => {
    const text = withPassword('', createEntry('u', 'p', { ...CHEAP, scramIterations: 0 }));
    expect(parsePasswordFile(text, 'f').users.get('u')?.scram).toBeUndefined();
  });

  it.each([
    ['alice', 'there is no colon behind the user name'],
    [':x', 'the user name is empty'],
    ['alice:$6$salt$hash', 'hashes of Mosquitto cannot be taken over: use signalbox passwd'],
    ['alice:secret', 'use signalbox passwd'],
    [`alice:$scrypt$ln=30,r=8,p=1$AAAA$${'A'.repeat(43)}=`, 'a derivation takes 256 MB at most'],
    ['alice:$scrypt$ln=4,r=8,p=1$AAAA$AAAA', 'salt or hash of scrypt'],
    [`alice:$scrypt$ln=4,r=8,p=1$AAAA$${'A'.repeat(43)}=:x`, 'behind the second colon'],
    ['alice:a:b:c', 'too many colons'],
    ['$fake-salt-key$x', 'needs 32 bytes in base64'],
    [`${ALICE}${ALICE}`, 'is there twice'],
  ])('%j: %s', (text, problem) => {
    expect(() => parsePasswordFile(text, 'f')).toThrow(new RegExp(problem.replace(/[$().]/g, '\\$&')));
    expect(() => parsePasswordFile(text, 'f')).toThrow(/^f:\d+: /);
  });

  it('any text is a file, or has mistakes with their lines; nothing else is thrown', () => {
    const piece = fc.constantFrom(
      'alice',
      ':',
      '$scrypt$',
      'ln=4,r=8,p=1',
      '$',
      'AAAA',
      '$scram-sha-256$i=4096',
      '\n',
      '=',
      '#',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 5 })), { maxLength: 30 }), (pieces) => {
        try {
          parsePasswordFile(pieces.join(''), 'f');
        } catch (error) {
          expect(error).toBeInstanceOf(AccessError);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
