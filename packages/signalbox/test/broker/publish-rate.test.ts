// Publish rates of one client, on virtual time: who says too much is not read for a while, or is sent away. Others are
// served as if it were not there.
import { describe, expect, it } from 'vitest';
import type { PublishRatePolicy } from '../../src/broker/intake.ts';
import type { BrokerLimits } from '../../src/broker/limits.ts';
import type { PacketInput } from '../../src/mqtt/packets/packet.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { RawClient } from '../support/raw-client.ts';
import { startBroker } from '../support/test-broker.ts';

const message = (payload = ''): PacketInput => ({ type: 'publish', topicName: 'flood', payload });

async function turns(count = 10): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function startFlood(limits: Partial<BrokerLimits>, publishRatePolicy: PublishRatePolicy = 'pause') {
  const clock = new ManualClock();
  const test = await startBroker({ clock, limits, publishRatePolicy });
  const flooder = new RawClient(test.transport('192.0.2.1:1'));
  flooder.write({ type: 'connect', clientId: 'flooder', keepAlive: 1 });
  await flooder.next();
  const received = () => test.broker.statistics.publishReceived;
  return { ...test, clock, flooder, received };
}

describe('publishRate', () => {
  it('pause: what comes too fast waits in the network, nothing is lost, and the rate is kept over time', async () => {
    const { clock, flooder, received, broker, connect } = await startFlood({ publishRate: 10 });
    const watcher = await connect('watcher');
    await watcher.subscribe('flood', 0);
    for (let sent = 0; sent < 200; sent++) {
      flooder.write(message(String(sent)));
      await turns(2);
    }
    expect(received()).toBe(11);
    expect(broker.statistics.publishRateExceeded).toBe(1);
    for (let second = 1; second <= 10; second++) {
      for (let tick = 0; tick < 4; tick++) {
        clock.advance(0.25);
        await turns();
      }
      expect(received()).toBeGreaterThan(10 * second);
      expect(received()).toBeLessThanOrEqual(10 * (second + 1) + 1);
    }
    for (let tick = 0; tick < 60; tick++) {
      clock.advance(0.25);
      await turns();
    }
    expect(received()).toBe(200);
    const payloads = (await watcher.messages()).map((text) => Number(text.split('=')[1]));
    expect(payloads).toEqual(Array.from({ length: 200 }, (_, index) => index));
    expect(broker.statistics.dropped).toEqual({});
  });

  it('pause: who is not read is not silent, and who is within the rate is never touched', async () => {
    const { clock, flooder, received, connect } = await startFlood({ publishRate: 1 });
    flooder.write(...Array.from({ length: 30 }, () => message()));
    await turns();
    expect(received()).toBe(30); // one read, paid for afterwards
    const polite = await connect('polite');
    for (let second = 0; second < 20; second++) {
      expect(await polite.publish('other', '', { qos: 1 })).toBe(0x10);
      clock.advance(1);
    }
    expect(received()).toBe(50);
    flooder.write({ type: 'pingreq' });
    clock.advance(10);
    expect((await flooder.next()).type).toBe('pingresp');
  });

  it.each([
    [{ publishRate: 10 }, ''],
    [{ publishByteRate: 1_000 }, 'x'.repeat(100)],
  ])('disconnect: more than a second’s worth at once ends the connection with 0x96: %o', async (limits, payload) => {
    const { flooder, broker } = await startFlood(limits, 'disconnect');
    for (let sent = 0; sent < 8; sent++) {
      flooder.write(message(payload));
      await turns(2);
    }
    expect(broker.statistics.connected).toBe(1);
    flooder.write(...Array.from({ length: 8 }, () => message(payload)));
    expect((await flooder.closed).at(-1)).toMatchObject({ type: 'disconnect', reasonCode: 0x96 });
    expect(broker.statistics.publishRateExceeded).toBe(1);
  });

  it('publishByteRate: large messages are slowed down, small ones are not', async () => {
    const { clock, flooder, received } = await startFlood({ publishByteRate: 10_000 });
    for (let sent = 0; sent < 100; sent++) {
      flooder.write(message());
      await turns(1);
    }
    expect(received()).toBe(100);
    clock.advance(1);
    for (let sent = 0; sent < 50; sent++) {
      flooder.write(message('x'.repeat(1_000)));
      await turns(2);
    }
    expect(received()).toBeLessThan(100 + 12);
    clock.advance(1);
    await turns();
    expect(received()).toBeLessThan(100 + 24);
  });

  it('a flooder that goes is forgotten, also while it is not read', async () => {
    const { clock, flooder, connect } = await startFlood({ publishRate: 1 });
    flooder.write(...Array.from({ length: 100 }, () => message()));
    await turns();
    await connect('flooder'); // takes over
    clock.advance(200);
    await turns();
    const again = await connect('flooder');
    expect(again.connack.reasonCode).toBe(0);
  });
});
