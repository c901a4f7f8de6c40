// drain() and flush(): what they wait for, and for how long.
import { describe, expect, it } from 'vitest';
import { Outcome } from './support/outcome.ts';
import { Stage } from './support/stage.ts';

describe('drain', () => {
  it('unsubscribes, lets handlers finish, sends what they publish, and closes', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const order: string[] = [];
    let open: () => void = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    await stage.when(
      client.subscribe('a', async ({ text }) => {
        await gate;
        await client.publish('b', text, { qos: 1 });
        order.push(text);
      }),
    );
    for (const text of ['1', '2', '3']) stage.link.post('a', text, { qos: 1 });
    await stage.settle();
    const drained = new Outcome(client.drain());
    await stage.settle();
    expect(drained.state).toBe('pending');
    open();
    await stage.settle();
    expect(drained.state).toBe('resolved');
    expect(order).toEqual(['1', '2', '3']);
    expect(stage.link.messages).toEqual(['1', '2', '3']);
    expect(stage.link.settledIdentifiers).toEqual([1, 2, 3]);
    expect(stage.link.packets.at(-1)?.type).toBe('disconnect');
  });

  it('rejects after its time, and closes all the same', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    await stage.when(client.subscribe('a', () => new Promise(() => {})));
    stage.link.post('a', '1');
    await stage.settle();
    const drained = new Outcome(client.drain({ timeoutMs: 100 }));
    await stage.clock.advance(100);
    expect(drained.code).toBe('TIMEOUT');
    expect(client.state).toBe('closed');
    expect(stage.clock.scheduled).toBe(0);
  });
});

describe('flush', () => {
  it('resolves when everything published so far is settled, well or not', async () => {
    const stage = new Stage();
    stage.script.holds.add('puback');
    const client = await stage.connect();
    await stage.when(client.flush());
    client.publish('a', '', { qos: 1 }).catch(() => {});
    const flushed = new Outcome(client.flush());
    await stage.settle();
    expect(flushed.state).toBe('pending');
    stage.link.answer();
    await stage.settle();
    expect(flushed.state).toBe('resolved');
  });

  it('rejects after its time, over a failure of the connection', async () => {
    const stage = new Stage();
    const client = await stage.offline();
    client.publish('a', '', { qos: 1 }).catch(() => {});
    const flushed = new Outcome(client.flush({ timeoutMs: 100 }));
    await stage.clock.advance(100);
    expect(flushed.code).toBe('TIMEOUT');
  });
});
