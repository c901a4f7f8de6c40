// When transactions happen, what never gets into one, and what happens when one fails.

import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Store, StoreChange } from '../../signalbox/src/broker/store/store.ts';
import {
  keptMessage,
  Listening,
  picture,
  storedDelivery,
  storedSession,
  storedSubscription,
} from '../../signalbox/test/support/store-suite.ts';
import { GatheringStore } from '../src/lmdb-store.ts';
import { fullDisk, MemoryBackend } from './memory-backend.ts';

const clientId = 'a';
const SESSION: StoreChange = { type: 'session', session: storedSession(clientId) };

const deliver = (id: number): StoreChange => ({ type: 'delivery', clientId, delivery: storedDelivery(id) });
const send = (id: number): StoreChange => {
  return { type: 'delivery-stage', clientId, delivery: storedDelivery(id), stage: 'sent', packetIdentifier: id };
};
const deliverAndSend = (id: number): StoreChange[] => [deliver(id), send(id)];
const delivered = (messageId: number): StoreChange => ({ type: 'delivered', clientId, messageId });

async function start(gatherMs: number) {
  const backend = new MemoryBackend();
  const store = new GatheringStore(backend, gatherMs);
  const listening = new Listening();
  await store.open(listening);
  await listening.commit(store, SESSION);
  onTestFinished(() => store.close().catch(() => {}));
  const commit = (...changes: StoreChange[]) => listening.end(store, ...changes);
  return { backend, store, listening, commit, before: backend.submitted };
}

/** The next store on the same tables. */
async function seen(backend: MemoryBackend) {
  const next: Store = new GatheringStore(backend, 0);
  const { sessions } = await picture(next);
  await next.close();
  return sessions;
}

describe('what never gets to the disk', () => {
  it('a message that was delivered while it gathered: its commit is kept with the one that says so', async () => {
    const { backend, listening, commit, before } = await start(1000);
    const kept = listening.kept;
    expect(commit(...deliverAndSend(1))).toBe(false);
    expect(commit(...deliverAndSend(2))).toBe(false);
    expect(commit(delivered(2))).toBe(false); // the first one still waits
    expect(listening.kept).toBe(kept);
    expect(commit(delivered(1))).toBe(true);
    expect(listening.kept).toBe(kept + 3);
    expect(backend.submitted).toBe(before);
  });

  it('nor one for several subscribers, when the last of them has it', async () => {
    const { backend, listening, store, commit, before } = await start(1000);
    await listening.commit(store, { type: 'session', session: storedSession('b') });
    const kept = listening.kept;
    const [forA, sent] = deliverAndSend(1);
    commit(forA!, sent!, { ...forA, clientId: 'b' } as StoreChange, { ...sent, clientId: 'b' } as StoreChange);
    commit({ type: 'delivered', clientId: 'b', messageId: 1 });
    expect(listening.kept).toBe(kept);
    expect(commit(delivered(1))).toBe(true);
    expect(listening.kept).toBe(kept + 2);
    expect(backend.submitted).toBe(before + 1);
  });

  it('a QoS 2 message released before its identifier was written, and what one commit does and undoes', async () => {
    const { backend, commit, before } = await start(1000);
    expect(commit(deliver(1), send(1), delivered(1))).toBe(true);
    expect(
      commit({ type: 'received', clientId, packetIdentifier: 1 }, { type: 'released', clientId, packetIdentifier: 1 }),
    ).toBe(true);
    await turn();
    await turn();
    expect(backend.submitted).toBe(before);
  });

  it('a session that ended before it was written', async () => {
    const { backend, commit, before } = await start(0);
    expect(
      commit(
        { type: 'session', session: storedSession('b') },
        { type: 'session', session: storedSession('b', { sessionExpiryInterval: 0 }) },
        { type: 'session-ended', clientId: 'b' },
      ),
    ).toBe(true);
    expect(backend.submitted).toBe(before);
  });
});

describe('when transactions happen', () => {
  it('at the end of the turn, when nobody can undo what is written', async () => {
    const { backend, listening, store, before } = await start(1000);
    await listening.commit(store, deliver(1));
    expect(backend.submitted).toBe(before + 1);
  });

  it('what is on its way to a subscriber waits for the gather time, and what comes after it too', async () => {
    const { backend, listening, store, commit, before } = await start(1);
    commit(...deliverAndSend(1));
    await listening.commit(store, SESSION);
    expect(backend.submitted).toBe(before + 1);
    expect((await seen(backend))[0]?.deliveries).toMatchObject([{ stage: 'sent', packetIdentifier: 1 }]);
  });

  it('one at a time: what comes meanwhile goes together into the next one', async () => {
    const { backend, listening, store, commit, before } = await start(0);
    let release: () => void = () => {};
    backend.onSubmit = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    commit(deliver(1));
    await turn();
    expect(backend.submitted).toBe(before + 1);
    for (let id = 2; id < 10; id++) commit(deliver(id));
    await turn();
    expect(backend.submitted).toBe(before + 1);
    backend.onSubmit = () => {};
    release();
    await listening.commit(store, deliver(10));
    expect(backend.submitted).toBe(before + 2);
    expect((await seen(backend))[0]?.deliveries).toHaveLength(10);
  });

  it('also after one in which there was nothing to write after all', async () => {
    const { backend, listening, store, commit, before } = await start(0);
    commit({ type: 'subscribed', clientId, subscription: storedSubscription('a') });
    await listening.commit(store);
    commit({ type: 'session-ended', clientId });
    await listening.commit(store);
    const idle = backend.submitted;
    // The end of a session that is not on the disk any more leaves rows of it to nobody.
    await listening.commit(store, SESSION, deliver(1));
    expect(idle).toBeGreaterThan(before);
    expect((await seen(backend))[0]?.deliveries).toHaveLength(1);
  });

  it('close keeps everything, also what its commit has not ended', async () => {
    const { backend, store, commit } = await start(1000);
    commit(...deliverAndSend(1));
    store.write(deliver(2));
    await store.close();
    expect((await seen(backend))[0]?.deliveries).toHaveLength(2);
  });
});

describe('a transaction that fails', () => {
  it('fails whoever waits, at once; its changes stay, and are kept with the next one', async () => {
    const { backend, listening, store, commit } = await start(0);
    const kept = listening.kept;
    backend.onSubmit = () => Promise.reject(fullDisk());
    await expect(
      new Promise((_, reject) => {
        const { onFailed } = listening;
        listening.onFailed = (error) => {
          onFailed.call(listening, error);
          reject(error);
        };
        commit(deliver(1));
      }),
    ).rejects.toMatchObject({ code: 'STORE_FULL' });
    expect(listening.kept).toBe(kept);
    expect(commit(deliver(2), delivered(1))).toBe(false);
    backend.onSubmit = () => {};
    await listening.commit(store, deliver(3));
    expect(listening.kept).toBe(kept + 3);
    expect((await seen(backend))[0]?.deliveries.map(({ message }) => message.id)).toEqual([2, 3]);
  });

  it('tries again by itself', async () => {
    const { backend, listening, commit } = await start(0);
    backend.onSubmit = (number) => (number < 3 ? Promise.reject(fullDisk()) : undefined);
    const kept = listening.kept;
    commit(deliver(1));
    await new Promise<void>((resolve) => {
      listening.onKept = (count) => {
        listening.kept += count;
        resolve();
      };
    });
    expect(listening.kept).toBe(kept + 1);
    expect(listening.errors.map(String)).toEqual(Array(2).fill(String(fullDisk())));
  });

  it('when the store is closed is said by close', async () => {
    const { backend, store, commit } = await start(0);
    backend.onSubmit = () => Promise.reject(fullDisk());
    commit(deliver(1));
    await expect(store.close()).rejects.toMatchObject({ code: 'STORE_FULL' });
  });

  it('the n-th, for every n: nothing is lost and nothing is kept twice', async () => {
    const story: StoreChange[][] = [
      [SESSION],
      [deliver(1), { type: 'received', clientId, packetIdentifier: 7 }],
      deliverAndSend(2),
      [{ type: 'retained', message: keptMessage(3, { retain: true }) }],
      [delivered(2), { type: 'released', clientId, packetIdentifier: 7 }],
      [
        { type: 'session', session: storedSession('b') },
        { type: 'session-ended', clientId: 'b' },
      ],
      [deliver(4), delivered(1)],
    ];
    const play = async (failing: number) => {
      const backend = new MemoryBackend();
      const store = new GatheringStore(backend, 0);
      const listening = new Listening();
      await store.open(listening);
      backend.onSubmit = (number) => (number === failing ? Promise.reject(fullDisk()) : undefined);
      for (const changes of story) await listening.commit(store, ...changes);
      expect(listening.errors).toHaveLength(failing < backend.submitted ? 1 : 0);
      await store.close();
      const next = new GatheringStore(backend, 0);
      const state = await picture(next);
      await next.close();
      return { state, rows: backend.size, submitted: backend.submitted };
    };
    const whole = await play(Number.POSITIVE_INFINITY);
    expect(whole.state.sessions[0]?.deliveries.map(({ message }) => message.id)).toEqual([4]);
    for (let n = 0; n < whole.submitted; n++) {
      const { state, rows } = await play(n);
      expect([n, state, rows]).toEqual([n, whole.state, whole.rows]);
    }
  });
});
