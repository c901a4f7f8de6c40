// The overload guard, on virtual time: ticks that come late are what it sees.
import { describe, expect, it } from 'vitest';
import type { BrokerLimits } from '../../src/broker/limits.ts';
import type { PacketInput } from '../../src/mqtt/packets/packet.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { RawClient } from '../support/raw-client.ts';
import { startBroker } from '../support/test-broker.ts';

const LIMITS = { overloadDelayMs: 1_000 };

async function turns(count = 10): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function startWatched(limits: Partial<BrokerLimits> = LIMITS) {
  const clock = new ManualClock();
  const test = await startBroker({ clock, limits });
  const events: boolean[] = [];
  test.broker.on('overload', ({ isOn }) => events.push(isOn));
  clock.advance(1);
  /** Ticks that are so late, one after another. */
  const late = (seconds: number, ticks = 1) => {
    for (let tick = 0; tick < ticks; tick++) clock.jump(seconds + 0.25);
  };
  return { ...test, clock, events, late };
}

describe('overloadDelayMs', () => {
  it('one late tick is a suspended machine; two are an overload, which is over when the loop is in time', async () => {
    const { broker, clock, events, late } = await startWatched();
    late(3_600);
    clock.advance(0.25);
    expect([events, broker.statistics.overloads]).toEqual([[], 0]);
    late(1.5, 2);
    expect(events).toEqual([true]);
    expect(broker.statistics.delayMs).toBe(1_500);
    late(0.8, 2);
    expect(events).toEqual([true]);
    late(0.4, 2);
    expect(events).toEqual([true, false]);
    expect(broker.statistics.overloads).toBe(1);
  });

  it('new connections are refused with 0x89, before 5.0 with 3; those that are there go on', async () => {
    const { broker, connect, late } = await startWatched();
    const client = await connect('client');
    late(1.5, 2);
    expect((await connect('new')).connack.reasonCode).toBe(0x89);
    expect((await connect('old', { protocolVersion: 4 })).connack.reasonCode).toBe(3);
    expect(await client.publish('a', '', { qos: 1 })).toBe(0x10);
    expect(broker.statistics.refused).toEqual({ [0x89]: 2 });
    late(0, 2);
    expect((await connect('new')).connack.reasonCode).toBe(0);
  });

  it('later than four times the limit there is not even a CONNACK', async () => {
    const { broker, transport, late } = await startWatched();
    late(5, 2);
    const client = new RawClient(transport());
    client.write({ type: 'connect', clientId: 'new' });
    expect(await client.closed).toEqual([]);
    expect(broker.statistics.turnedAway).toEqual({ overload: 1 });
  });

  it('the busiest clients are not read for a tick; nothing of theirs is lost', async () => {
    const { broker, transport, clock, late } = await startWatched();
    const open = async (clientId: string) => {
      const client = new RawClient(transport());
      client.write({ type: 'connect', clientId });
      await client.next();
      return client;
    };
    const [busy, quiet] = [await open('busy'), await open('quiet')];
    const say = (client: RawClient, size: number) => {
      const packet: PacketInput = { type: 'publish', topicName: 'a', payload: new Uint8Array(size) };
      client.write(packet);
      return turns();
    };
    late(1.5, 2);
    await say(busy, 10_000);
    await say(quiet, 10);
    const before = broker.statistics.publishReceived;
    expect(before).toBe(2);
    late(1.5);
    await say(busy, 10_000);
    await say(quiet, 10);
    expect(broker.statistics.publishReceived).toBe(before + 1);
    late(1.5);
    await turns();
    expect(broker.statistics.publishReceived).toBe(before + 2);
    clock.advance(1);
    await say(busy, 10_000);
    expect(broker.statistics.publishReceived).toBe(before + 3);
  });

  it('0 never refuses', async () => {
    const { connect, events, late } = await startWatched({ overloadDelayMs: 0 });
    late(100, 5);
    expect((await connect('new')).connack.reasonCode).toBe(0);
    expect(events).toEqual([]);
  });
});
