// The command `signalbox broker` with its durable store, killed again and again while MSIP clients publish with ACK_REQUIRED and
// receive in an acknowledged session: what was acknowledged arrives, in order, over every restart. docs/msip.md §8

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { MsipClient } from '../../src/msip-client/index.ts';
import { Random } from '../fuzz/random.ts';
import { BrokerCommand, findPort, signalboxBroker } from '../reliability/broker-command.ts';

const LIMIT_MS = 240_000; // half a second for each start, on a machine that has nothing else to do
const KILLS = 8;
const PUBLISHERS = 3;
const PERSISTENT = { reconnectDelay: 20, reconnectDelayMaximumMs: 100, maxReconnectAttempts: 0 } as const;

it(
  `[MSIP-3.4-5] [MSIP-8-5] killed ${KILLS} times, nothing acknowledged is lost or out of order`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'signalbox-msip-kills-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const port = await findPort(5);
    const broker = new BrokerCommand(signalboxBroker(port, join(folder, 'data'), 'process', 'msip'));
    onTestFinished(() => broker.kill());
    broker.start();
    await broker.listens();
    const client = (clientId: string, acknowledged: boolean) => {
      const made = new MsipClient({ url: `msip://127.0.0.1:${port}`, clientId, acknowledged, ...PERSISTENT });
      onTestFinished(() => made.disconnect({ timeoutMs: 0 }));
      return made;
    };

    const received = Array.from({ length: PUBLISHERS }, (): number[] => []);
    const subscriber = client('subscriber', true);
    await subscriber.connect();
    await subscriber.subscribeAsync('load/+', ({ topic, text }) => {
      received[Number(topic.slice(5))]!.push(Number(text));
    });

    let isOver = false;
    let acknowledged = 0;
    /** One number after another, again where it was not acknowledged; answers the last that was. */
    const publish = async (publisher: number): Promise<number> => {
      const own = client(`publisher-${publisher}`, false);
      await own.connect();
      for (let number = 0; ; number++) {
        for (;;) {
          try {
            await own.publishAsync(`load/${publisher}`, String(number));
            break;
          } catch {
            if (isOver) return number - 1;
            await wait(1);
          }
        }
        acknowledged++;
        if (isOver) return number;
      }
    };
    const publishing = Array.from({ length: PUBLISHERS }, (_, publisher) => publish(publisher));

    const random = new Random(6);
    for (let kill = 0; kill < KILLS; kill++) {
      const enough = acknowledged + 20 + random.below(200);
      while (acknowledged < enough) await wait(1);
      broker.kill();
      await broker.ended();
      broker.start();
      if (random.below(3) > 0) await broker.listens(); // else the next kill may meet it while it begins
    }
    await broker.listens();
    isOver = true;
    const last = await Promise.all(publishing);
    expect(Math.min(...last)).toBeGreaterThan(100);
    for (const [publisher, numbers] of received.entries()) {
      while (!numbers.includes(last[publisher]!)) await wait(10); // the time limit of the test is the limit
      const first = [...new Set(numbers)];
      const expected = Array.from({ length: last[publisher]! + 1 }, (_, number) => number);
      expect(first.slice(0, expected.length)).toEqual(expected);
    }
    expect(broker.complaints).toBe('');
  },
  LIMIT_MS,
);
