// Subscriptions whose owner is slow: what waits, what is dropped, when reading stops, and that nothing deadlocks.
import { describe, expect, it } from 'vitest';
import type { SubscribeOptions } from '../../../src/client/receiving/subscription.ts';
import { Outcome } from '../support/outcome.ts';
import { Stage } from '../support/stage.ts';

async function stalled(options: SubscribeOptions, clientOptions = {}) {
  const stage = new Stage();
  const client = await stage.connect(clientOptions);
  const subscription = await stage.when(client.subscribe('a', options));
  return { stage, client, subscription };
}

async function texts(subscription: AsyncIterable<{ readonly text: string }>, count: number) {
  const all: string[] = [];
  for await (const { text } of subscription) {
    all.push(text);
    if (all.length === count) break;
  }
  return all;
}

const post = async (stage: Stage, first: number, count: number, qos: 0 | 1 | 2 = 0) => {
  for (let index = first; index < first + count; index++) {
    stage.link.post('a', String(index), { qos });
    await stage.settle();
  }
};

const numbers = (first: number, count: number) => Array.from({ length: count }, (_, index) => String(first + index));

describe('a full buffer', () => {
  it.each([{ buffer: 0 }, { buffer: Number.NaN }, { concurrency: 0 }])('of no size is refused: %o', async (options) => {
    const stage = new Stage();
    const client = await stage.connect();
    const subscribed = new Outcome(client.subscribe('a', () => {}, options));
    await stage.settle();
    expect(subscribed.code).toBe('INVALID_ARGUMENT');
  });

  it('of one message works', async () => {
    const { stage, subscription } = await stalled({ buffer: 1 });
    await post(stage, 0, 5);
    const all = new Outcome(texts(subscription, 5));
    await stage.settle();
    expect(all.value).toEqual(numbers(0, 5));
  });

  it('stops reading, and loses nothing', async () => {
    const { stage, client, subscription } = await stalled({ buffer: 4 });
    await post(stage, 0, 10);
    expect(stage.link.transport.isPaused).toBe(true);
    expect(subscription.buffered).toBe(4);
    const all = new Outcome(texts(subscription, 10));
    await stage.settle();
    expect(all.value).toEqual(numbers(0, 10));
    expect(stage.link.transport.isPaused).toBe(false);
    expect(subscription.dropped + client.statistics.droppedIncoming).toBe(0);
  });

  it('loses nothing of what came in one chunk with what filled it', async () => {
    const { stage, client, subscription } = await stalled({ buffer: 2 });
    for (const text of numbers(0, 50)) stage.link.post('a', text, { qos: 0 });
    await stage.settle();
    expect(stage.link.transport.isPaused).toBe(true);
    const all = new Outcome(texts(subscription, 50));
    await stage.settle();
    expect(all.value).toEqual(numbers(0, 50));
    expect(subscription.dropped + client.statistics.droppedIncoming).toBe(0);
  });

  it('is not taken for a dead server, however long it is full', async () => {
    const { stage, client, subscription } = await stalled({ buffer: 2 }, { keepAlive: 10 });
    await post(stage, 0, 3);
    expect(stage.link.transport.isPaused).toBe(true);
    await stage.clock.advance(3_600_000);
    expect(client.isConnected).toBe(true);
    expect(stage.links.length).toBe(1);
    expect(stage.link.pings.length).toBeGreaterThan(100);
    const all = new Outcome(texts(subscription, 3));
    await stage.settle();
    expect(all.value).toEqual(numbers(0, 3));
    stage.link.transport.isHalfOpen = true;
    await stage.clock.advance(20_000);
    expect(stage.links.length).toBe(2);
  });

  it('drops the oldest when told so, and counts', async () => {
    const { stage, client, subscription } = await stalled({ buffer: 3, overflow: 'drop-oldest' });
    await post(stage, 0, 10, 1);
    expect(subscription.dropped).toBe(7);
    expect(client.statistics.droppedIncoming).toBe(7);
    const all = new Outcome(texts(subscription, 3));
    await stage.settle();
    expect(all.value).toEqual(numbers(7, 3));
    expect(stage.link.transport.isPaused).toBe(false);
  });

  it('drops the newest when told so, and counts, after the subscription is gone too', async () => {
    const { stage, client, subscription } = await stalled({ buffer: 3, overflow: 'drop-newest' });
    await post(stage, 0, 10, 1);
    const all = new Outcome(texts(subscription, 3));
    await stage.settle();
    expect(all.value).toEqual(numbers(0, 3));
    expect(subscription.dropped).toBe(7);
    await stage.when(subscription.unsubscribe());
    expect(client.statistics.droppedIncoming).toBe(7);
  });

  it('of one connection does not stop the handshake of the next', async () => {
    const { stage, client, subscription } = await stalled({ buffer: 2 });
    await post(stage, 0, 3);
    stage.script.pieceSize = 2;
    await stage.interrupt(client);
    expect(client.isConnected).toBe(true);
    await post(stage, 3, 3);
    const all = new Outcome(texts(subscription, 5));
    await stage.settle();
    expect(all.value.slice(0, 2)).toEqual(['0', '1']);
    expect(all.value.at(-1)).toBe('5');
  });

  it('of a subscription that ends is no reason to wait any more, also from inside a handler', async () => {
    const { stage, client, subscription } = await stalled({ buffer: 1 });
    await stage.when(
      client.subscribe('stop', () => {
        void subscription.unsubscribe();
      }),
    );
    stage.link.post('a', '1');
    stage.link.post('stop', '', { qos: 1 });
    await stage.settle();
    expect(stage.problems).toEqual([]);
    expect(stage.link.transport.isPaused).toBe(false);
    expect(subscription.isEnded).toBe(true);
    expect(stage.link.settledIdentifiers).toEqual([1]);
  });
});

describe('publishing from a handler', () => {
  it.each([1, 2] as const)('and waiting for the answer never deadlocks, at QoS %s', async (qos) => {
    const stage = new Stage();
    const client = await stage.connect();
    const done: string[] = [];
    await stage.when(
      client.subscribe('a', async ({ text }) => {
        await client.publish('b', text, { qos });
        done.push(text);
      }),
    );
    for (const text of numbers(0, 50)) stage.link.post('a', text, { qos });
    await stage.settle();
    expect(done).toEqual(numbers(0, 50));
  });

  it.each([1, 2] as const)('works with a full buffer when it begins later, at QoS %s', async (qos) => {
    const stage = new Stage();
    const client = await stage.connect();
    const done: string[] = [];
    let open: () => void = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const handler = async ({ text }: { readonly text: string }) => {
      await gate;
      await client.publish('b', text, { qos });
      done.push(text);
    };
    await stage.when(client.subscribe('a', handler, { buffer: 2 }));
    await post(stage, 0, 8, 1);
    expect(stage.link.transport.isPaused).toBe(true);
    open();
    await stage.settle();
    expect(done).toEqual(numbers(0, 8));
  });

  it('gives up QoS 0 beyond twice the buffer while it waits for an answer, and counts', async () => {
    const { stage, client, subscription } = await stalled({ buffer: 2 });
    stage.script.holds.add('puback');
    void client.publish('b', '', { qos: 1 });
    await post(stage, 0, 9);
    expect([subscription.buffered, subscription.dropped]).toEqual([4, 5]);
    stage.link.answer();
    await stage.settle();
    expect(stage.link.transport.isPaused).toBe(true);
  });

  it('works when the server takes no more because we read no more', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    let open: () => void = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    await stage.when(client.subscribe('a', () => gate.then(() => client.publish('b', '', { qos: 1 })), { buffer: 1 }));
    await post(stage, 0, 3, 1);
    stage.link.transport.isFull = true;
    void client.publish('fills', 'the line');
    await stage.settle();
    expect(stage.link.transport.isPaused).toBe(true);
    open();
    await stage.settle();
    expect(stage.link.transport.isPaused).toBe(false);
  });

  it('works with a full buffer and subscribe, unsubscribe and request', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    client.request('warm', 'up', { timeoutMs: 1 }).catch(() => {});
    await stage.clock.advance(1);
    const { responseTopic } = stage.link.of('publish')[0]?.properties ?? {};
    stage.script.onPacket = () => {};
    const done: string[] = [];
    let open: () => void = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const handler = async ({ text }: { readonly text: string }) => {
      await gate;
      const inner = await client.subscribe(`x/${text}`, () => {});
      await inner.unsubscribe();
      const answer = await client.request('service', text);
      done.push(answer.text);
    };
    await stage.when(client.subscribe('a', handler, { buffer: 1 }));
    await post(stage, 0, 3);
    expect(stage.link.transport.isPaused).toBe(true);
    open();
    await stage.settle();
    for (let index = 0; index < 3; index++) {
      const { correlationData } = stage.link.of('publish').at(-1)!.properties;
      stage.link.post(responseTopic!, `answer ${index}`, { properties: { correlationData } });
      await stage.settle();
    }
    expect(done).toEqual(['answer 0', 'answer 1', 'answer 2']);
  });

  it('at once, in the call of the handler, with several buffers that fill up meanwhile, breaks nothing', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const first = await stage.when(client.subscribe('a', { buffer: 1 }));
    await stage.when(client.subscribe('b', () => void client.publish('c', '', { qos: 1 })));
    await stage.when(client.subscribe('d', { buffer: 1 }));
    for (const topic of ['a', 'b', 'd', 'a', 'b']) stage.link.post(topic, '1');
    await stage.settle();
    expect(client.isConnected).toBe(true);
    expect(stage.link.messages.length).toBe(2);
    expect(first.buffered).toBe(2);
  });
});
