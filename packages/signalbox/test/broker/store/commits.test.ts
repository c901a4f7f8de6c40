// Keep, then acknowledge: Commits over a store that takes its time, and the MemoryStore, which takes none.
import { describe, expect, it } from 'vitest';
import type { KeptMessage } from '../../../src/broker/delivery/kept-message.ts';
import { Commits } from '../../../src/broker/store/commits.ts';
import { MemoryStore } from '../../../src/broker/store/memory-store.ts';
import type {
  Store,
  StoreChange,
  StoredDelivery,
  StoredSession,
  StoredState,
  StoredSubscription,
} from '../../../src/broker/store/store.ts';
import { TopicNames } from '../../../src/mqtt/topic-names.ts';
import { HeldStore } from '../../support/held-store.ts';

const CLEARED: StoreChange = { type: 'retained-cleared', topicName: 'a' };

function unexpected(error: unknown): never {
  throw error;
}

function held(onError: (error: unknown) => void = unexpected): { store: HeldStore; commits: Commits } {
  const store = new HeldStore();
  const commits = new Commits(store, onError);
  store.open(commits);
  void store.hold();
  return { store, commits };
}

describe('Commits', () => {
  it('with a store that commits at once nobody waits', () => {
    const commits = new Commits(new MemoryStore(), unexpected);
    const heard: unknown[] = [];
    commits.write(CLEARED);
    expect(commits.settle()).toBe(true);
    commits.after((error) => heard.push(error));
    expect(heard).toEqual([undefined]);
  });

  it('nothing written is nothing to commit', () => {
    const { store, commits } = held();
    expect(commits.settle()).toBe(true);
    commits.write(CLEARED);
    expect(commits.settle()).toBe(false);
    store.release();
    expect(commits.settle()).toBe(true);
  });

  it('tells each waiter when its own commit is kept, in order', () => {
    const { store, commits } = held();
    const heard: string[] = [];
    for (const name of ['one', 'two', 'three']) {
      commits.write(CLEARED);
      commits.after(() => heard.push(name));
      commits.after(() => heard.push(`${name} too`));
    }
    expect(heard).toEqual([]);
    store.release();
    expect(heard).toEqual(['one', 'one too', 'two', 'two too', 'three', 'three too']);
    commits.after(() => heard.push('four'));
    expect(heard.at(-1)).toBe('four');
  });

  it('who wrote nothing waits for what others wrote before', () => {
    const { store, commits } = held();
    const heard: string[] = [];
    commits.write(CLEARED);
    commits.settle();
    commits.after(() => heard.push('later'));
    expect(heard).toEqual([]);
    store.release();
    expect(heard).toEqual(['later']);
  });

  it('a store that fails is told to everybody who waits, once; who waits again hears when all is kept', () => {
    const reported: unknown[] = [];
    const { store, commits } = held((error) => reported.push(String(error)));
    const heard: (string | undefined)[] = [];
    commits.write(CLEARED);
    commits.after((error) => heard.push(error?.message));
    store.fail();
    expect(heard).toEqual(['the disk is full']);
    expect(commits.failure).toEqual(new Error('the disk is full'));
    commits.write(CLEARED);
    commits.after((error) => {
      heard.push(error?.message);
      commits.after((later) => heard.push(`later ${later?.message}`));
    });
    store.fail();
    expect(heard).toEqual(['the disk is full', 'the disk is full']);
    expect(reported).toEqual(['Error: the disk is full']); // once, not for each try
    store.release();
    expect(heard.slice(2)).toEqual(['later undefined']);
    expect(commits.failure).toBe(undefined);
    expect(commits.settle()).toBe(true);
  });

  it('with the least durability nobody waits, until the store is far behind', () => {
    const { store, commits } = held();
    for (let i = 0; i < 4095; i++) {
      commits.write(CLEARED);
      expect(commits.settle('memory')).toBe(true);
    }
    expect(commits.settle('process')).toBe(false);
    commits.write(CLEARED);
    expect(commits.settle('memory')).toBe(false);
    store.release();
    expect(commits.settle('process')).toBe(true);
  });

  it.each(['write', 'commit'] as const)('a store whose %s throws fails whoever waits for it', async (method) => {
    const thrown = new Error('against the contract');
    const reported: unknown[] = [];
    const store = new MemoryStore();
    const commits = new Commits(store, (error) => reported.push(error));
    store[method] = () => {
      throw thrown;
    };
    commits.write(CLEARED);
    const heard: unknown[] = [];
    commits.after((error) => heard.push(error));
    expect(heard).toEqual([]);
    await new Promise(setImmediate);
    expect(heard).toEqual([thrown]);
    expect(reported).toEqual([thrown]);
    Reflect.deleteProperty(store, method);
    commits.write(CLEARED);
    expect(commits.settle()).toBe(true);
  });

  it('a waiter that writes in turn is heard in a later commit', () => {
    const { store, commits } = held();
    const heard: string[] = [];
    commits.write(CLEARED);
    commits.after(() => {
      heard.push('first');
      commits.write(CLEARED);
      commits.after(() => heard.push('second'));
    });
    store.release();
    expect(heard).toEqual(['first', 'second']);
  });

  it('a waiter that throws is reported and keeps nobody else waiting', () => {
    const reported: unknown[] = [];
    const { store, commits } = held((error) => reported.push(error));
    const heard: string[] = [];
    const fault = new Error('a bug');
    commits.write(CLEARED);
    commits.after(() => {
      throw fault;
    });
    commits.after(() => heard.push('other'));
    store.release();
    expect(heard).toEqual(['other']);
    expect(reported).toEqual([fault]);
  });

  it('hands every change to the store, in order and before its commit', () => {
    const log: string[] = [];
    const store: Store = {
      durability: 'memory',
      open: (): StoredState => ({ sessions: [], retained: [] }),
      write: (change) => {
        log.push(change.type);
      },
      commit: () => {
        log.push('commit');
        return true;
      },
      close: () => Promise.resolve(),
    };
    const commits = new Commits(store, unexpected);
    commits.write(CLEARED);
    commits.write({ type: 'session-ended', clientId: 'a' });
    commits.settle();
    commits.settle();
    commits.write(CLEARED);
    commits.settle();
    expect(log).toEqual(['retained-cleared', 'session-ended', 'commit', 'retained-cleared', 'commit']);
  });
});

describe('MemoryStore', () => {
  const names = new TopicNames();
  const message = (id: number, name = 'a'): KeptMessage => ({
    id,
    topic: names.internString(name),
    payload: new Uint8Array([id]),
    qos: 1,
    retain: false,
    properties: new Uint8Array(0),
    publisher: 'publisher',
    expiresAt: Number.POSITIVE_INFINITY,
    size: 100,
  });
  const session = (clientId: string): StoredSession => ({
    clientId,
    sessionExpiryInterval: 60,
    disconnectedAt: undefined,
    will: undefined,
  });
  const delivery = (id: number): StoredDelivery => ({
    message: message(id),
    qos: 1,
    retain: false,
    subscriptionIdentifiers: undefined,
  });
  const subscription = (topicFilter: string, qos: 0 | 1 | 2): StoredSubscription => ({
    topicFilter,
    qos,
    noLocal: false,
    retainAsPublished: false,
    retainHandling: 0,
    subscriptionIdentifier: 0,
  });

  function storeOf(...changes: StoreChange[]): { sessions: unknown[]; retained: KeptMessage[] } {
    const store = new MemoryStore();
    for (const change of changes) store.write(change);
    expect(store.commit()).toBe(true);
    const { sessions, retained } = store.open();
    return { sessions: [...sessions], retained: [...retained] };
  }

  it('is empty at first', () => {
    expect(storeOf()).toEqual({ sessions: [], retained: [] });
    expect(new MemoryStore().durability).toBe('memory');
  });

  it('keeps the last retained message of each topic until it is cleared', () => {
    const [one, two, three] = [message(1, 'a'), message(2, 'a'), message(3, 'b')];
    const { retained } = storeOf(
      { type: 'retained', message: one },
      { type: 'retained', message: two },
      { type: 'retained', message: three },
      { type: 'retained-cleared', topicName: 'b' },
      { type: 'retained-cleared', topicName: 'none' },
    );
    expect(retained).toEqual([two]);
  });

  it('keeps a session with subscriptions, deliveries at their stage, and identifiers received', () => {
    const clientId = 'a';
    const { sessions } = storeOf(
      { type: 'session', session: session(clientId) },
      { type: 'subscribed', clientId, subscription: subscription('x', 1) },
      { type: 'subscribed', clientId, subscription: subscription('y', 0) },
      { type: 'subscribed', clientId, subscription: subscription('x', 2) },
      { type: 'unsubscribed', clientId, topicFilter: 'y' },
      { type: 'delivery', clientId, delivery: delivery(1) },
      { type: 'delivery', clientId, delivery: delivery(2) },
      { type: 'delivery', clientId, delivery: delivery(3) },
      { type: 'delivery-stage', clientId, delivery: delivery(2), stage: 'sent', packetIdentifier: 9 },
      { type: 'delivery-stage', clientId, delivery: delivery(77), stage: 'sent', packetIdentifier: 9 },
      { type: 'delivered', clientId, messageId: 1 },
      { type: 'received', clientId, packetIdentifier: 5 },
      { type: 'received', clientId, packetIdentifier: 6 },
      { type: 'released', clientId, packetIdentifier: 5 },
      { type: 'session', session: { ...session(clientId), disconnectedAt: 1234 } },
    );
    expect(sessions).toEqual([
      {
        ...session(clientId),
        disconnectedAt: 1234,
        subscriptions: [subscription('x', 2)],
        deliveries: [
          { ...delivery(2), stage: 'sent', packetIdentifier: 9 },
          { ...delivery(3), stage: 'queued', packetIdentifier: 0 },
        ],
        received: [6],
      },
    ]);
  });

  it('forgets a session with all that is its own, and ignores what comes for it later', () => {
    const clientId = 'a';
    const { sessions } = storeOf(
      { type: 'session', session: session(clientId) },
      { type: 'delivery', clientId, delivery: delivery(1) },
      { type: 'session-ended', clientId },
      { type: 'delivery', clientId, delivery: delivery(2) },
      { type: 'received', clientId, packetIdentifier: 1 },
      { type: 'session', session: session('b') },
    );
    expect(sessions).toEqual([{ ...session('b'), subscriptions: [], deliveries: [], received: [] }]);
  });
});
