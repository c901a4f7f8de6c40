// The buffer of a subscription: a program that is slow makes the server wait, or loses what it said may be lost.
import { describe, expect, it } from 'vitest';
import { Outcome } from '../client/support/outcome.ts';
import { Stage } from './support/stage.ts';

describe('the buffer of a subscription', () => {
  it('stops the reading when it is full, and starts it again at half', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const subscription = await stage.when(client.subscribeAsync('a', { buffer: 4 }));
    for (let index = 0; index < 4; index++) stage.link.event('a', String(index));
    await stage.settle();
    expect([subscription.isFull, stage.link.transport.isPaused]).toEqual([true, true]);
    const values = subscription[Symbol.asyncIterator]();
    await stage.when(values.next());
    await stage.when(values.next());
    expect(stage.link.transport.isPaused).toBe(true);
    await stage.when(values.next());
    expect([subscription.isFull, stage.link.transport.isPaused]).toEqual([false, false]);
    expect(subscription.dropped).toBe(0);
  });

  it.each([
    ['drop-oldest', ['1', '2']],
    ['drop-newest', ['0', '1']],
  ] as const)('with %s drops, and counts', async (overflow, kept) => {
    const stage = new Stage();
    const client = await stage.connect();
    const subscription = await stage.when(client.subscribeAsync('a', { buffer: 2, overflow }));
    for (let index = 0; index < 3; index++) stage.link.event('a', String(index));
    await stage.settle();
    expect([subscription.dropped, stage.link.transport.isPaused]).toEqual([1, false]);
    const values = subscription[Symbol.asyncIterator]();
    const got = [await stage.when(values.next()), await stage.when(values.next())];
    expect(got.map(({ value }) => value?.text)).toEqual(kept);
  });

  it('that is full does not stop a handler which waits for an answer', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const published: string[] = [];
    const handler = async ({ text }: { text: string }) => {
      await client.publishAsync('b', text);
      published.push(text);
    };
    const subscription = await stage.when(client.subscribeAsync('a', handler, { buffer: 2 }));
    for (let index = 0; index < 8; index++) {
      stage.link.event('a', String(index));
      await stage.settle();
    }
    expect(published).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
    expect([subscription.dropped, stage.link.transport.isPaused]).toEqual([0, false]);
  });

  it('does not take the server for dead while nobody reads', async () => {
    const stage = new Stage();
    const client = await stage.connect({ pingInterval: 1_000 });
    await stage.when(client.subscribeAsync('a', { buffer: 1 }));
    stage.link.event('a', 'x');
    await stage.clock.advance(20_000);
    expect([stage.link.transport.isPaused, client.isConnected()]).toEqual([true, true]);
  });

  it('must have room for a message', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const outcome = new Outcome(client.subscribeAsync('a', { buffer: 0 }));
    await stage.settle();
    expect(outcome.code).toBe('INVALID_ARGUMENT');
  });
});
