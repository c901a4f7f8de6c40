// What was told of a session before its end is on the disk when it is said to be kept, whether the end is there yet or not:
// who was told so and was not told of the end finds it when the broker begins again.

import type { StoreChange } from 'signalbox/broker';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import {
  Listening,
  picture,
  storedDelivery,
  storedSession,
  storedSubscription,
} from '../../signalbox/test/support/store-suite.ts';
import { GatheringStore } from '../src/lmdb-store.ts';
import { MemoryBackend } from './memory-backend.ts';

const clientId = 'a';
const seenAt = (disconnectedAt: number): StoreChange => {
  return { type: 'session', session: storedSession(clientId, { disconnectedAt }) };
};
const subscribed = (qos: 0 | 1 | 2): StoreChange => {
  return { type: 'subscribed', clientId, subscription: storedSubscription('x', { qos }) };
};
const delivery = storedDelivery(1, { qos: 2 });
const staged: StoreChange = { type: 'delivery-stage', clientId, delivery, stage: 'sent', packetIdentifier: 5 };
const ENDED: StoreChange = { type: 'session-ended', clientId };

const OTHER: StoreChange = { type: 'session', session: storedSession('b') };
const sentToOther = (id: number): StoreChange[] => {
  const other = { clientId: 'b', delivery: storedDelivery(id) };
  return [
    { type: 'delivery', ...other },
    { type: 'delivery-stage', ...other, stage: 'sent', packetIdentifier: id },
  ];
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
});

/** A session on the disk, with a subscription and a delivery; the process is killed when two commits are said to be kept. */
async function start() {
  const backend = new MemoryBackend();
  const store = new GatheringStore(backend, 1);
  const listening = new Listening();
  await store.open(listening);
  listening.end(store, OTHER, seenAt(1), subscribed(0), { type: 'delivery', clientId, delivery });
  await vi.advanceTimersByTimeAsync(1);
  expect(listening.kept).toBe(1);
  const { onKept } = listening;
  listening.onKept = (count) => {
    onKept.call(listening, count);
    backend.isCut = true;
  };
  return { backend, store, listening };
}

/** What the next broker finds. */
async function found(backend: MemoryBackend) {
  const { sessions } = await picture(new GatheringStore(backend, 0));
  return sessions.slice(0, -1).map(({ disconnectedAt, subscriptions, deliveries }) => {
    return [disconnectedAt, subscriptions.map(({ qos }) => qos), deliveries.map(({ stage }) => stage)];
  });
}

it('what was told twice, for two transactions, before a third one that ends it', async () => {
  const { backend, store, listening } = await start();
  // What is on its way to a subscriber has each of them gather for itself.
  for (const [id, qos] of [
    [2, 1],
    [3, 2],
  ] as const) {
    listening.end(store, seenAt(id), subscribed(qos), ...sentToOther(id));
    vi.advanceTimersByTime(1);
  }
  listening.end(store, ENDED);
  await vi.advanceTimersByTimeAsync(10);
  expect(listening.kept).toBe(2);
  expect(await found(backend)).toEqual([[2, [1], ['queued']]]);
});

it('what is in the transaction that is about to begin', async () => {
  const { backend, store, listening } = await start();
  listening.end(store, seenAt(2), subscribed(1), staged);
  vi.advanceTimersByTime(1);
  listening.end(store, ENDED);
  await vi.advanceTimersByTimeAsync(10);
  expect(listening.kept).toBe(2);
  expect(await found(backend)).toEqual([[2, [1], ['sent']]]);
});

it.each(['with', 'after'])('nothing is left of it when its end is kept %s what was told before', async (when) => {
  const { backend, store, listening } = await start();
  listening.end(store, seenAt(2), subscribed(1), staged);
  if (when === 'after') vi.advanceTimersByTime(1);
  listening.end(store, ENDED);
  listening.onKept = (count) => {
    listening.kept += count;
  };
  await vi.advanceTimersByTimeAsync(10);
  expect(listening.kept).toBe(3);
  expect(backend.size).toBe(1); // the other session
});
