// Guessing is slow: failures are counted by address and by user name, then attempts wait, then the address is banned.
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Broker } from '../../src/broker/broker.ts';
import type { BrokerOptions } from '../../src/broker/broker-options.ts';
import type { BrokerLimits } from '../../src/broker/limits.ts';
import { ReasonCode } from '../../src/mqtt/reason-codes.ts';
import { connectFrom, transportFrom } from '../support/address.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { RawClient } from '../support/raw-client.ts';
import { startBroker } from '../support/test-broker.ts';
import { TestClient } from '../support/test-client.ts';

async function start(limits: Partial<BrokerLimits> = {}, options: BrokerOptions = {}) {
  const clock = new ManualClock();
  const attempts: string[] = [];
  const { broker } = await startBroker({
    clock,
    limits: { failures: 3, failureDelayMs: 4_000, offences: 8, banMs: 60_000, ...limits },
    hooks: {
      authenticate: ({ username }, { password }) => {
        attempts.push(`${username}`);
        const presented = new TextDecoder().decode(password);
        if (presented === 'token of mallory') return { username: 'mallory' };
        return presented === 'right' ? { username } : ReasonCode.BadUserNameOrPassword;
      },
    },
    ...options,
  });
  return { broker, clock, attempts };
}

const connect = (broker: Broker, address: string, username = 'alice', password = 'wrong') =>
  connectFrom(broker, address, { connect: { username, password } });

async function fail(broker: Broker, address: string, times: number, username?: string): Promise<void> {
  for (let i = 0; i < times; i++) {
    const client = await connect(broker, address, username);
    expect(client.connack.reasonCode).toBe(ReasonCode.BadUserNameOrPassword);
  }
}

/** A client whose CONNECT is sent, and the CONNACK not waited for. */
function begin(broker: Broker, address: string, username: string, password = 'wrong') {
  const client = new TestClient(transportFrom(broker, { remoteAddress: address }));
  client.send({ type: 'connect', clientId: '', username, password });
  return client;
}

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await turn();
}

describe('failed authentications of one address', () => {
  it('make further ones wait, longer each time, and the hook is asked only after the wait', async () => {
    const { broker, clock, attempts } = await start();
    await fail(broker, '192.0.2.1:1000', 3);
    const waiting = begin(broker, '192.0.2.1:1001', 'bob');
    await settle();
    expect(attempts).toHaveLength(3);
    clock.advance(0.5);
    expect((await waiting.next('connack')).reasonCode).toBe(ReasonCode.BadUserNameOrPassword);
    const next = begin(broker, '192.0.2.1:1002', 'carol');
    await settle();
    clock.advance(0.25);
    await settle();
    expect(attempts).toHaveLength(4);
    clock.advance(0.5);
    await next.next('connack');
    expect(attempts).toHaveLength(5);
    expect(broker.statistics).toMatchObject({ authenticationsFailed: 5, authenticationsDelayed: 2 });
  });

  it('let attempts that come at once have their turns one after another, and refuse with 0x9F who would wait too long', async () => {
    const { broker, clock } = await start({ offences: 1_000 });
    await fail(broker, '192.0.2.1:1', 3);
    const clients = Array.from({ length: 40 }, (_, index) => begin(broker, '192.0.2.1:2', `user-${index}`));
    await settle();
    const refused = broker.statistics.authenticationsRefused;
    expect(refused).toBeGreaterThan(0);
    for (let i = 0; i < 40; i++) {
      clock.advance(0.25);
      await settle();
    }
    const codes = await Promise.all(clients.map(async (client) => (await client.next('connack')).reasonCode));
    expect(codes.filter((code) => code === ReasonCode.ConnectionRateExceeded)).toHaveLength(refused);
    expect(codes.filter((code) => code === ReasonCode.BadUserNameOrPassword)).toHaveLength(40 - refused);
  });

  it('do not slow others, nor the same address when the window is over', async () => {
    const { broker, clock } = await start();
    await fail(broker, '192.0.2.1:1', 3, 'mallory');
    expect((await connect(broker, '192.0.2.2:1', 'alice', 'right')).connack.reasonCode).toBe(0);
    clock.advance(601);
    expect((await connect(broker, '192.0.2.1:1', 'alice', 'right')).connack.reasonCode).toBe(0);
    expect(broker.statistics.authenticationsDelayed).toBe(0);
  });

  it('count together for an IPv6 network of 64 bits', async () => {
    const { broker } = await start({ offences: 3, failures: 100 });
    for (const host of ['::1', '::2', '1:2:3:4'])
      await fail(broker, `[2001:db8:0:1${host.startsWith(':') ? host : `:${host}`}]:1`, 1);
    expect(broker.bans()).toMatchObject([{ kind: 'address', value: '2001:db8:0:1::/64' }]);
    expect(broker.liftBan('address', '2001:db8:0:1::77')).toBe(true);
  });

  it('a client that leaves while it waits is not asked about', async () => {
    const { broker, clock, attempts } = await start();
    await fail(broker, '192.0.2.1:1000', 3);
    const waiting = begin(broker, '192.0.2.1:1001', 'bob');
    await settle();
    await waiting.destroy();
    await settle();
    clock.advance(1);
    await settle();
    expect(attempts.length).toBeLessThanOrEqual(4); // a paused transport may notice only when it is written to
    expect(broker.statistics.connected).toBe(0);
  });
});

describe('failed authentications for one user name', () => {
  it('slow it from every address, though not where it has been right before', async () => {
    const { broker, clock, attempts } = await start();
    expect((await connect(broker, '198.51.100.1:1', 'alice', 'right')).connack.reasonCode).toBe(0);
    for (let i = 1; i <= 3; i++) await fail(broker, `192.0.2.${i}:1`, 1);
    const elsewhere = begin(broker, '192.0.2.77:1', 'alice', 'right');
    await settle();
    expect(attempts).toHaveLength(4);
    expect((await connect(broker, '198.51.100.1:2', 'alice', 'right')).connack.reasonCode).toBe(0);
    clock.advance(0.5);
    expect((await elsewhere.next('connack')).reasonCode).toBe(0);
  });

  it('slow it also where somebody was right who only said that name, and proved to be another', async () => {
    const { broker } = await start();
    const mallory = await connect(broker, '198.51.100.1:1', 'alice', 'token of mallory');
    expect(mallory.connack.reasonCode).toBe(0);
    for (let i = 1; i <= 3; i++) await fail(broker, `192.0.2.${i}:1`, 1);
    begin(broker, '198.51.100.1:2', 'alice', 'a guess');
    await settle();
    expect(broker.statistics.authenticationsDelayed).toBe(1);
  });

  it('lead to no ban of who has made no mistake, however often it is refused for the mistakes of others', async () => {
    const { broker } = await start({ failures: 1, failureDelayMs: 1_000 });
    await fail(broker, '192.0.2.1:1', 1);
    for (let i = 2; i <= 40; i++) begin(broker, `192.0.2.${i}:1`, 'alice');
    await settle();
    for (let i = 0; i < 20; i++) {
      const { connack } = await connect(broker, '198.51.100.1:1', 'alice', 'right');
      expect(connack.reasonCode).toBe(ReasonCode.ConnectionRateExceeded);
    }
    expect((await connect(broker, '198.51.100.1:1', 'bob', 'right')).connack.reasonCode).toBe(0);
    expect(broker.bans()).toEqual([]);
  });

  it('are remembered of at most `offenders` names', async () => {
    const { broker } = await start({ offenders: 5, offences: 1_000, failures: 1_000 });
    for (let i = 0; i < 50; i++) await fail(broker, '192.0.2.1:1', 1, `user-${i}`);
    expect(broker.statistics.authenticationsFailed).toBe(50);
  });
});

describe('a ban', () => {
  it('comes after `offences`: CONNACK 0x8A in 5.0 and 5 before, nobody is asked; it ends by itself', async () => {
    const { broker, clock, attempts } = await start({ failures: 1_000 });
    const events: unknown[] = [];
    broker.on('banned', (ban) => events.push(ban));
    await fail(broker, '192.0.2.1:1', 8);
    expect(events).toMatchObject([{ kind: 'address', value: '192.0.2.1', until: clock.now() + 60_000 }]);
    expect((await connect(broker, '192.0.2.1:2', 'alice', 'right')).connack.reasonCode).toBe(ReasonCode.Banned);
    const old = await connectFrom(broker, '192.0.2.1:3', {
      protocolVersion: 4,
      connect: { username: 'a', password: 'b' },
    });
    expect(old.connack.reasonCode).toBe(5);
    expect(attempts).toHaveLength(8);
    expect(broker.bans()).toHaveLength(1);
    clock.advance(61);
    expect(broker.bans()).toEqual([]);
    expect((await connect(broker, '192.0.2.1:2', 'bob', 'right')).connack.reasonCode).toBe(0);
    expect(broker.statistics.bansImposed).toBe(1);
  });

  it('can be lifted', async () => {
    const { broker } = await start({ failures: 1_000 });
    await fail(broker, '192.0.2.1:1', 8);
    expect(broker.liftBan('address', '192.0.2.9')).toBe(false);
    expect(broker.liftBan('address', '192.0.2.1')).toBe(true);
    expect((await connect(broker, '192.0.2.1:1', 'bob', 'right')).connack.reasonCode).toBe(0);
  });

  it('is told ten times; who comes again is not listened to any more, until the ban ends or is lifted', async () => {
    const { broker } = await start({ failures: 1_000 });
    await fail(broker, '192.0.2.1:1', 8);
    for (let i = 0; i < 10; i++) {
      expect((await connect(broker, '192.0.2.1:1')).connack.reasonCode).toBe(ReasonCode.Banned);
    }
    await expect(connect(broker, '192.0.2.1:1')).rejects.toThrow('closed');
    expect(broker.statistics.turnedAway).toEqual({ banned: 1 });
    broker.liftBan('address', '192.0.2.1');
    expect((await connect(broker, '192.0.2.1:1', 'bob', 'right')).connack.reasonCode).toBe(0);
  });

  it('comes for malformed packets as well', async () => {
    const { broker } = await start();
    for (let i = 0; i < 8; i++) {
      const client = new RawClient(transportFrom(broker, { remoteAddress: '192.0.2.1:1' }));
      client.write('ff ff ff ff ff ff');
      await client.closed;
    }
    expect(broker.bans()).toMatchObject([{ kind: 'address', value: '192.0.2.1' }]);
    expect((await connect(broker, '192.0.2.1:1')).connack.reasonCode).toBe(ReasonCode.Banned);
    const again = new RawClient(transportFrom(broker, { remoteAddress: '192.0.2.1:1' }));
    again.write('ff ff ff ff ff ff');
    await again.closed;
    await expect(connect(broker, '192.0.2.1:1')).rejects.toThrow('closed'); // it was told, and goes on
  });

  it('comes for a client identifier that flaps, not for one that says goodbye', async () => {
    const { broker, clock } = await start({ flapping: 5 });
    const come = (clientId: string) =>
      connectFrom(broker, '192.0.2.1:1', { connect: { clientId, username: 'u', password: 'right' } });
    for (let i = 0; i < 20; i++) await (await come('orderly')).disconnect();
    for (let i = 0; i < 5; i++) await (await come('flapping')).destroy();
    await settle();
    expect(broker.bans()).toMatchObject([{ kind: 'client', value: 'flapping', reason: 'flapping' }]);
    expect((await come('flapping')).connack.reasonCode).toBe(ReasonCode.Banned);
    expect((await come('orderly')).connack.reasonCode).toBe(0);
    for (let i = 0; i < 20; i++) {
      const steady = await come('steady');
      clock.advance(12);
      await steady.destroy();
    }
    await settle();
    expect(broker.liftBan('client', 'steady')).toBe(false);
  });

  it('of a client identifier is for the user alone who flapped, whatever name is said at first', async () => {
    const { broker } = await start({ flapping: 5 });
    const come = (username: string, password = 'right') =>
      connectFrom(broker, '192.0.2.1:1', { connect: { clientId: 'shared', username, password } });
    for (let i = 0; i < 5; i++) await (await come('bob', 'token of mallory')).destroy();
    await settle();
    expect(broker.bans()).toMatchObject([{ kind: 'client', value: 'shared', username: 'mallory' }]);
    expect((await come('bob', 'token of mallory')).connack.reasonCode).toBe(ReasonCode.Banned);
    expect((await come('mallory', 'a guess')).connack.reasonCode).toBe(ReasonCode.Banned); // unasked
    expect((await come('bob')).connack.reasonCode).toBe(0);
    expect(broker.liftBan('client', 'shared')).toBe(true);
    expect((await come('mallory', 'a guess')).connack.reasonCode).toBe(ReasonCode.BadUserNameOrPassword);
  });

  it('of a client identifier that nobody proved to be whose is for the address alone that flapped', async () => {
    const { broker } = await start({ flapping: 5 }, { hooks: {} });
    const come = (address: string) => connectFrom(broker, address, { connect: { clientId: 'victim', username: 'v' } });
    for (let i = 0; i < 5; i++) await (await come('192.0.2.66:1')).destroy();
    await settle();
    expect(broker.bans()).toMatchObject([{ kind: 'client', value: 'victim', address: '192.0.2.66' }]);
    expect((await come('192.0.2.66:2')).connack.reasonCode).toBe(ReasonCode.Banned);
    expect((await come('198.51.100.1:1')).connack.reasonCode).toBe(0);
  });

  it('never comes for what is trusted: loopback, and what has no address of a network', async () => {
    const { broker } = await start({ failures: 1_000 });
    for (const address of ['127.0.0.1:5', '[::1]:5', 'memory', 'unix:/tmp/x']) await fail(broker, address, 20, address);
    expect(broker.bans()).toEqual([]);
  });

  it('may come for loopback when told so, and not for what else is trusted', async () => {
    const { broker } = await start({ failures: 1_000 }, { isTrusted: (address) => address === '192.0.2.1' });
    await fail(broker, '127.0.0.1:5', 8, 'a');
    await fail(broker, '192.0.2.1:5', 20, 'b');
    expect(broker.bans()).toMatchObject([{ value: '127.0.0.1' }]);
  });

  it('comes not at all with banMs 0', async () => {
    const { broker } = await start({ failures: 1_000, banMs: 0 });
    await fail(broker, '192.0.2.1:1', 20);
    expect(broker.bans()).toEqual([]);
  });

  it('answers of a hook that say nothing about what was presented count for nothing', async () => {
    const { broker } = await start({ offences: 2 }, { hooks: { authenticate: () => ReasonCode.ServerBusy } });
    for (let i = 0; i < 5; i++) await connect(broker, '192.0.2.1:1');
    expect(broker.statistics.authenticationsFailed).toBe(0);
    expect(broker.bans()).toEqual([]);
  });
});
