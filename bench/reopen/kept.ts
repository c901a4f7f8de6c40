// What a broker that ran for long has kept, written into a folder through the store itself: retained messages, sessions with
// subscriptions and queued messages. Topics and clients have names as devices have; payloads are 64 bytes.

import { LmdbStore } from '@signalbox/lmdb';
import type { KeptMessage, StoreChange } from 'signalbox/broker';
import { TopicName } from '../../packages/signalbox/src/mqtt/topic-names.ts';

export interface Kept {
  readonly retained: number;
  readonly sessions: number;
  readonly subscriptionsEach: number;
  readonly queuedEach: number;
}

/** Changes in one commit, so that memory stays small. */
const COMMIT_CHANGES = 20_000;
const PAYLOAD = new Uint8Array(64).fill(0x78);
const NO_BYTES = new Uint8Array(0);
const HOUR = 3600;

export async function writeKept(folder: string, kept: Kept): Promise<void> {
  const store = new LmdbStore({ path: folder, durability: 'process', gatherMs: 0 });
  let onKept: () => void = () => {};
  let onFailed: (error: Error) => void = () => {};
  await store.open({ onKept: () => onKept(), onFailed: (error) => onFailed(error) });
  const commit = (): Promise<void> =>
    new Promise((resolve, reject) => {
      onKept = resolve;
      onFailed = reject;
      if (store.commit()) resolve();
    });
  let written = 0;
  for (const change of changes(kept)) {
    store.write(change);
    if (++written % COMMIT_CHANGES === 0) await commit();
  }
  if (written % COMMIT_CHANGES !== 0) await commit();
  await store.close();
}

function* changes({ retained, sessions, subscriptionsEach, queuedEach }: Kept): Generator<StoreChange> {
  let id = 0;
  for (let at = 0; at < retained; at++) {
    id++;
    yield { type: 'retained', message: message(id, `site/${at % 1000}/device/${at}/state`, true) };
  }
  for (let at = 0; at < sessions; at++) {
    const clientId = `client-${at}`;
    const session = { clientId, sessionExpiryInterval: 24 * HOUR, disconnectedAt: Date.now(), will: undefined };
    yield { type: 'session', session };
    for (let each = 0; each < subscriptionsEach; each++) {
      const topicFilter = each === 0 ? `command/${at}` : `site/${at % 1000}/+/${each}/#`;
      const options = { qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const;
      yield { type: 'subscribed', clientId, subscription: { topicFilter, subscriptionIdentifier: 0, ...options } };
    }
    for (let each = 0; each < queuedEach; each++) {
      id++;
      const delivery = { message: message(id, `command/${at}`, false), qos: 1, retain: false } as const;
      yield { type: 'delivery', clientId, delivery: { ...delivery, subscriptionIdentifiers: undefined } };
    }
  }
}

function message(id: number, name: string, retain: boolean): KeptMessage {
  const topic = new TopicName(name, new Uint8Array(Buffer.from(name)));
  const size = topic.bytes.length + PAYLOAD.length;
  const rest = { qos: 1, retain, properties: NO_BYTES, publisher: 'bench', expiresAt: Infinity, size, id } as const;
  return { topic, payload: PAYLOAD, ...rest };
}
