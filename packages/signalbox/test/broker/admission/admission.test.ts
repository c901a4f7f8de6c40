// What `authenticate` says about a client beyond yes and no: its name, groups, rights, and until when it may stay. §3.1.4
import { describe, expect, it } from 'vitest';
import type { AuthenticationResult, BrokerHooks, ClientInfo } from '../../../src/broker/hooks.ts';
import { MemoryStore } from '../../../src/broker/store/memory-store.ts';
import { ReasonCode } from '../../../src/mqtt/reason-codes.ts';
import type { PeerCertificate } from '../../../src/transport/transport.ts';
import { transportFrom } from '../../support/address.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { startBroker } from '../../support/test-broker.ts';
import { TestClient } from '../../support/test-client.ts';

const CERTIFICATE: PeerCertificate = {
  subject: 'CN=device-1',
  commonName: 'device-1',
  issuer: 'CN=ca',
  subjectAltName: undefined,
  serialNumber: '01',
  fingerprint256: 'AB',
  validTo: 'later',
};

async function withAnswer(answer: (client: ClientInfo) => AuthenticationResult, more: Partial<BrokerHooks> = {}) {
  const clock = new ManualClock();
  const started = await startBroker({ clock, hooks: { authenticate: answer, ...more } });
  return { ...started, clock };
}

describe('an Admission', () => {
  it('becomes part of what hooks and events see', async () => {
    const seen: ClientInfo[] = [];
    const acl = { publish: ['a'], subscribe: ['b'] };
    const { connect, broker } = await withAnswer(() => ({ username: 'alice', groups: ['staff'], acl }), {
      authorize: (client) => {
        seen.push(client);
        return true;
      },
    });
    broker.on('connected', ({ client }) => seen.push(client));
    const client = await connect('c', { connect: { username: 'token' } });
    await client.subscribe('b');
    expect(seen).toHaveLength(2);
    for (const each of seen) expect(each).toMatchObject({ clientId: 'c', username: 'alice', groups: ['staff'], acl });
  });

  it('leaves what it does not say as the client said it', async () => {
    const { connect, broker } = await withAnswer(() => ({ groups: ['staff'] }));
    const seen: ClientInfo[] = [];
    broker.on('connected', ({ client }) => seen.push(client));
    await connect('c', { connect: { username: 'bob' } });
    expect(seen[0]).toMatchObject({ username: 'bob', groups: ['staff'], acl: undefined, expiresAt: undefined });
  });

  it('that says nothing admits nobody, and one of wrong types is the fault of the hook', async () => {
    const errors: unknown[] = [];
    const answers = [{}, { expiresAt: Number.NaN }, { groups: 'staff' }, { username: 7 }, { acl: { publish: [] } }];
    for (const answer of answers) {
      const { connect, broker } = await withAnswer(() => answer as unknown as AuthenticationResult);
      broker.on('error', ({ error }) => errors.push(error));
      const client = await connect('c');
      expect(client.connack.reasonCode).toBeGreaterThanOrEqual(0x80);
      await client.closed;
    }
    expect(errors).toHaveLength(answers.length - 1);
  });

  it('with expiresAt ends the connection with 0xA0 (Maximum connect time) then, and not before', async () => {
    const clock = new ManualClock();
    const { connect, broker } = await startBroker({
      clock,
      hooks: { authenticate: () => ({ expiresAt: clock.now() + 90_000 }) },
    });
    const client = await connect('c', { connect: { keepAlive: 3_600 } });
    clock.advance(89);
    expect(await client.messages()).toEqual([]);
    clock.advance(2);
    expect((await client.next('disconnect')).reasonCode).toBe(ReasonCode.MaximumConnectTime);
    await client.closed;
    expect(broker.statistics.connected).toBe(0);
  });

  it('with expiresAt ends also a connection whose hook is being asked, and one of 3.1.1', async () => {
    const clock = new ManualClock();
    const { connect } = await startBroker({
      clock,
      hooks: { authenticate: () => ({ expiresAt: clock.now() + 10_000 }), authorize: () => new Promise(() => {}) },
    });
    const asking = await connect('asking');
    const old = await connect('old', { protocolVersion: 4 });
    asking.send({ type: 'publish', topicName: 'a', payload: '', qos: 0 });
    clock.advance(11);
    await asking.closed;
    await old.closed;
  });

  it('that is over already refuses with 0x87', async () => {
    const { connect } = await withAnswer(() => ({ expiresAt: 1_000 }));
    expect((await connect('c')).connack.reasonCode).toBe(ReasonCode.NotAuthorized);
  });
});

describe('the session of a user whom authentication has named', () => {
  const LASTING = { cleanStart: false, properties: { sessionExpiryInterval: 1_000 } };
  const byName = (client: ClientInfo): AuthenticationResult => ({ username: client.username });

  it('is for nobody else: 0x85, and it stays as it is', async () => {
    const { connect, broker } = await withAnswer(byName);
    const alice = await connect('c', { connect: { ...LASTING, username: 'alice' } });
    await alice.subscribe('a', 1);
    for (const connectOptions of [{ ...LASTING, username: 'bob' }, { username: 'bob' }, { ...LASTING }]) {
      const other = await connect('c', { connect: connectOptions });
      expect(other.connack.reasonCode).toBe(ReasonCode.ClientIdentifierNotValid);
    }
    await alice.disconnect();
    await broker.publish({ topicName: 'a', payload: 'for alice', qos: 1 });
    expect((await connect('c', { connect: { ...LASTING, username: 'bob' } })).connack.reasonCode).toBe(0x85);
    const again = await connect('c', { connect: { ...LASTING, username: 'alice' } });
    expect(again.connack.sessionPresent).toBe(true);
    expect((await again.message()).text).toBe('for alice');
  });

  it('is for nobody else in the next broker on the same store either', async () => {
    const store = new MemoryStore();
    const hooks = { authenticate: byName };
    const first = await startBroker({ store, hooks });
    await (await first.connect('c', { connect: { ...LASTING, username: 'alice' } })).disconnect();
    await first.broker.close();
    const { connect } = await startBroker({ store, hooks });
    expect((await connect('c', { connect: { ...LASTING, username: 'bob' } })).connack.reasonCode).toBe(0x85);
    const again = await connect('c', { connect: { ...LASTING, username: 'alice' } });
    expect(again.connack.sessionPresent).toBe(true);
  });

  it('ends with its user, and then the client identifier is free', async () => {
    const { connect } = await withAnswer(byName);
    await (await connect('c', { connect: { username: 'alice' } })).disconnect();
    expect((await connect('c', { connect: { username: 'bob' } })).connack.reasonCode).toBe(0);
  });

  it('is not bound where a hook admits without naming anybody', async () => {
    const { connect } = await withAnswer(() => true);
    await (await connect('c', { connect: { ...LASTING, username: 'token-1' } })).disconnect();
    const again = await connect('c', { connect: { ...LASTING, username: 'token-2' } });
    expect(again.connack).toMatchObject({ reasonCode: 0, sessionPresent: true });
  });
});

describe('the certificate of a client', () => {
  it('is shown to hooks, asked for once; without TLS it is one that a proxy has verified', async () => {
    const seen: (PeerCertificate | undefined)[] = [];
    const { broker } = await withAnswer(({ certificate }) => {
      seen.push(certificate);
      return true;
    });
    for (const protocol of ['tls', 'tcp', 'wss'] as const) {
      await TestClient.connect(transportFrom(broker, { protocol, certificate: CERTIFICATE }));
    }
    expect(seen).toEqual([CERTIFICATE, CERTIFICATE, CERTIFICATE]);
  });
});

describe('where the machine’s clock was set since the broker started', () => {
  /** Milliseconds by which the machine is ahead of the broker. */
  class SetClock extends ManualClock {
    ahead = 0;

    wallTime(): number {
      return this.now() + this.ahead;
    }
  }

  it.each([-7_200_000, 0, 7_200_000])('an admission ends when the machine says (%i ms ahead)', async (ahead) => {
    const clock = new SetClock();
    clock.ahead = ahead;
    const authenticate = () => ({ username: 'alice', expiresAt: clock.wallTime() + 60_000 });
    const { connect } = await startBroker({ clock, hooks: { authenticate } });
    const client = await connect('a');
    expect(client.connack.reasonCode).toBe(0);
    clock.advance(59);
    expect(await client.messages()).toEqual([]);
    clock.advance(2);
    expect((await client.next('disconnect')).reasonCode).toBe(ReasonCode.MaximumConnectTime);
  });
});
