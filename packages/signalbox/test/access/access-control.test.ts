// Who is asked in which order, and what the answers become: authenticators, certificates, tokens' rights, rules.

import { pbkdf2Sync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { AccessControl, type AccessControlOptions } from '../../src/access/access-control.ts';
import { Acl } from '../../src/access/acl.ts';
import type { Authenticator, Authorizer, Verdict } from '../../src/access/authenticator.ts';
import { createEntry, withPassword } from '../../src/access/password-file.ts';
import { PasswordUsers } from '../../src/access/password-users.ts';
import { scramMethod } from '../../src/access/scram.ts';
import { hmac, sha256 } from '../../src/access/scram-keys.ts';
import type { AuthenticationStep } from '../../src/broker/admission/authentication-method.ts';
import type { ClientInfo, Maybe } from '../../src/broker/hooks.ts';
import type { PeerCertificate } from '../../src/transport/transport.ts';
import { transportFrom } from '../support/address.ts';
import { clientInfo, credentials } from '../support/clients.ts';
import { startBroker } from '../support/test-broker.ts';
import { TestClient } from '../support/test-client.ts';
import { textFile } from '../support/text-files.ts';

const CERTIFICATE = { commonName: 'device-1', subjectAltName: 'DNS:d.example, URI:urn:x' } as PeerCertificate;

function says(...verdicts: Maybe<Verdict>[]): Authenticator & { asked: string[] } {
  const asked: string[] = [];
  return {
    name: 'test',
    asked,
    authenticate: (client) => {
      asked.push(`${client.username}`);
      return verdicts.shift();
    },
  };
}

const ask = (options: AccessControlOptions, username?: string, password?: string, client: Partial<ClientInfo> = {}) =>
  new AccessControl(options).hooks.authenticate!(clientInfo(client), credentials(username, password));

describe('a chain of authenticators', () => {
  it('stops at the first that admits or refuses', async () => {
    const last = says(true);
    expect(await ask({ authenticators: [says(undefined), says(Promise.resolve(0x86)), last] }, 'u', 'p')).toBe(0x86);
    expect(last.asked).toEqual([]);
    expect(await ask({ authenticators: [says(Promise.resolve(undefined)), says(true)] }, 'u', 'p')).toEqual({
      username: undefined,
    });
    expect(await ask({ authenticators: [says({ username: 'x', groups: ['g'] }), last] })).toEqual({
      username: 'x',
      groups: ['g'],
    });
  });

  it('refuses what all leave to the next: 0x86, and 0x87 who presents nothing', async () => {
    const authenticators = [says(), says()];
    expect(await ask({ authenticators }, 'u', 'p')).toBe(0x86);
    expect(await ask({ authenticators })).toBe(0x87);
  });

  it('that is empty is no hook', () => {
    expect(new AccessControl({}).hooks).toEqual({});
  });
});

describe('the certificate as user', () => {
  const tls = { certificate: CERTIFICATE };

  it('is enough by itself, or needs a password as well', async () => {
    const first = says();
    expect(
      await ask({ certificateUser: { from: 'common-name' }, authenticators: [first] }, undefined, undefined, tls),
    ).toEqual({ username: 'device-1' });
    expect(first.asked).toEqual([]);
    const second = says(0x86);
    expect(
      await ask(
        { certificateUser: { from: 'dns', password: 'required' }, authenticators: [second] },
        undefined,
        'p',
        tls,
      ),
    ).toBe(0x86);
    expect(second.asked).toEqual(['d.example']);
  });

  it('is for one name: who gives another one is refused', async () => {
    expect(await ask({ certificateUser: { from: 'common-name' } }, 'admin', 'p', tls)).toBe(0x86);
    expect(await ask({ certificateUser: { from: 'common-name' } }, 'device-1', undefined, tls)).toEqual({
      username: 'device-1',
    });
  });

  it('is for one name also with an Authentication Method', async () => {
    const step = (username: string, isLate: boolean): Maybe<AuthenticationStep> => {
      const success = { type: 'success', admission: username === '' ? true : { username } } as const;
      return isLate ? Promise.resolve(success) : success;
    };
    for (const isLate of [false, true]) {
      for (const [said, expected] of Object.entries({ 'device-1': 'success', admin: 'failure', '': 'failure' })) {
        const method = { name: 'TEST', begin: () => ({ next: () => step(said, isLate) }) };
        const { hooks } = new AccessControl({ certificateUser: { from: 'common-name' }, methods: [method] });
        const begin = (certificate: PeerCertificate | undefined) =>
          hooks.authenticationMethods![0]!.begin(clientInfo({ certificate }), undefined).next(undefined);
        expect(await begin(CERTIFICATE)).toMatchObject({ type: expected });
        expect(await begin(undefined)).toMatchObject({ type: 'success' });
      }
    }
    const more = { name: 'TEST', begin: () => ({ next: () => ({ type: 'continue' }) as const }) };
    const { hooks } = new AccessControl({ certificateUser: { from: 'common-name' }, methods: [more] });
    const exchange = hooks.authenticationMethods![0]!.begin(clientInfo({ certificate: CERTIFICATE }), undefined);
    expect(exchange.next(undefined)).toEqual({ type: 'continue' });
  });

  it('without one the others are asked', async () => {
    expect(
      await ask({ certificateUser: { from: 'common-name' }, authenticators: [says({ username: 'u' })] }, 'u', 'p'),
    ).toEqual({ username: 'u' });
    expect(await ask({ certificateUser: { from: 'email' } }, undefined, undefined, tls)).toBe(0x87);
  });
});

describe('who may do what', () => {
  const acl = (text: string) => new Acl(textFile(text).path);
  const may = (
    options: AccessControlOptions,
    action: 'publish' | 'subscribe',
    topic: string,
    client: Partial<ClientInfo> = {},
  ) => new AccessControl(options).hooks.authorize!(clientInfo(client), action, topic);

  it('the file decides, then the others, then its default', async () => {
    const rules = acl('all\nallow both a\ndeny both b');
    const other: Authorizer = {
      name: 'test',
      authorize: (_client, _action, topic) => Promise.resolve(topic === 'c' ? true : undefined),
    };
    const options = { acl: rules, authorizers: [other] };
    expect(may(options, 'publish', 'a')).toBe(true);
    expect(may(options, 'publish', 'b')).toBe(false);
    expect(await may(options, 'publish', 'c')).toBe(true);
    expect(await may(options, 'publish', 'd')).toBe(false);
    expect(may({ acl: acl('default allow') }, 'subscribe', '#')).toBe(true);
  });

  it('the rights of a token are all there is, and the file can still deny', () => {
    const client = { acl: { publish: ['out/#', 'bad/#/filter'], subscribe: ['in/+'] } };
    const options = { authenticators: [says()] };
    expect(may(options, 'publish', 'out/1', client)).toBe(true);
    expect(may(options, 'publish', 'in/1', client)).toBe(false);
    expect(may(options, 'publish', 'bad/x', client)).toBe(false);
    expect(may(options, 'subscribe', 'in/1', client)).toBe(true);
    expect(may(options, 'subscribe', 'in/#', client)).toBe(false);
    const withFile = { acl: acl('all\nallow both #\ndeny both x\nall\ndeny publish out/2') };
    expect(may(withFile, 'publish', 'other', client)).toBe(false);
    expect(may({ acl: acl('all\ndeny publish out/2\nallow both #') }, 'publish', 'out/2', client)).toBe(false);
    expect(may({ acl: acl('all\ndeny publish out/2') }, 'publish', 'out/1', client)).toBe(true);
  });

  it('a token can grant a group of shared subscriptions alone', () => {
    const client = clientInfo({ acl: { publish: [], subscribe: ['$share/pool/jobs/+', 'news'] } });
    const { authorize } = new AccessControl({
      authenticators: [says()],
      acl: acl('all\ndeny subscribe $share/pool/jobs/secret'),
    }).hooks;
    const ask = (topic: string, shareName?: string) => authorize!(client, 'subscribe', topic, { shareName });
    expect([ask('jobs/1', 'pool'), ask('jobs/1', 'other'), ask('jobs/1')]).toEqual([true, false, false]);
    expect([ask('news', 'any'), ask('news'), ask('jobs/secret', 'pool')]).toEqual([true, true, false]);
  });

  it('answers for a topic are known when it comes again, in a bounded number, until reload', () => {
    let asked = 0;
    let answer = true;
    const counting: Authorizer = {
      name: 'test',
      authorize: () => {
        asked++;
        return answer;
      },
    };
    const control = new AccessControl({ authorizers: [counting] });
    const client = clientInfo();
    const authorize = (topic: string) => control.hooks.authorize!(client, 'publish', topic);
    for (let i = 0; i < 10; i++) authorize('a');
    expect(asked).toBe(1);
    for (let i = 0; i < 1_000; i++) authorize(`topic/${i}`);
    authorize('a');
    expect(asked).toBe(1_002);
    answer = false;
    expect(authorize('a')).toBe(true);
    control.reload();
    expect(authorize('a')).toBe(false);
  });

  it('reload tells the mistakes of all files, and then changes none', () => {
    const rules = textFile('all\nallow both a');
    const CHEAP = { cost: { logN: 4, r: 8, p: 1 }, scramIterations: 0 };
    const passwords = textFile(withPassword('', createEntry('u', 'p', CHEAP)));
    const control = new AccessControl({
      acl: new Acl(rules.path),
      authenticators: [new PasswordUsers(passwords.path)],
    });
    passwords.write('nonsense');
    rules.write('all\nallow both b');
    expect(() => control.reload()).toThrow(`${passwords.path}:1: there is no colon behind the user name`);
    expect(control.hooks.authorize!(clientInfo(), 'publish', 'b')).toBe(false);
    rules.write('all\nnonsense');
    expect(() => control.reload()).toThrow(/colon(.|\n)*nonsense/);
    passwords.write('');
    rules.write('all\nallow both b');
    control.reload();
    expect(control.hooks.authorize!(clientInfo(), 'publish', 'b')).toBe(true);
  });
});

describe('a broker with a password file and rules', () => {
  const CHEAP = { cost: { logN: 4, r: 8, p: 1 }, scramIterations: 4_096 };
  const passwords = withPassword(
    withPassword('', createEntry('alice', 'secret', CHEAP)),
    createEntry('bob', 'x', CHEAP),
  );

  async function start() {
    const rules = textFile('user alice\nallow both home/#\nuser bob\nallow subscribe home/lamp');
    const users = new PasswordUsers(textFile(passwords).path);
    const access = new AccessControl({
      authenticators: [users],
      methods: [scramMethod(users)],
      acl: new Acl(rules.path),
    });
    return { ...(await startBroker({ hooks: access.hooks })), access, rules };
  }

  it('lets in who knows the password, and each do what its rules say', async () => {
    const { connect } = await start();
    const alice = await connect('a', { connect: { username: 'alice', password: 'secret' } });
    const bob = await connect('b', { connect: { username: 'bob', password: 'x' } });
    expect((await connect('c', { connect: { username: 'bob', password: 'secret' } })).connack.reasonCode).toBe(0x86);
    expect((await connect('d')).connack.reasonCode).toBe(0x87);
    expect((await bob.subscribe('home/#')).reasonCodes).toEqual([0x87]);
    expect((await bob.subscribe('home/lamp')).reasonCodes).toEqual([0]);
    expect(await bob.publish('home/lamp', 'off', { qos: 1 })).toBe(0x87);
    expect(await alice.publish('home/lamp', 'on', { qos: 1 })).toBe(0);
    expect(await bob.messages()).toEqual(['home/lamp=on']);
  });

  it('speaks SCRAM-SHA-256 with the same file', async () => {
    const { broker } = await start();
    const properties = { authenticationMethod: 'SCRAM-SHA-256' };
    for (const [username, password, expected] of [
      ['alice', 'secret', 0],
      ['alice', 'wrong', 0x86],
      ['nobody', 'x', 0x86],
    ] as const) {
      const client = new TestClient(transportFrom(broker, {}));
      const bare = `n=${username},r=abc`;
      client.send({ type: 'connect', clientId: '', properties: { ...properties, authenticationData: `n,,${bare}` } });
      const challenge = Buffer.from((await client.next('auth')).properties.authenticationData!).toString();
      const [, nonce = '', salt = '', iterations = ''] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(challenge)!;
      const salted = pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(iterations), 32, 'sha256');
      const clientKey = hmac(salted, 'Client Key');
      const message = `${bare},${challenge},c=biws,r=${nonce}`;
      const signature = hmac(sha256(clientKey), message);
      const proof = clientKey.map((byte, i) => byte ^ signature[i]!);
      const authenticationData = `c=biws,r=${nonce},p=${Buffer.from(proof).toString('base64')}`;
      client.send({ type: 'auth', reasonCode: 0x18, properties: { ...properties, authenticationData } });
      const connack = await client.next('connack');
      expect(connack.reasonCode).toBe(expected);
      if (expected !== 0) continue;
      const verifier = hmac(hmac(salted, 'Server Key'), message).toString('base64');
      expect(Buffer.from(connack.properties.authenticationData!).toString()).toBe(`v=${verifier}`);
      expect((await client.subscribe('home/#')).reasonCodes).toEqual([0]);
    }
  });

  it('rules that changed hold for subscriptions that exist, without a restart', async () => {
    const { broker, connect, access, rules } = await start();
    const bob = await connect('b', { connect: { username: 'bob', password: 'x' } });
    await bob.subscribe('home/lamp');
    rules.write('user bob\nallow subscribe garden');
    access.reload();
    expect(await broker.reviewSubscriptions()).toBe(1);
    expect((await bob.next('disconnect')).reasonCode).toBe(0x87);
  });
});
