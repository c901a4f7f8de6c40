// Enhanced authentication with a method of several rounds: on connecting, and again on a connection that stands.
import { describe, expect, it } from 'vitest';
import type { Authentication } from '../../../src/client/authentication/authentication.ts';
import { Outcome } from '../support/outcome.ts';
import { Stage } from '../support/stage.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array | undefined) => (data === undefined ? undefined : new TextDecoder().decode(data));

/** Answers every question with it in brackets, and trusts a server that says so. */
function method(said: string[] = [], overrides: Partial<ReturnType<Authentication['begin']>> = {}): Authentication {
  return {
    method: 'STUB',
    begin: () => ({
      first: () => bytes('first'),
      next: (data) => bytes(`(${text(data)})`),
      last: (data) => {
        said.push(text(data) ?? '');
        if (text(data) === 'liar') throw new Error('not authentic');
      },
      ...overrides,
    }),
  };
}

/** A server that asks `rounds` questions before it lets in, or confirms. */
function asks(stage: Stage, rounds: number, proof = 'proof'): void {
  let left = rounds;
  const success = { authenticationMethod: 'STUB', authenticationData: bytes(proof) };
  const question = () => ({ authenticationMethod: 'STUB', authenticationData: bytes(`q${left}`) });
  stage.script.connack = (connect, link) => {
    left = rounds;
    if (connect.properties.authenticationMethod === undefined) return { reasonCode: 0x8c };
    if (left === 0) return { properties: success };
    link.send({ type: 'auth', reasonCode: 0x18, properties: question() });
    return undefined;
  };
  stage.script.onPacket = (packet, link) => {
    if (packet.type !== 'auth') return;
    left = packet.reasonCode === 0x19 ? rounds : left - 1;
    if (left > 0) link.send({ type: 'auth', reasonCode: 0x18, properties: question() });
    else if (link.core.state === 'connected') link.send({ type: 'auth', reasonCode: 0, properties: success });
    else {
      stage.takeSession(link.connect, link.core, 0);
      link.send({ type: 'connack', properties: success });
    }
  };
}

const answers = (stage: Stage) => stage.link.of('auth').map(({ properties }) => text(properties.authenticationData));

describe('enhanced authentication', () => {
  it.each([0, 1, 3])(
    'takes %s rounds, and looks at the proof of the server before anything is sent',
    async (rounds) => {
      const stage = new Stage();
      asks(stage, rounds);
      const said: string[] = [];
      const client = await stage.connect({ authentication: method(said) });
      expect(client.isConnected).toBe(true);
      expect(said).toEqual(['proof']);
      expect(text(stage.link.connect.properties.authenticationData)).toBe('first');
      expect(answers(stage)).toEqual(Array.from({ length: rounds }, (_, index) => `(q${rounds - index})`));
    },
  );

  it('lets no server in that cannot prove itself: nothing was sent to it', async () => {
    const stage = new Stage();
    asks(stage, 1, 'liar');
    const begun = stage.begin({ authentication: method() });
    await stage.settle();
    expect(begun.error?.message).toBe('not authentic');
    expect(stage.link.packets.map(({ type }) => type)).toEqual(['connect', 'auth']);
    expect(stage.clock.scheduled).toBe(0);
  });

  it('sends nothing before the server has proved itself, however long that takes', async () => {
    const stage = new Stage();
    asks(stage, 1);
    let trust: () => void = () => {};
    const last = () => new Promise<void>((resolve) => (trust = resolve));
    const client = await stage.connect({ authentication: method([], { last }), awaitConnection: false });
    const published = new Outcome(client.publish('a', 'secret', { qos: 1 }));
    void client.subscribe('a', () => {}).catch(() => {});
    await stage.settle();
    expect(stage.link.packets.map(({ type }) => type)).toEqual(['connect', 'auth']);
    trust();
    await stage.settle();
    expect(published.state).toBe('resolved');
  });

  it.each(['first', 'next', 'last'] as const)(
    'whose %s() never answers holds up neither close() nor connect()',
    async (step) => {
      const stage = new Stage();
      asks(stage, 1);
      const authentication = method([], { [step]: () => new Promise(() => {}) });
      const client = await stage.connect({ authentication, awaitConnection: false });
      await stage.settle();
      const closing = new Outcome(client.close());
      await stage.clock.advance(5_000);
      expect(closing.state).toBe('resolved');
      expect(stage.clock.scheduled).toBe(0);
      if (step === 'last') return;
      const begun = stage.begin({ authentication, connectTimeoutMs: 1_000 });
      await stage.clock.advance(1_000);
      expect(begun.state).toBe('rejected');
    },
  );

  it('that fails on our side fails the attempt', async () => {
    const stage = new Stage();
    asks(stage, 1);
    const next = () => Promise.reject(new Error('wrong realm'));
    const begun = stage.begin({ authentication: method([], { next }) });
    await stage.settle();
    expect(begun.error?.message).toBe('wrong realm');
  });

  it('is begun anew on each connection', async () => {
    const stage = new Stage();
    asks(stage, 1);
    const said: string[] = [];
    const client = await stage.connect({ authentication: method(said) });
    await stage.interrupt(client);
    expect(client.isConnected).toBe(true);
    expect(said).toEqual(['proof', 'proof']);
  });
});

describe('authenticate()', () => {
  it('proves anew who we are, while messages go on', async () => {
    const stage = new Stage();
    asks(stage, 2);
    const said: string[] = [];
    const client = await stage.connect({ authentication: method(said) });
    const again = new Outcome(client.authenticate());
    const published = new Outcome(client.publish('a', '', { qos: 1 }));
    await stage.settle();
    expect([again.state, published.state]).toEqual(['resolved', 'resolved']);
    expect(said).toEqual(['proof', 'proof']);
    expect(stage.link.of('auth').map(({ reasonCode }) => reasonCode)).toEqual([0x18, 0x18, 0x19, 0x18, 0x18]);
  });

  it('twice at a time: the second rejects, the first is not disturbed', async () => {
    const stage = new Stage();
    asks(stage, 1);
    const client = await stage.connect({ authentication: method() });
    const [first, second] = [new Outcome(client.authenticate()), new Outcome(client.authenticate())];
    await stage.settle();
    expect([first.state, second.error?.name]).toEqual(['resolved', 'UsageError']);
    expect((await stage.when(client.authenticate())) ?? 'again').toBe('again');
  });

  it('rejects without a method and without a connection', async () => {
    const stage = new Stage();
    const without = await stage.connect();
    const plain = new Outcome(without.authenticate());
    await stage.settle();
    expect(plain.error?.name).toBe('UsageError');
    asks(stage, 1);
    const client = await stage.connect({ authentication: method() });
    stage.script.dial = () => 'refuse';
    stage.link.cut();
    await stage.settle();
    const offline = new Outcome(client.authenticate());
    await stage.settle();
    expect(offline.code).toBe('CONNECTION_LOST');
  });

  it('rejects when the connection goes, when the server refuses, and after its time', async () => {
    const stage = new Stage();
    asks(stage, 1);
    const client = await stage.connect({ authentication: method() });
    const asked = stage.script.onPacket;
    stage.script.onPacket = () => {};
    const lost = new Outcome(client.authenticate());
    await stage.settle();
    stage.script.onPacket = asked;
    await stage.interrupt(client);
    expect(lost.error?.message).toMatch(/the network failed/);
    stage.script.onPacket = (_, link) => link.disconnect(0x87);
    const refused = new Outcome(client.authenticate());
    await stage.settle();
    expect(refused.error).toMatchObject({ reasonCode: 0x87 });
    stage.script.onPacket = asked;
    await stage.clock.advance(10_000);
    stage.script.onPacket = () => {};
    const late = new Outcome(client.authenticate({ timeoutMs: 50 }));
    await stage.clock.advance(50);
    expect(late.code).toBe('TIMEOUT');
  });

  it('leaves a server that cannot prove itself any more', async () => {
    const stage = new Stage();
    asks(stage, 1);
    const client = await stage.connect({ authentication: method() });
    asks(stage, 1, 'liar');
    const again = new Outcome(client.authenticate());
    await stage.settle();
    expect(again.error?.message).toBe('not authentic');
    expect(stage.link.transport.isClosed).toBe(true);
    expect(client.isConnected).toBe(false);
  });

  it('that fails before anything is sent rejects, also when the connection goes meanwhile', async () => {
    const stage = new Stage();
    asks(stage, 1);
    let calls = 0;
    let fail: (error: Error) => void = () => {};
    const first = () => (++calls === 1 ? bytes('first') : new Promise<Uint8Array>((_, reject) => (fail = reject)));
    const client = await stage.connect({ authentication: method([], { first }) });
    const again = new Outcome(client.authenticate());
    await stage.settle();
    stage.link.cut();
    await stage.settle();
    expect(again.state).toBe('rejected');
    fail(new Error('late'));
    await stage.settle();
    expect(stage.problems).toEqual([]);
  });
});
