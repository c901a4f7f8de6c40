// A broker that is taken out of service: who is told what, how fast, and what becomes of wills and of who still wants in.
import { describe, expect, it } from 'vitest';
import { exchangeOf } from '../../src/broker/broker.ts';
import { ReasonCode } from '../../src/mqtt/reason-codes.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { RawClient } from '../support/raw-client.ts';
import { startBroker } from '../support/test-broker.ts';

async function start() {
  const clock = new ManualClock();
  return { clock, ...(await startBroker({ clock })) };
}

async function goodbye(client: { next(type: 'disconnect'): Promise<object> }): Promise<object> {
  return client.next('disconnect');
}

/** Lets what was decided reach the clients. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('draining', () => {
  it('tells each client that the server shuts down, and ends when all have gone', async () => {
    const { broker, connect } = await start();
    const clients = [await connect('a'), await connect('b', { protocolVersion: 4 })];
    const drained = broker.drain();
    expect(await goodbye(clients[0]!)).toMatchObject({ reasonCode: ReasonCode.ServerShuttingDown });
    for (const client of clients) await client.closed;
    expect(await drained).toEqual({ told: 2, left: 0 });
    expect(await broker.drain()).toEqual({ told: 2, left: 0 });
  });

  for (const [permanent, reasonCode] of [
    [undefined, ReasonCode.UseAnotherServer],
    [false, ReasonCode.UseAnotherServer],
    [true, ReasonCode.ServerMoved],
  ] as const) {
    it(`names the other server, permanent: ${String(permanent)}`, async () => {
      const { broker, connect } = await start();
      const client = await connect('a');
      const options = { serverReference: 'other.example:1884' };
      const drained = broker.drain(permanent === undefined ? options : { ...options, permanent });
      expect(await goodbye(client)).toMatchObject({
        reasonCode,
        properties: { serverReference: 'other.example:1884' },
      });
      await drained;
    });
  }

  it('is no faster than it should be, and tells the rest at once when time is up', async () => {
    const { broker, connect, clock } = await start();
    const clients = [];
    for (let i = 0; i < 10; i++) clients.push(await connect(`client-${i}`));
    const drained = broker.drain({ clientsPerSecond: 20, timeoutMs: 300 });
    await turn();
    expect(broker.statistics.connected).toBe(8);
    clock.advance(0.1);
    expect(broker.statistics.connected).toBe(6);
    clock.advance(0.1);
    expect(broker.statistics.connected).toBe(4);
    clock.advance(0.1);
    const { told } = await drained;
    expect(told).toBe(8);
    for (const client of clients) expect(await goodbye(client)).toMatchObject({ reasonCode: 0x8b });
    expect(broker.statistics.connected).toBe(0);
  });

  it('lets nobody in, and says that it is not ready', async () => {
    const { broker, connect, transport } = await start();
    await connect('a');
    const drained = broker.drain();
    expect(() => transport()).toThrow('drained');
    expect(broker.readiness).toEqual({ isReady: false, reasons: ['it is draining'] });
    await expect(broker.listen('mqtt://127.0.0.1:0')).rejects.toThrow('drained');
    await drained;
    expect(broker.readiness.reasons).toEqual(['it is closed']);
  });

  it('closes listeners at once: the next one may have their addresses', async () => {
    const { broker, connect } = await start();
    const { url } = await broker.listen('mqtt://127.0.0.1:0');
    expect(broker.listeners).toEqual([url]);
    expect(broker.readiness).toEqual({ isReady: true, reasons: [] });
    await connect('a');
    const drained = broker.drain();
    expect(broker.listeners).toEqual([]);
    await drained;
  });

  it('publishes wills, unless they are withheld, also of those who are told last', async () => {
    for (const wills of ['publish', 'withhold'] as const) {
      const { broker, connect } = await start();
      for (const name of ['a', 'b', 'c']) {
        await connect(name, { connect: { will: { topicName: `will/${name}`, payload: 'gone', retain: true } } });
      }
      await broker.drain({ wills, clientsPerSecond: 10, timeoutMs: 0 });
      const seen: string[] = [];
      exchangeOf(broker).retained.match('will/+', 0, ({ topic }) => seen.push(topic.name) > 0);
      expect(seen.sort()).toEqual(wills === 'publish' ? ['will/a', 'will/b', 'will/c'] : []);
    }
  });

  it('a limit that is none is the caller’s mistake', async () => {
    const { broker } = await start();
    await expect(broker.drain({ timeoutMs: -1 })).rejects.toThrow(RangeError);
    const other = await start();
    await expect(other.broker.drain({ clientsPerSecond: 0 })).rejects.toThrow(RangeError);
  });
});

describe('a broker that has moved', () => {
  it('refuses with the other address in 5.0, without one before, until clients are welcome again', async () => {
    const { broker, connect, transport } = await start();
    broker.redirect({ serverReference: 'new.example', permanent: true });
    const raw = new RawClient(transport());
    raw.write({ type: 'connect', clientId: 'a' });
    expect(await raw.next()).toMatchObject({
      type: 'connack',
      reasonCode: ReasonCode.ServerMoved,
      properties: { serverReference: 'new.example' },
    });
    const older = new RawClient(transport(), 4);
    older.write({ type: 'connect', clientId: 'b' });
    expect(await older.next()).toMatchObject({ type: 'connack', reasonCode: 3 });
    expect(broker.readiness.reasons).toContain('it sends clients elsewhere');
    broker.redirect({ serverReference: 'new.example' });
    const third = new RawClient(transport());
    third.write({ type: 'connect', clientId: 'a' });
    expect(await third.next()).toMatchObject({ reasonCode: ReasonCode.UseAnotherServer });
    broker.redirect(undefined);
    expect((await connect('a')).connack.reasonCode).toBe(0);
  });
});
