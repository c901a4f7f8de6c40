// How far deliveries have come is on the disk in the order in which it was told: a message that was sent must not be found
// there beside an older one that seems never to have been, or they change places when the broker begins again.

import { setImmediate as turn } from 'node:timers/promises';
import type { KeptMessage, StoreChange, StoredSession } from 'signalbox/broker';
import { expect, it, onTestFinished, vi } from 'vitest';
import { TopicName } from '../../signalbox/src/mqtt/topic-names.ts';
import { GatheringStore } from '../src/lmdb-store.ts';
import { MemoryBackend } from './memory-backend.ts';

const SESSION: StoredSession = { clientId: 'c', sessionExpiryInterval: 3600, disconnectedAt: 0, will: undefined };

function delivery(id: number, qos: 1 | 2): Extract<StoreChange, { type: 'delivery' }> {
  const topic = new TopicName('t', Buffer.from('t'));
  const nothing = new Uint8Array(0);
  const message: KeptMessage = {
    id,
    topic,
    payload: nothing,
    qos,
    retain: false,
    properties: nothing,
    publisher: 'p',
    expiresAt: Infinity,
    size: 1,
  };
  return {
    type: 'delivery',
    clientId: 'c',
    delivery: { message, qos, retain: false, subscriptionIdentifiers: undefined },
  };
}

function sent(
  { clientId, delivery: stored }: Extract<StoreChange, { type: 'delivery' }>,
  packetIdentifier: number,
): StoreChange {
  return { type: 'delivery-stage', clientId, delivery: stored, stage: 'sent', packetIdentifier };
}

async function stagesAfter(qos: 1 | 2, transactions: number): Promise<string[]> {
  const backend = new MemoryBackend();
  let letGo: () => void = () => {};
  const store = new GatheringStore(backend, 1);
  await store.open({ onKept: () => {}, onFailed: () => {} });
  const tell = async (...changes: StoreChange[]): Promise<void> => {
    for (const change of changes) store.write(change);
    store.commit();
    vi.advanceTimersByTime(1); // it has had its gather time
    await turn();
  };
  await tell({ type: 'session', session: SESSION });
  const begun = backend.submitted;
  backend.onSubmit = (number) => {
    if (number >= begun + transactions) backend.isCut = true; // killed
    if (number > begun) return undefined;
    return new Promise((resolve) => {
      letGo = resolve;
    });
  };
  const [older, newer] = [delivery(1, qos), delivery(2, qos)];
  await tell(older); // on its way to the disk
  await tell(newer); // the next transaction
  for (const change of [sent(older, 1), sent(newer, 2)]) store.write(change); // the client is back
  store.commit();
  letGo();
  for (let step = 0; step < 20; step++) {
    vi.advanceTimersByTime(1);
    await turn();
  }
  backend.isCut = false;
  backend.onSubmit = () => {};
  const [session] = [...(await new GatheringStore(backend, 0).open({ onKept: () => {}, onFailed: () => {} })).sessions];
  return session!.deliveries.map(({ message, stage }) => `${message.id} ${stage}`);
}

it.each([1, 2] as const)('[MQTT-4.6.0-5] QoS %d, killed after each transaction', async (qos) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  for (let transactions = 1; transactions < 5; transactions++) {
    const stages = await stagesAfter(qos, transactions);
    expect(['1 queued', '1 queued,2 queued', '1 sent,2 queued', '1 sent,2 sent']).toContain(stages.join());
  }
});
