// What is published before the store was read, or without a connection, and the life of the program after that one.
import { describe, expect, it } from 'vitest';
import { SessionStore, type StoredChange } from '../../src/client/store/session-store.ts';
import { Outcome } from './support/outcome.ts';
import { Stage } from './support/stage.ts';

/** What it keeps outlives a program that is killed. */
class LastingStore extends SessionStore {
  readonly kept: Map<string, Uint8Array>;
  readonly commits: string[][] = [];

  constructor(kept = new Map<string, Uint8Array>()) {
    super();
    this.kept = kept;
  }

  open(): Promise<ReadonlyMap<string, Uint8Array>> {
    return Promise.resolve(new Map(this.kept));
  }

  commit(changes: readonly StoredChange[]): Promise<void> {
    this.commits.push(changes.map(({ key }) => key));
    for (const { key, value } of changes) {
      if (value === undefined) this.kept.delete(key);
      else this.kept.set(key, value);
    }
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Is read only when the test says so. */
class SlowStore extends LastingStore {
  read: () => void = () => {};

  override async open() {
    await new Promise<void>((resolve) => {
      this.read = resolve;
    });
    return super.open();
  }
}

describe('a message published before the store was read', () => {
  it('is kept after it, and leaves behind what an earlier life left', async () => {
    const kept = new Map<string, Uint8Array>();
    const store = new SlowStore(kept);
    const earlier = new Stage();
    const first = await earlier.offline({ sessionStore: new LastingStore(kept), clientId: 'c' });
    void first.publish('a', 'one', { qos: 1 });
    void first.publish('a', 'two', { qos: 2 });
    await earlier.settle(); // … and the program is killed

    const stage = new Stage();
    const client = await stage.connect({ sessionStore: store, clientId: 'c', awaitConnection: false });
    const published = [1, 2].map((qos) => new Outcome(client.publish('a', `three ${qos}`, { qos: qos as 1 | 2 })));
    await stage.settle();
    expect(store.commits).toEqual([]);
    store.read();
    await stage.settle();
    expect(stage.link.messages).toEqual(['one', 'two', 'three 1', 'three 2']);
    expect(published.map(({ state }) => state)).toEqual(['resolved', 'resolved']);
    expect(stage.problems).toEqual([]);
    expect([...kept.keys()]).toEqual(['client']);
  });

  it('is not kept when it was withdrawn meanwhile', async () => {
    const store = new SlowStore();
    const stage = new Stage();
    const client = await stage.connect({ sessionStore: store, awaitConnection: false });
    const published = new Outcome(client.publish('a', 'x', { qos: 1, timeoutMs: 10 }));
    await stage.clock.advance(10);
    expect(published.code).toBe('TIMEOUT');
    store.read();
    await stage.settle();
    expect(store.commits.flat()).toEqual(['client']);
  });

  it('is rejected when the store cannot be read', async () => {
    const store = new LastingStore();
    store.open = () => Promise.reject(new Error('no'));
    const stage = new Stage();
    const client = await stage.connect({ sessionStore: store, awaitConnection: false });
    const published = new Outcome(client.publish('a', 'x', { qos: 1 }));
    await stage.settle();
    expect(published.state).toBe('rejected');
    expect(client.state).toBe('closed');
  });
});

describe('a QoS 2 message of an earlier life, and a server that has no session', () => {
  it('is sent when it certainly was not before', async () => {
    const kept = new Map<string, Uint8Array>();
    const earlier = new Stage();
    const first = await earlier.offline({ sessionStore: new LastingStore(kept), clientId: 'c' });
    void first.publish('a', 'x', { qos: 2 });
    await earlier.settle();

    const stage = new Stage();
    await stage.connect({ sessionStore: new LastingStore(kept), clientId: 'c' });
    expect(stage.link.messages).toEqual(['x']);
    expect(stage.problems).toEqual([]);
  });

  it('is told as a problem when it may have arrived', async () => {
    const kept = new Map<string, Uint8Array>();
    const earlier = new Stage();
    earlier.script.holds.add('pubrec');
    const first = await earlier.connect({ sessionStore: new LastingStore(kept), clientId: 'c' });
    void first.publish('a', 'x', { qos: 2 });
    await earlier.settle();
    expect(earlier.link.messages).toEqual(['x']);

    const stage = new Stage();
    const client = await stage.connect({ sessionStore: new LastingStore(kept), clientId: 'c' });
    expect(stage.link.messages).toEqual([]);
    expect(stage.problems).toEqual([expect.objectContaining({ code: 'SESSION_LOST' })]);
    expect(client.statistics.inFlight).toBe(0);
  });
});
