// A session store that fails: whoever waits is told, nothing that was acknowledged is lost, and the client goes on.
import { describe, expect, it } from 'vitest';
import { CrashingStore } from './support/crashing-store.ts';
import { Outcome, outcomesOf } from './support/outcome.ts';
import { Stage } from './support/stage.ts';

const HOUR = 3_600_000;

describe('a store that fails', () => {
  it('to open keeps connect() from connecting', async () => {
    const stage = new Stage();
    const store = new CrashingStore();
    store.open = () => Promise.reject(new Error('locked'));
    const begun = stage.begin({ sessionStore: store });
    await stage.settle();
    expect(begun.error?.message).toBe('locked');
    expect(stage.dials.length).toBe(0);
    expect(stage.clock.scheduled).toBe(0);
  });

  it('to keep a message rejects it: it was not sent, and will not be', async () => {
    const stage = new Stage();
    const store = new CrashingStore();
    const client = await stage.connect({ sessionStore: store });
    store.fails = () => true;
    const all = outcomesOf([1, 2].map((qos) => client.publish('a', `lost ${qos}`, { qos: qos as 1 })));
    await stage.settle();
    expect(all.map(({ code }) => code)).toEqual(['STORE_FAILED', 'STORE_FAILED']);
    store.fails = () => false;
    await stage.clock.advance(10_000);
    const later = new Outcome(client.publish('a', 'fine', { qos: 2 }));
    await stage.clock.advance(10_000);
    expect(later.state).toBe('resolved');
    expect(stage.link.messages).toEqual(['fine']);
    expect(store.messages).toBe(0);
    await stage.when(client.close());
    expect(stage.clock.scheduled).toBe(0);
  });

  it('at any one moment costs no exchange: it is tried again', async () => {
    for (let failing = 1; failing <= 12; failing++) {
      const stage = new Stage();
      const store = new CrashingStore();
      const client = await stage.connect({ sessionStore: store });
      const seen: string[] = [];
      await stage.when(client.subscribe('in', (message) => void seen.push(message.text)));
      const base = store.commits;
      store.fails = (count) => count === base + failing;
      const outcomes: Outcome<unknown>[] = [];
      for (let round = 0; round < 4; round++) {
        outcomes.push(new Outcome(client.publish('out', `${round}`, { qos: round % 2 ? 1 : 2 })));
        stage.link.post('in', `${round}`, { qos: 2 });
        await stage.clock.advance(20_000);
      }
      expect(seen).toEqual(['0', '1', '2', '3']);
      const resolved = outcomes.flatMap(({ state }, index) => (state === 'resolved' ? [String(index)] : []));
      expect(stage.link.messages).toEqual(resolved);
      expect(resolved.length).toBeGreaterThanOrEqual(3);
      expect(stage.link.settledIdentifiers.length).toBe(4);
      expect([...store.kept.keys()]).toEqual(['client']);
      expect(stage.links.length).toBe(1);
      await stage.when(client.close());
      expect(stage.clock.scheduled).toBe(0);
    }
  });

  it('for good settles every promise and lets the client close', async () => {
    const stage = new Stage();
    const store = new CrashingStore();
    const client = await stage.connect({ sessionStore: store });
    await stage.when(client.subscribe('in', () => {}));
    stage.script.holds.add('pubrec');
    const sent = new Outcome(client.publish('out', 'x', { qos: 2 }));
    await stage.settle();
    store.fails = () => true;
    stage.link.answer();
    stage.link.post('in', 'x', { qos: 2 });
    const refused = new Outcome(client.publish('out', 'y', { qos: 1 }));
    await stage.clock.advance(HOUR);
    expect(refused.code).toBe('STORE_FAILED');
    expect(stage.problems.length).toBeGreaterThan(0);
    const closing = new Outcome(client.close());
    await stage.clock.advance(HOUR);
    expect(closing.state).toBe('resolved');
    expect(sent.state).not.toBe('pending');
    expect(stage.clock.scheduled).toBe(0);
  });
});

describe('a message that is given up before it is sent', () => {
  it('gives its Packet Identifier back, and leaves the store', async () => {
    const stage = new Stage();
    const store = new CrashingStore();
    const client = await stage.offline({ sessionStore: store });
    for (let round = 0; round < 40; round++) {
      const all = outcomesOf(Array.from({ length: 100 }, () => client.publish('a', '', { qos: 2, timeoutMs: 10 })));
      await stage.clock.advance(10);
      expect(all.every(({ code }) => code === 'TIMEOUT')).toBe(true);
    }
    expect(store.messages).toBe(0);
    client.publish('a', 'x', { qos: 2 }).catch(() => {});
    await stage.settle();
    const [record] = [...store.kept].flatMap(([key, value]) => (key.startsWith('m') ? [value] : []));
    expect(record!.subarray(1, 3)).toEqual(new Uint8Array(2)); // no identifier: a later life knows that it was never sent
    await stage.online(client);
    expect(stage.link.messages).toEqual(['x']);
  });
});
