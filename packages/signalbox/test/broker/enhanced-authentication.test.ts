// Enhanced authentication at the broker: the exchange before CONNACK, re-authentication, and what ends either. §4.12
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { AuthenticationMethod, AuthenticationStep } from '../../src/broker/admission/authentication-method.ts';
import type { ClientInfo, Maybe } from '../../src/broker/hooks.ts';
import { ReasonCode } from '../../src/mqtt/reason-codes.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { PendingHook } from '../support/pending-hook.ts';
import { RawClient } from '../support/raw-client.ts';
import { startBroker } from '../support/test-broker.ts';
import { TestClient } from '../support/test-client.ts';

const text = (data: Uint8Array | undefined) => (data === undefined ? undefined : new TextDecoder().decode(data));
const bytes = (word: string) => new TextEncoder().encode(word);

/** Asks for words until the right one comes: `open <name>`. */
function passwordMethod(answer?: (word: string | undefined) => Maybe<AuthenticationStep> | undefined) {
  const begun: ClientInfo[] = [];
  const method: AuthenticationMethod = {
    name: 'WORD',
    begin: (client) => {
      begun.push(client);
      return {
        next: (data) => {
          const word = text(data);
          const own = answer?.(word);
          if (own !== undefined) return own;
          if (word === undefined) return { type: 'continue', data: bytes('which word?') };
          if (!word.startsWith('open ')) return { type: 'failure', reasonCode: ReasonCode.BadUserNameOrPassword };
          return { type: 'success', data: bytes('welcome'), admission: { username: word.slice(5) } };
        },
      };
    },
  };
  return { method, begun };
}

const METHOD = { authenticationMethod: 'WORD' };
const LATER = 'open alice';

async function startExchange(client: TestClient): Promise<void> {
  client.send({ type: 'connect', clientId: 'c', properties: METHOD });
  const question = await client.next('auth');
  expect(question.reasonCode).toBe(ReasonCode.ContinueAuthentication);
  expect(question.properties.authenticationMethod).toBe('WORD');
  expect(text(question.properties.authenticationData)).toBe('which word?');
}

function answer(client: TestClient, word: string, reasonCode: number = ReasonCode.ContinueAuthentication): void {
  client.send({ type: 'auth', reasonCode, properties: { ...METHOD, authenticationData: word } });
}

async function start(method: AuthenticationMethod, options = {}) {
  const clock = new ManualClock();
  const { broker, transport } = await startBroker({ clock, hooks: { authenticationMethods: [method] }, ...options });
  return { broker, transport, clock, client: new TestClient(transport()) };
}

async function connected(method: AuthenticationMethod, options = {}) {
  const started = await start(method, options);
  await startExchange(started.client);
  answer(started.client, LATER);
  const connack = await started.client.next('connack');
  return { ...started, connack };
}

describe('enhanced authentication', () => {
  it('[MQTT-4.12.0-2] [MQTT-4.12.0-5] goes on in AUTH packets until CONNACK, which has the method and the last data', async () => {
    const { method } = passwordMethod();
    const { broker, connack } = await connected(method);
    expect(connack.reasonCode).toBe(0);
    expect(connack.properties.authenticationMethod).toBe('WORD');
    expect(text(connack.properties.authenticationData)).toBe('welcome');
    expect(broker.statistics.connected).toBe(1);
  });

  it('tells hooks and events who it was', async () => {
    const seen: (string | undefined)[] = [];
    const { method, begun } = passwordMethod();
    const { client } = await connected(method, {
      hooks: {
        authenticationMethods: [method],
        authenticate: () => false, // is not asked about these
        authorize: ({ username }: ClientInfo) => {
          seen.push(username);
          return true;
        },
      },
    });
    await client.subscribe('a');
    expect(seen).toEqual(['alice']);
    expect(begun[0]).toMatchObject({ clientId: 'c', username: undefined });
  });

  it('can be over with CONNECT alone', async () => {
    const { method } = passwordMethod();
    const { client } = await start(method);
    client.send({ type: 'connect', clientId: 'c', properties: { ...METHOD, authenticationData: LATER } });
    expect((await client.next('connack')).reasonCode).toBe(0);
  });

  it('[MQTT-4.12.0-4] a failure is told by CONNACK with its reason code, and the connection closed', async () => {
    const { method } = passwordMethod();
    const { broker, client } = await start(method);
    await startExchange(client);
    answer(client, 'knock knock');
    expect((await client.next('connack')).reasonCode).toBe(ReasonCode.BadUserNameOrPassword);
    await client.closed;
    expect(broker.statistics.authenticationsFailed).toBe(1);
  });

  it('[MQTT-4.12.0-1] a method that is not offered is told 0x8C, and nobody is asked', async () => {
    const { method, begun } = passwordMethod();
    const { client } = await start(method);
    client.send({ type: 'connect', clientId: 'c', properties: { authenticationMethod: 'OTHER' } });
    expect((await client.next('connack')).reasonCode).toBe(ReasonCode.BadAuthenticationMethod);
    await client.closed;
    expect(begun).toEqual([]);
  });

  it('[MQTT-3.1.2-30] processes no other packet before CONNACK: it ends with 0x82', async () => {
    const { method } = passwordMethod();
    const { transport } = await start(method);
    const client = new RawClient(transport());
    client.write({ type: 'connect', clientId: 'c', properties: METHOD });
    await client.next();
    client.write({ type: 'publish', topicName: 'a', payload: '', qos: 0 });
    const packets = await client.closed;
    expect(packets.at(-1)).toMatchObject({ type: 'connack', reasonCode: ReasonCode.ProtocolError });
  });

  it('ends with 0x87 when it takes longer than authenticationTimeoutMs', async () => {
    const { method } = passwordMethod();
    const { client, clock } = await start(method, { limits: { authenticationTimeoutMs: 5_000 } });
    await startExchange(client);
    clock.advance(4);
    clock.advance(2);
    expect((await client.next('connack')).reasonCode).toBe(ReasonCode.NotAuthorized);
    await client.closed;
  });

  it('a step may answer later; the client waits, and a second AUTH after its turn', async () => {
    const hook = new PendingHook<AuthenticationStep>();
    const { method } = passwordMethod((word) => (word === 'slow' ? hook.ask() : undefined));
    const { client } = await start(method);
    await startExchange(client);
    answer(client, 'slow');
    answer(client, LATER);
    await hook.asked;
    hook.answer({ type: 'continue', data: bytes('more') });
    expect(text((await client.next('auth')).properties.authenticationData)).toBe('more');
    expect((await client.next('connack')).reasonCode).toBe(0);
  });

  it('an AUTH that comes when the exchange is over ends the connection', async () => {
    const hook = new PendingHook<AuthenticationStep>();
    const { method } = passwordMethod((word) => (word === 'slow' ? hook.ask() : undefined));
    const { broker, client } = await start(method);
    await startExchange(client);
    answer(client, 'slow');
    answer(client, LATER);
    await hook.asked;
    hook.answer({ type: 'success', admission: true });
    await client.closed;
    expect(broker.statistics.connected).toBe(0);
  });

  it('a method that throws, or does not answer in time, costs that connection 0x80 and is reported', async () => {
    for (const fault of [
      () => Promise.reject(new Error('no directory')),
      throwing,
      () => new Promise<never>(() => {}),
    ]) {
      const { method } = passwordMethod((word) => (word === 'fault' ? fault() : undefined));
      const { broker, client } = await start(method, { limits: { hookTimeoutMs: 20 } });
      const errors: unknown[] = [];
      broker.on('error', ({ error }) => errors.push(error));
      await startExchange(client);
      answer(client, 'fault');
      expect((await client.next('connack')).reasonCode).toBe(ReasonCode.UnspecifiedError);
      await client.closed;
      expect(errors).toHaveLength(1);
    }
  });

  it('a client that goes away meanwhile leaves nothing behind', async () => {
    const { method } = passwordMethod();
    const { broker, client, clock } = await start(method);
    await startExchange(client);
    await client.destroy();
    clock.advance(100);
    expect(broker.statistics).toMatchObject({ connected: 0, connectionsRefused: 0 });
  });
});

function throwing(): never {
  throw new Error('no directory');
}

describe('guessing by enhanced authentication', () => {
  it('takes turns by the user name that its method understood, before the client gets its challenge', async () => {
    const { method } = passwordMethod((word) => {
      if (word === 'alice' || word === 'bob') return { type: 'continue', data: bytes('challenge'), username: word };
      return word === 'guess' ? { type: 'failure' } : undefined;
    });
    const started = await start(method, { limits: { failures: 2, failureDelayMs: 4_000 } });
    const begin = async (name: string) => {
      const client = new TestClient(started.transport());
      await startExchange(client);
      answer(client, name);
      return client;
    };
    for (let i = 0; i < 2; i++) {
      const client = await begin('alice');
      await client.next('auth');
      answer(client, 'guess');
      expect((await client.next('connack')).reasonCode).toBe(ReasonCode.NotAuthorized);
    }
    await (await begin('bob')).next('auth'); // others need not wait
    const waiting = await begin('alice');
    while (started.broker.statistics.authenticationsDelayed === 0) await turn();
    expect(waiting.inbox).toEqual([]);
    started.clock.advance(0.5);
    expect(text((await waiting.next('auth')).properties.authenticationData)).toBe('challenge');
    expect(started.broker.statistics).toMatchObject({ authenticationsFailed: 2, authenticationsDelayed: 1 });
    const crowd = await Promise.all(Array.from({ length: 50 }, () => begin('alice')));
    expect((await crowd.at(-1)!.next('connack')).reasonCode).toBe(ReasonCode.ConnectionRateExceeded);
  });
});

describe('a re-authentication', () => {
  it('ends with AUTH 0x00 and the method; other packets go on meanwhile as they were allowed', async () => {
    const { method } = passwordMethod();
    const { client } = await connected(method);
    client.send({ type: 'auth', reasonCode: ReasonCode.ReAuthenticate, properties: METHOD });
    expect((await client.next('auth')).reasonCode).toBe(ReasonCode.ContinueAuthentication);
    expect(await client.publish('a', 'x', { qos: 1 })).toBe(ReasonCode.NoMatchingSubscribers);
    answer(client, LATER);
    const done = await client.next('auth');
    expect(done.reasonCode).toBe(ReasonCode.Success);
    expect(done.properties.authenticationMethod).toBe('WORD');
    expect(text(done.properties.authenticationData)).toBe('welcome');
    expect(await client.messages()).toEqual([]);
  });

  it('[MQTT-4.12.1-2] that fails ends the connection with DISCONNECT 0x87', async () => {
    const { method } = passwordMethod();
    const { client } = await connected(method);
    answer(client, 'knock', ReasonCode.ReAuthenticate);
    expect((await client.next('disconnect')).reasonCode).toBe(ReasonCode.NotAuthorized);
    await client.closed;
  });

  it('as somebody else fails: the session belongs to who began it', async () => {
    const { method } = passwordMethod();
    const { client } = await connected(method);
    answer(client, 'open bob', ReasonCode.ReAuthenticate);
    expect((await client.next('disconnect')).reasonCode).toBe(ReasonCode.NotAuthorized);
  });

  it('that takes too long ends the connection', async () => {
    const { method } = passwordMethod();
    const { client, clock } = await connected(method, { limits: { authenticationTimeoutMs: 5_000 } });
    client.send({ type: 'auth', reasonCode: ReasonCode.ReAuthenticate, properties: METHOD });
    await client.next('auth');
    clock.advance(6);
    expect((await client.next('disconnect')).reasonCode).toBe(ReasonCode.NotAuthorized);
  });

  it('prolongs the stay of a client, or shortens it, and may take its subscriptions away', async () => {
    const clock = new ManualClock();
    let stay = 60;
    const { method } = passwordMethod((word) =>
      word === 'token'
        ? {
            type: 'success',
            admission: { username: 'alice', expiresAt: clock.now() + stay * 1000, groups: [`${stay}`] },
          }
        : undefined,
    );
    const { broker, transport } = await startBroker({
      clock,
      hooks: {
        authenticationMethods: [method],
        authorize: ({ groups }, _action, topic) => topic !== 'a' || groups[0] !== '5',
      },
    });
    const client = new TestClient(transport());
    client.send({ type: 'connect', clientId: 'c', properties: { ...METHOD, authenticationData: 'token' } });
    await client.next('connack');
    clock.advance(50);
    answer(client, 'token', ReasonCode.ReAuthenticate);
    await client.next('auth');
    clock.advance(50);
    expect((await client.subscribe('a')).reasonCodes).toEqual([0]);
    stay = 5;
    answer(client, 'token', ReasonCode.ReAuthenticate);
    await client.next('auth');
    expect((await client.next('disconnect')).reasonCode).toBe(ReasonCode.NotAuthorized);
    expect(broker.statistics.connected).toBe(0);
  });
});
