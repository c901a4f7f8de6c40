// Clients that come in masses, slowly, or with as much as they can carry: each meets a limit that says so, nothing is left
// of those who have gone, and others are served meanwhile. No clock but a virtual one.
import { describe, expect, it } from 'vitest';
import type { ClientLink } from '../../src/broker/connection/client-link.ts';
import type { Exchange } from '../../src/broker/exchange.ts';
import { DEFAULT_LIMITS } from '../../src/broker/limits.ts';
import type { PacketInput } from '../../src/mqtt/packets/packet.ts';
import { memoryPair } from '../../src/transport/memory.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { RawClient } from '../support/raw-client.ts';
import { startBroker, type TestBroker } from '../support/test-broker.ts';

const CONNECT_BYTES = [
  '10',
  '11',
  '00',
  '04',
  '4d',
  '51',
  '54',
  '54',
  '05',
  '02',
  '00',
  '00',
  '00',
  '00',
  '04',
  '73',
  '6c',
  '6f',
  '77',
];

async function turns(count = 5): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** What the broker has inside. */
function insideOf({ broker }: TestBroker): Exchange {
  const [near, far] = memoryPair();
  let handler: ClientLink | undefined;
  const start = far.start.bind(far);
  far.start = (given) => {
    handler = given as ClientLink;
    start(given);
  };
  broker.attach(far);
  near.destroy();
  return handler!.exchange;
}

/** Everything that a client can leave behind. */
function remains(exchange: Exchange) {
  const { links, sessions, subscriptions, retained, gate, intake, queueBudget } = exchange;
  return {
    links: links.size,
    sessions: sessions.size,
    wills: sessions.willBytes,
    subscriptions: subscriptions.size,
    retained: retained.count,
    addresses: gate.addresses.size,
    held: intake.heldCount,
    queued: queueBudget.used,
  };
}

describe('connections', { timeout: 30_000 }, () => {
  it('500 that send their CONNECT byte by byte end in time; a client that comes meanwhile is served at once', async () => {
    const clock = new ManualClock();
    const test = await startBroker({ clock, limits: { connectTimeoutMs: 5_000 } });
    const exchange = insideOf(test);
    await turns();
    const slow = Array.from({ length: 500 }, (_, index) => new RawClient(test.transport(`192.0.2.1:${index}`)));
    let closed = 0;
    for (const { closed: end } of slow) void end.then(() => closed++);
    for (const byte of CONNECT_BYTES.slice(0, -1)) {
      for (const client of slow) client.write(byte);
      clock.advance(0.25);
      const polite = await test.connect('polite');
      expect(await polite.publish('a', '', { qos: 1 })).toBe(0x10);
      await polite.disconnect();
    }
    expect(closed).toBe(0);
    clock.advance(1);
    await turns();
    expect(closed).toBe(500);
    expect(test.broker.statistics.connected).toBe(0);
    expect(remains(exchange)).toMatchObject({ links: 0, sessions: 0, addresses: 0 });
  });

  it('10,000 that come and go leave nothing behind', async () => {
    const clock = new ManualClock();
    const test = await startBroker({ clock });
    const exchange = insideOf(test);
    await turns();
    const before = remains(exchange);
    for (let round = 0; round < 100; round++) {
      const clients = Array.from(
        { length: 100 },
        (_, index) => new RawClient(test.transport(`192.0.${round}.${index}:1`)),
      );
      for (const [index, client] of clients.entries()) {
        client.write(
          { type: 'connect', clientId: `c-${round}-${index}`, will: { topicName: 'w', payload: 'gone' } },
          { type: 'subscribe', packetIdentifier: 1, subscriptions: [{ topicFilter: `t/${round}/${index}`, qos: 1 }] },
        );
      }
      await turns(3);
      for (const { transport } of clients) transport.destroy();
      await Promise.all(clients.map(({ closed }) => closed));
    }
    await turns();
    expect(test.broker.statistics.connectionsAccepted).toBe(10_001);
    expect(remains(exchange)).toEqual(before);
    clock.advance(60);
    expect((await test.connect('next')).connack.reasonCode).toBe(0);
  });

  it('a flood from one address is turned away, and the others come in', async () => {
    const clock = new ManualClock();
    const test = await startBroker({ clock, limits: { connectionRatePerAddress: 20, connectionsPerAddress: 50 } });
    for (let second = 0; second < 10; second++) {
      for (let count = 0; count < 1_000; count++) test.transport(`192.0.2.1:${count}`);
      const other = new RawClient(test.transport(`198.51.100.${second}:1`));
      other.write({ type: 'connect', clientId: `other-${second}` });
      expect(await other.next()).toMatchObject({ type: 'connack', reasonCode: 0 });
      clock.advance(1);
    }
    const { statistics } = test.broker;
    expect(statistics.connectionsAccepted).toBe(50 + 10);
    expect(statistics.connectionsRefused).toBe(10_000 - 50);
  });
});

describe('what one client can carry', () => {
  const open = async (test: TestBroker, connect: object = {}) => {
    const client = new RawClient(test.transport());
    client.write({ type: 'connect', clientId: 'hostile', ...connect });
    return client;
  };

  it('aliases: 64 names of 60 KB are too much; it ends with 0x97 when they have 64 KB together', async () => {
    const test = await startBroker();
    const client = await open(test);
    const long = (alias: number): PacketInput => ({
      type: 'publish',
      topicName: `${alias}${'x'.repeat(60_000)}`,
      properties: { topicAlias: alias },
    });
    client.write(...Array.from({ length: 64 }, (_, index) => long(index + 1)));
    expect((await client.closed).at(-1)).toMatchObject({ type: 'disconnect', reasonCode: 0x97 });
    expect(test.broker.statistics.publishReceived).toBe(1);
  });

  it('User Properties: a packet of 8 MB with a million of them ends with 0x97', async () => {
    const test = await startBroker();
    const client = await open(test);
    const userProperties = Array.from({ length: 1_000_000 }, () => ['a', 'b'] as const);
    client.write({ type: 'publish', topicName: 't', properties: { userProperties } });
    expect((await client.closed).at(-1)).toMatchObject({ type: 'disconnect', reasonCode: 0x97 });
    const refused = await open(test, { properties: { userProperties: userProperties.slice(0, 101) } });
    expect(await refused.closed).toMatchObject([{ type: 'connack', reasonCode: 0x97 }]);
    expect(test.broker.statistics.faults).toEqual({ QUOTA_EXCEEDED: 2 });
  });

  it('wills: when all together are at willBytes, clients with one are refused with 0x97, the others are not', async () => {
    const test = await startBroker({ limits: { willBytes: 10_000 } });
    const will = { topicName: 'w', payload: 'x'.repeat(3_000) };
    const codes: number[] = [];
    for (let count = 0; count < 5; count++) {
      codes.push((await test.connect(`with-${count}`, { connect: { will } })).connack.reasonCode);
    }
    expect(codes).toEqual([0, 0, 0, 0x97, 0x97]);
    expect((await test.connect('without')).connack.reasonCode).toBe(0);
    const again = await test.connect('with-0');
    expect(again.connack.reasonCode).toBe(0);
    expect((await test.connect('with-3', { connect: { will } })).connack.reasonCode).toBe(0);
  });

  it('filters: 10,000 of 64 KB are too much; 0x97 when they are a megabyte too long together', async () => {
    const test = await startBroker();
    const client = await test.connect('hostile');
    const codes: number[] = [];
    for (let count = 0; count < 20; count++) {
      codes.push(...(await client.subscribe(`${count}/${'x'.repeat(65_000)}`, 0)).reasonCodes);
    }
    const granted = Math.floor(DEFAULT_LIMITS.longFilterBytes / (65_002 - 256));
    expect(codes.indexOf(0x97)).toBe(granted);
    expect((await client.subscribe('short', 0)).reasonCodes).toEqual([0]);
    client.send({ type: 'unsubscribe', topicFilters: [`0/${'x'.repeat(65_000)}`] });
    await client.next('unsuback');
    expect((await client.subscribe(`new/${'x'.repeat(64_000)}`, 0)).reasonCodes).toEqual([0]);
  });

  it('retained messages: a flood ends at the limits, and what was retained before stays', async () => {
    const test = await startBroker({ limits: { retainedMessages: 100, retainedBytes: 50_000 } });
    const exchange = insideOf(test);
    const client = await test.connect('hostile');
    for (let count = 0; count < 1_000; count++) {
      const payload = 'x'.repeat(count % 2 === 0 ? 10 : 2_000);
      await client.publish(`flood/${count}`, payload, { retain: true, qos: 1 });
    }
    expect(exchange.retained.count).toBeLessThanOrEqual(100);
    expect(exchange.retained.bytes).toBeLessThanOrEqual(50_000);
    expect(test.broker.statistics.dropped['retained-full']).toBeGreaterThanOrEqual(900);
    const late = await test.connect('late');
    await late.subscribe('flood/0', 0);
    expect(await late.messages()).toEqual([`flood/0=${'x'.repeat(10)}`]);
  });

  it('a reader that never reads holds its queue and no more, and delays nobody', async () => {
    const test = await startBroker({ limits: { queuedMessages: 50, queuedBytes: 100_000 } });
    const exchange = insideOf(test);
    const [near, far] = memoryPair({ highWaterMark: 1_024 });
    test.broker.attach(far);
    const frozen = new RawClient(near);
    frozen.write(
      { type: 'connect', clientId: 'frozen' },
      { type: 'subscribe', packetIdentifier: 1, subscriptions: [{ topicFilter: '#', qos: 1 }] },
    );
    await frozen.take(2);
    near.pause();
    const reader = await test.connect('reader');
    await reader.subscribe('#', 1);
    const publisher = await test.connect('publisher');
    for (let count = 0; count < 1_000; count++) {
      expect(await publisher.publish('a', 'x'.repeat(1_000), { qos: 1 })).toBe(0);
    }
    expect(await reader.messages()).toHaveLength(1_000);
    expect(exchange.queueBudget.used).toBeLessThanOrEqual(100_000);
    expect(exchange.queueBudget.used).toBeGreaterThan(0);
    near.destroy();
    await frozen.closed;
    await turns();
    expect(exchange.queueBudget.used).toBe(0);
  });

  it('all queues together: many that never read are held to queuedBytesInAll', async () => {
    const test = await startBroker({ limits: { queuedBytesInAll: 200_000 } });
    const exchange = insideOf(test);
    for (let count = 0; count < 20; count++) {
      const away = await test.connect(`away-${count}`, {
        connect: { cleanStart: false, properties: { sessionExpiryInterval: 60 } },
      });
      await away.subscribe('a', 1);
      await away.disconnect();
    }
    const publisher = await test.connect('publisher');
    for (let count = 0; count < 100; count++) {
      expect(await publisher.publish('a', 'x'.repeat(1_000), { qos: 1 })).toBe(0);
    }
    expect(exchange.queueBudget.used).toBeLessThanOrEqual(200_000);
    expect(test.broker.statistics.dropped['memory-full']).toBeGreaterThanOrEqual(2_000 - 200);
  });
});
