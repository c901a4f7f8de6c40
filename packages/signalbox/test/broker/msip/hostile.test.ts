// Clients of MSIP that take no answers, or come upon hooks that fail and limits that are reached: each costs at most itself.
import { describe, expect, it, onTestFinished } from 'vitest';
import { memoryPair } from '../../../src/transport/memory.ts';
import { MsipRawClient } from '../../support/msip-raw-client.ts';
import { FLAG, topicAndMessage, wire } from '../../support/msip-wire.ts';
import { PendingHook } from '../../support/pending-hook.ts';
import { startBroker } from '../../support/test-broker.ts';

const REQUESTS = {
  PING: wire('ping', { msgId: 5n }),
  'a SUBSCRIBE that is refused': wire('subscribe', { msgId: 5n, flags: FLAG.ackRequired, payload: 'a#' }),
  'a PUBLISH': wire('publish', { msgId: 5n, payload: topicAndMessage('nobody', '') }),
  'a PUBLISH that is refused': wire('publish', { msgId: 5n, payload: topicAndMessage('#', '') }),
};

describe('[MSIP-7-4] a client that sends and does not read', () => {
  it.each(Object.entries(REQUESTS))('%s: is not read any more when too much waits for it', async (_name, request) => {
    const { broker, msip } = await startBroker({ limits: { unsentBytes: 4096 } });
    const [near, far] = memoryPair({ highWaterMark: 1024 });
    broker.attach(far, { protocol: 'msip' });
    onTestFinished(() => near.destroy());
    const flood = await MsipRawClient.connect(near, 'flood');
    near.pause();
    const watcher = await msip('watcher');
    let largest = 0;
    for (let round = 0; round < 200; round++) {
      flood.write(...Array.from({ length: 20 }, () => request));
      await watcher.heard();
      largest = Math.max(largest, far.bufferedBytes);
    }
    expect(largest).toBeGreaterThan(1024);
    expect(largest).toBeLessThan(4096 + 20 * 128 + 1024);
    near.resume();
    const answers = await flood.take(4000);
    expect(new Set(answers).size).toBe(1);
  });
});

describe('[MSIP-3-5] a client that has filled its line before its HELLO', () => {
  it('gets no message before the ACK of HELLO, and then what it is owed', async () => {
    const hook = new PendingHook<boolean>();
    let isSlow = false;
    const authorize = (_client: unknown, action: string) => (action === 'subscribe' && isSlow ? hook.ask() : true);
    const { broker, msip } = await startBroker({ hooks: { authorize } });
    const first = await msip('lamp', FLAG.ackRequired);
    await first.subscribe('t');
    first.transport.destroy();
    await first.closed;
    isSlow = true;
    const [near, far] = memoryPair({ highWaterMark: 100 });
    broker.attach(far, { protocol: 'msip' });
    onTestFinished(() => near.destroy());
    const client = new MsipRawClient(near);
    near.pause();
    client.write(...Array.from({ length: 20 }, () => wire('ping', { msgId: 5n })));
    near.resume();
    await client.take(20);
    client.write(wire('hello', { msgId: 7n, flags: FLAG.ackRequired, payload: 'lamp' }));
    await hook.asked;
    await broker.publish({ topicName: 't', payload: 'x' });
    hook.answer(true);
    expect(await client.take(2)).toEqual([
      expect.stringMatching(/^ack id=7 /),
      expect.stringMatching(/^event .* t: x$/),
    ]);
  });
});

describe('[MSIP-7-4] a hook that fails', () => {
  const failing = {
    throws: (): boolean => {
      throw new Error('a mistake of the program');
    },
    rejects: (): Promise<boolean> => Promise.reject(new Error('a mistake of the program')),
  };

  it.each(Object.entries(failing))(
    'when it %s, costs that client its connection, and nobody else',
    async (_name, fail) => {
      const errors: string[] = [];
      const hooks = {
        authenticate: ({ clientId }: { clientId: string }) => (clientId === 'fails' ? fail() : true),
        authorize: (_client: unknown, _action: string, topic: string) => (topic === 'fails' ? fail() : true),
      };
      const { broker, msip, transport } = await startBroker({ hooks });
      broker.on('error', ({ error }) => errors.push((error as Error).message));
      const witness = await msip('witness');
      await witness.subscribe('t');
      const open = () => new MsipRawClient(transport('memory', { protocol: 'msip' }));
      const hello = wire('hello', { msgId: 7n, payload: 'rude' });
      const attempts = [
        [wire('hello', { msgId: 7n, payload: 'fails' })],
        [hello, wire('subscribe', { msgId: 8n, payload: 'fails' })],
        [hello, wire('publish', { msgId: 8n, payload: topicAndMessage('fails', 'x') })],
      ];
      for (const frames of attempts) {
        const client = open();
        client.write(...frames);
        expect((await client.closed).at(-2)).toMatch(/^error /);
        await witness.publish('t', 'x');
        expect(await witness.heard()).toHaveLength(1);
      }
      expect(errors.length).toBe(3);
    },
  );
});

describe('[MSIP-3.2-7] [MSIP-7-3] a limit on subscriptions', () => {
  it('refuses what is beyond it, and the connection goes on', async () => {
    const { msip } = await startBroker({ limits: { subscriptions: 2 } });
    const client = await msip('lamp');
    await client.subscribe('a', 'b');
    await expect(client.subscribe('c')).rejects.toThrow(/^error /);
    await client.subscribe('a');
    await client.publish('c', 'x');
    await client.publish('b', 'y');
    expect((await client.heard()).map((line) => line.slice(-4))).toEqual(['b: y']);
  });
});

describe('[MSIP-2.5-2] a message above the limit', () => {
  it('ends its connection with the msg_id of the frame', async () => {
    const { msip } = await startBroker({ limits: { packetSize: 1024 } });
    const client = await msip('lamp');
    const payload = (size: number): Uint8Array => topicAndMessage('t', new Uint8Array(size));
    client.write(
      wire('publish', { msgId: 2n, payload: payload(1021) }),
      wire('publish', { msgId: 3n, payload: payload(1022) }),
    );
    const lines = await client.closed;
    expect(lines.filter((line) => line.startsWith('error'))).toEqual([expect.stringMatching(/^error id=3 /)]);
  });
});
