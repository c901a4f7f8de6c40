// Sessions of MSIP in a folder: what the next broker on it knows of them.

import { expect, it, onTestFinished } from 'vitest';
import { FLAG, partsOf, TYPE } from '../../signalbox/test/support/msip-wire.ts';
import { startBroker, type TestBroker } from '../../signalbox/test/support/test-broker.ts';
import { LmdbStore } from '../src/lmdb-store.ts';
import { temporaryFolder } from './folder.ts';

it('[MSIP-4-2] [MSIP-4-3] [MSIP-6-1] [MSIP-8-5] subscriptions, numbers, and what was kept or not acknowledged', async () => {
  const path = temporaryFolder();
  const start = async (): Promise<TestBroker> => {
    const started = await startBroker({ store: new LmdbStore({ path, durability: 'process' }) });
    onTestFinished(() => started.broker.close());
    return started;
  };
  let { broker, msip } = await start();
  const lamp = await msip('lamp', FLAG.ackRequired);
  await lamp.subscribe('t');
  await (await msip('plain')).subscribe('t');
  const publisher = await msip('publisher');
  await publisher.publish('t', 'unacknowledged', FLAG.none, 2);
  await lamp.heard();
  lamp.transport.end();
  await lamp.closed;
  await publisher.publish('t', 'later');
  await publisher.publish('t', 'urgent', FLAG.urgent, 5);
  await broker.close();
  ({ broker, msip } = await start());
  const again = await msip('lamp', FLAG.ackRequired);
  await again.heard();
  const events = again.frames.filter(({ frameType }) => frameType === TYPE.event);
  const shown = events.map(({ payload, msgKind, flags }) => {
    return [Buffer.from(partsOf(payload)!.message).toString(), msgKind, flags];
  });
  expect(shown).toEqual([
    ['unacknowledged', 2, FLAG.ackRequired],
    ['urgent', 5, FLAG.ackRequired | FLAG.urgent],
    ['later', 1, FLAG.ackRequired],
  ]);
  expect(events[0]!.msgId).toBe(lamp.frames.find(({ frameType }) => frameType === TYPE.event)!.msgId);
  const plain = await msip('plain');
  expect(await plain.heard()).toEqual([]);
  await (await msip('publisher')).publish('t', 'now');
  expect((await plain.heard()).map((line) => line.slice(-6))).toEqual(['t: now']);
});
