// Sessions of MSIP whose EVENTs are acknowledged: at least once, also over a lost connection and a broker that was killed.
// docs/msip.md §8
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../src/broker/store/memory-store.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MsipRawClient } from '../../support/msip-raw-client.ts';
import { FLAG, wire } from '../../support/msip-wire.ts';
import { startBroker } from '../../support/test-broker.ts';

const MSIP = { protocol: 'msip' } as const;
const ACK = FLAG.ackRequired;

async function drop(client: MsipRawClient): Promise<void> {
  client.transport.destroy();
  await client.closed;
}

/** What the EVENTs among these lines say. */
const texts = (lines: string[]) => lines.filter((line) => line.startsWith('event')).map((line) => line.split(': ')[1]);

describe('an acknowledged session', () => {
  it('[MSIP-8-1] is asked for by ACK_REQUIRED in HELLO, and granted by it in the ACK', async () => {
    const { transport } = await startBroker();
    const client = new MsipRawClient(transport('memory', MSIP));
    client.write(wire('hello', { msgId: 7n, flags: ACK, payload: 'lamp' }));
    expect(await client.next()).toBe('ack id=7 kind=3 flags=1 lamp');
  });

  it('[MSIP-8-1] is not granted where no session outlives its connection', async () => {
    const { transport, broker } = await startBroker({ limits: { msipAcknowledgedSessionSeconds: 0 } });
    const client = new MsipRawClient(transport('memory', MSIP));
    client.write(wire('hello', { msgId: 7n, flags: ACK, payload: 'lamp' }));
    expect(await client.next()).toBe('ack id=7 kind=3 flags=0 lamp');
    await client.subscribe('a');
    await broker.publish({ topicName: 'a', qos: 1 });
    expect(await client.heard()).toEqual([expect.stringMatching(/^event id=\d+ kind=1 flags=0 a/)]);
  });

  it('[MSIP-8-2] [MSIP-8-3] gets every EVENT with ACK_REQUIRED, whoever published it and how, under numbers of its own', async () => {
    const { msip, connect } = await startBroker();
    const client = await msip('lamp', ACK);
    await client.subscribe('a');
    const publisher = await msip('publisher');
    await publisher.publish('a', '1');
    await publisher.publish('a', '2', ACK);
    const mqtt = await connect('mqtt');
    for (const qos of [0, 1, 2] as const) await mqtt.publish('a', '3', { qos });
    const events = [];
    for (let i = 0; i < 5; i++) events.push(await client.nextFrame());
    expect(events.map(({ flags }) => flags)).toEqual([1, 1, 1, 1, 1]);
    expect(new Set(events.map(({ msgId }) => msgId)).size).toBe(5);
  });

  it('[MSIP-8-5] a lost connection: what was not acknowledged again, in order, then what came meanwhile', async () => {
    const { msip, broker } = await startBroker();
    const client = await msip('lamp', ACK);
    await client.subscribe('a');
    for (let i = 0; i < 6; i++) await broker.publish({ topicName: 'a', payload: String(i) });
    const events = [];
    for (let i = 0; i < 6; i++) events.push(await client.nextFrame());
    client.acknowledge(events[0]!.msgId, events[3]!.msgId, 123456n);
    await client.heard();
    await drop(client);
    for (let i = 6; i < 9; i++) await broker.publish({ topicName: 'a', payload: String(i) });
    const again = await msip('lamp', ACK);
    again.acknowledgeAll();
    expect(texts(await again.heard())).toEqual(['1', '2', '4', '5', '6', '7', '8']);
    await again.heard();
    await drop(again);
    expect(texts(await (await msip('lamp', ACK)).heard())).toEqual([]);
  });

  it('[MSIP-8-5] a takeover redelivers as well', async () => {
    const { msip, broker } = await startBroker();
    await (await msip('lamp', ACK)).subscribe('a');
    await broker.publish({ topicName: 'a', payload: 'x' });
    expect(texts(await (await msip('lamp', ACK)).heard())).toEqual(['x']);
  });

  it('[MSIP-8-6] keeps as much as the limits say, and counts what it drops', async () => {
    const { msip, broker } = await startBroker({ limits: { queuedMessages: 3 } });
    const client = await msip('lamp', ACK);
    await client.subscribe('a');
    await drop(client);
    for (let i = 0; i < 5; i++) await broker.publish({ topicName: 'a', payload: String(i) });
    expect(broker.statistics.dropped).toEqual({ 'queue-full': 2 });
    expect(texts(await (await msip('lamp', ACK)).heard())).toEqual(['0', '1', '2']);
  });

  it('[MSIP-8-7] no more than inFlight are sent unacknowledged; the others follow as ACKs come', async () => {
    const { msip, broker } = await startBroker({ limits: { inFlight: 4 } });
    const client = await msip('lamp', ACK);
    await client.subscribe('a');
    for (let i = 0; i < 10; i++) await broker.publish({ topicName: 'a', payload: String(i) });
    const [first, ...others] = await client.heard();
    expect(others).toHaveLength(3);
    client.acknowledge(BigInt(/id=(\d+)/.exec(first!)![1]!));
    expect(texts(await client.heard())).toEqual(['4']);
    client.acknowledgeAll();
    const rest: (string | undefined)[] = [];
    while (rest.length < 5) rest.push(...texts([await client.next()]));
    expect(rest).toEqual(['5', '6', '7', '8', '9']);
  });

  it('[MSIP-8-8] a HELLO without ACK_REQUIRED makes it a plain one, and forgets what was kept, counted', async () => {
    const { msip, broker } = await startBroker();
    const client = await msip('lamp', ACK);
    await client.subscribe('a');
    await broker.publish({ topicName: 'a', payload: 'in flight' });
    await client.heard();
    await drop(client);
    await broker.publish({ topicName: 'a', payload: 'queued' });
    const plain = await msip('lamp');
    await broker.publish({ topicName: 'a', payload: 'new', qos: 1 });
    expect(await plain.heard()).toEqual([expect.stringMatching(/flags=0 a: new$/)]);
    expect(broker.statistics.dropped).toEqual({ 'session-ended': 2 });
    await drop(plain);
    expect(texts(await (await msip('lamp', ACK)).heard())).toEqual([]);
  });

  it('[MSIP-8-1] a plain session becomes an acknowledged one: its subscriptions are acknowledged from then on', async () => {
    const { msip, broker } = await startBroker();
    const client = await msip('lamp');
    await client.subscribe('a');
    await drop(client);
    const again = await msip('lamp', ACK);
    await broker.publish({ topicName: 'a', payload: 'x' });
    expect(await again.heard()).toEqual([expect.stringMatching(/^event id=\d+ kind=1 flags=1 a: x$/)]);
  });

  it('is kept for msipAcknowledgedSessionSeconds, also without subscriptions', async () => {
    const clock = new ManualClock();
    const store = new MemoryStore();
    const { msip } = await startBroker({ clock, store, limits: { msipAcknowledgedSessionSeconds: 60 } });
    const kept = () => [...store.open().sessions].map(({ clientId }) => clientId);
    await drop(await msip('lamp', ACK));
    clock.advance(59);
    expect(kept()).toEqual(['lamp']);
    clock.advance(2);
    expect(kept()).toEqual([]);
  });

  it.each(['closed', 'killed'] as const)(
    '[MSIP-8-5] a broker that was %s: what was acknowledged to the publisher arrives, what was acknowledged by the client does not again',
    async (ending) => {
      const store = new MemoryStore();
      const before = await startBroker({ store });
      const client = await before.msip('lamp', ACK);
      await client.subscribe('a');
      const publisher = await before.msip('publisher');
      for (let i = 0; i < 6; i++) await publisher.publish('a', String(i), ACK, 2);
      const events = [];
      for (let i = 0; i < 6; i++) events.push(await client.nextFrame());
      client.acknowledge(events[1]!.msgId, events[2]!.msgId);
      await client.heard();
      await drop(client);
      for (let i = 6; i < 8; i++) await publisher.publish('a', String(i), ACK | FLAG.urgent, 2);
      if (ending === 'closed') await before.broker.close();
      const after = await startBroker({ store });
      const again = await after.msip('lamp', ACK);
      const lines = await again.heard();
      expect(texts(lines)).toEqual(['0', '3', '4', '5', '6', '7']);
      for (const line of lines) expect(line).toMatch(/kind=2 flags=[15] /);
    },
  );

  it('a message of the embedding program is kept under the session of a client that was never there since', async () => {
    const store = new MemoryStore();
    const before = await startBroker({ store });
    const client = await before.msip('lamp', ACK);
    await client.subscribe('a');
    await drop(client);
    await before.broker.publish({ topicName: 'a', payload: 'x' });
    await before.broker.close();
    const after = await startBroker({ store });
    expect(texts(await (await after.msip('1', ACK)).heard())).toEqual(['x']);
  });
});
