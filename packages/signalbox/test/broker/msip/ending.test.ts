// How a connection that speaks MSIP ends: CLOSE, ERROR, and frames that are none. §3.10, §7
import { describe, expect, it } from 'vitest';
import type { Action, ClientInfo } from '../../../src/broker/hooks.ts';
import { FLAG, topicAndMessage, wire } from '../../support/msip-wire.ts';
import { PendingHook } from '../../support/pending-hook.ts';
import { startBroker } from '../../support/test-broker.ts';

const ACK = FLAG.ackRequired;
const subscribe = (payload: string, msgId: bigint, flags: number = ACK) => wire('subscribe', { msgId, flags, payload });
const publish = (topic: string, message: string, msgId: bigint, flags: number = FLAG.none, msgKind = 1) =>
  wire('publish', { msgId, flags, msgKind, payload: topicAndMessage(topic, message) });

describe('the end', () => {
  it('[MSIP-3.10-4] [MSIP-3.10-5] CLOSE ends the connection, not the session; what was said before it counts', async () => {
    const { msip, broker } = await startBroker();
    const watcher = await msip('watcher');
    await watcher.subscribe('last');
    const client = await msip('client');
    client.write(subscribe('a', 2n), publish('last', 'words', 3n), wire('close'), publish('last', 'too late', 4n));
    await client.closed;
    expect(await watcher.heard()).toEqual(['event id=3 kind=1 flags=0 last: words']);
    expect(broker.statistics.connected).toBe(1);
    const again = await msip('client');
    await watcher.publish('a', 'x');
    expect(await again.heard()).toHaveLength(1);
  });

  it.each([
    ['bytes that are no frame', wire(11, { msgId: 6n }), ['error']],
    ['CLOSE', wire('close'), []],
  ])(
    '[MSIP-3.10-1] nothing is sent behind the last word, while a request before %s still waits for a hook',
    async (_, end, last) => {
      const pending = new PendingHook<boolean>();
      const authorize = (_client: ClientInfo, action: Action, topic: string) =>
        action === 'publish' && topic === 'slow' ? pending.ask() : true;
      const { msip, broker } = await startBroker({ hooks: { authorize } });
      const [client, watcher] = [await msip('client'), await msip('watcher')];
      await client.subscribe('a');
      await watcher.subscribe('slow');
      const before = client.frames.length;
      client.write(publish('slow', 'x', 5n), end);
      await pending.asked;
      await broker.publish({ topicName: 'a', payload: 'too late', qos: 1 });
      await watcher.heard();
      pending.answer(true);
      const lines = (await client.closed).slice(before);
      expect(lines.map((line) => line.split(' ')[0])).toEqual(last);
      expect(await watcher.heard()).toEqual(['event id=5 kind=1 flags=0 slow: x']);
      expect(await (await msip('client')).heard()).toEqual([]);
    },
  );

  it('[MSIP-3.10-3] a broker that closes says ERROR and CLOSE', async () => {
    const { msip, broker } = await startBroker();
    const client = await msip('client');
    await broker.close();
    expect((await client.closed).slice(-2)).toEqual([
      expect.stringMatching(/^error id=0 kind=1 flags=0 \w/),
      expect.stringMatching(/^close /),
    ]);
  });

  it('[MSIP-7-1] [MSIP-7-4] a framing error ends this connection alone; frames before it take effect', async () => {
    const { msip, broker } = await startBroker();
    const [client, neighbour] = [await msip('client'), await msip('neighbour')];
    await neighbour.subscribe('a');
    client.write(publish('a', 'x', 5n), wire(11, { msgId: 6n }), publish('a', 'y', 7n));
    expect((await client.closed).at(-1)).toMatch(/^error id=6 kind=1 flags=0 \w/);
    expect(await neighbour.heard()).toEqual(['event id=5 kind=1 flags=0 a: x']);
    expect(Object.values(broker.statistics.faults).reduce((sum, count) => sum + count, 0)).toBe(1);
  });
});
