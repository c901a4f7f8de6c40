// Who comes and goes too often is banned, under whichever id it comes; who takes leave is not. docs/msip.md §3.10, §4
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../support/manual-clock.ts';
import { MsipRawClient } from '../../support/msip-raw-client.ts';
import { wire } from '../../support/msip-wire.ts';
import { startBroker } from '../../support/test-broker.ts';

async function start() {
  const limits = { flapping: 5, banMs: 60_000 };
  const { broker, transport } = await startBroker({ clock: new ManualClock(), limits });
  /** Answers the first frame of the broker, too. */
  const come = async (clientId: string): Promise<[client: MsipRawClient, answer: string]> => {
    const client = new MsipRawClient(transport('192.0.2.1:1', { protocol: 'msip' }));
    client.write(wire('hello', { msgId: 4711n, payload: clientId }));
    return [client, await client.next()];
  };
  const flap = async (clientId: string, times: number): Promise<void> => {
    for (let count = 0; count < times; count++) {
      const [client] = await come(clientId);
      if (count === 0) await client.subscribe('t'); // else its session would not last
      client.transport.destroy();
      await client.closed;
      while (broker.statistics.connected > 0) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { broker, come, flap };
}

describe('a client that comes and goes', () => {
  it('is not banned when it takes leave by CLOSE', async () => {
    const { broker, come } = await start();
    for (let count = 0; count < 20; count++) {
      const [client, answer] = await come('orderly');
      expect(answer).toMatch(/^ack /);
      client.write(wire('close'));
      await client.closed;
    }
    expect(broker.bans()).toEqual([]);
  });

  it('is banned when it does not, also under the number of its HELLO', async () => {
    const { broker, come, flap } = await start();
    await flap('lamp', 5);
    expect(broker.bans()).toMatchObject([{ kind: 'client', value: 'lamp', reason: 'flapping' }]);
    expect((await come('lamp'))[1]).toMatch(/^error id=4711 .*banned/i);
    expect((await come('4711'))[1]).toMatch(/^error id=4711 .*banned/i);
    broker.liftBan('client', 'lamp');
    expect((await come('4711'))[1]).toMatch(/^ack /);
  });
});
