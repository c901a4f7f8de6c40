// The MSIP client and a broker that is killed again and again: what publishAsync resolved is dealt with by the subscriber of an
// acknowledged session, in order, and nothing else is needed than to wait.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MsipClient } from 'signalbox/msip';
import { expect, it, onTestFinished } from 'vitest';
import { type Command, signalbox } from './command.ts';

/** A busy machine takes its time. */
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 });

const KILLS = 4;
const LIMIT_MS = 120_000; // seconds for each start on a busy machine

async function start(url: string, data: string): Promise<{ readonly broker: Command; readonly url: string }> {
  const broker = signalbox('broker', '--listen', url, '--data', data, '--durability', 'process');
  const [real] = await broker.urls();
  return { broker, url: real! };
}

it(
  `nothing that was acknowledged is lost when the broker is killed ${KILLS} times`,
  async () => {
    const data = mkdtempSync(join(tmpdir(), 'signalbox-msip-kills-'));
    onTestFinished(() => rmSync(data, { recursive: true, force: true }));
    let { broker, url } = await start('msip://127.0.0.1:0', data);
    const options = { url, reconnectDelay: 20, reconnectDelayMaximumMs: 50, maxReconnectAttempts: 0 };
    const subscriber = new MsipClient({ ...options, clientId: 'subscriber', acknowledged: true });
    const publisher = new MsipClient({ ...options, clientId: 'publisher' });
    for (const client of [subscriber, publisher]) {
      client.on('error', () => {});
      onTestFinished(() => client.disconnect({ flush: false }));
      await client.connect();
    }
    const got: number[] = [];
    await subscriber.subscribeAsync('kills', ({ text }) => void got.push(Number(text)));

    const acknowledged: number[] = [];
    let number = 0;
    let isStopped = false;
    const publishing = (async () => {
      while (!isStopped) {
        const batch = Array.from({ length: 20 }, () => ++number);
        await Promise.all(
          batch.map(async (one) => {
            await publisher.publishAsync('kills', String(one), { repeat: true });
            acknowledged.push(one);
          }),
        );
      }
    })();
    for (let kill = 1; kill <= KILLS; kill++) {
      const goal = acknowledged.length + 200 * kill;
      await eventually(() => acknowledged.length).toBeGreaterThan(goal);
      broker.kill('SIGKILL');
      await broker.ended;
      ({ broker } = await start(url, data));
    }
    await eventually(() => publisher.isConnected()).toBe(true);
    isStopped = true;
    await publishing;
    await eventually(() => new Set(got).size).toBe(number);
    const missing = acknowledged.filter((one) => !got.includes(one));
    expect(missing).toEqual([]);
    const first = got.filter((one, index) => got.indexOf(one) === index);
    expect(first).toEqual([...first].sort((a, b) => a - b));
    broker.kill('SIGTERM');
    expect((await broker.ended).code).toBe(0);
  },
  LIMIT_MS,
);
