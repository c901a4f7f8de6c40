// Handlers that fail and loops that are left: what becomes of their messages, and of the others.
import { describe, expect, it } from 'vitest';
import { explainError } from '../../../src/client/index.ts';
import { Stage } from '../support/stage.ts';

describe('a handler that throws', () => {
  it.each([1, 2] as const)('costs the acknowledgement of its message, not the stream, at QoS %s', async (qos) => {
    const stage = new Stage();
    const client = await stage.connect();
    const seen: string[] = [];
    let isBroken = true;
    await stage.when(
      client.subscribe('a', async ({ text }) => {
        seen.push(text);
        await Promise.resolve();
        if (text === '1' && isBroken) throw new Error('cannot do this');
      }),
    );
    for (const text of ['1', '2', '3']) stage.link.post('a', text, { qos });
    await stage.settle();
    expect(seen).toEqual(['1', '2', '3']);
    expect(stage.link.settledIdentifiers).toEqual([2, 3]);
    expect(await explainError(stage.problems[0])).toContain("'a'");
    expect((stage.problems[0]!.cause as Error).message).toBe('cannot do this');
    isBroken = false;
    await stage.interrupt(client);
    expect(seen).toEqual(['1', '2', '3', '1']);
    expect(stage.link.settledIdentifiers).toEqual([1]);
  });

  it('at once, not by its promise, is the same', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const seen: string[] = [];
    await stage.when(
      client.subscribe('a', ({ text }) => {
        seen.push(text);
        throw new Error(text);
      }),
    );
    for (const text of ['1', '2']) stage.link.post('a', text);
    await stage.settle();
    expect(seen).toEqual(['1', '2']);
    expect(stage.problems.length).toBe(2);
    expect(client.isConnected).toBe(true);
  });

  it('over half of what the server may send leads to a new connection, with patience', async () => {
    const stage = new Stage();
    const client = await stage.connect({ properties: { receiveMaximum: 4 } });
    const seen: string[] = [];
    await stage.when(
      client.subscribe('a', ({ text }) => {
        seen.push(text);
        throw new Error(text);
      }),
    );
    for (const text of ['1', '2', '3']) stage.link.post('a', text, { qos: 1 });
    await stage.settle();
    expect(client.state).toBe('waiting');
    await stage.clock.advance(1_000);
    expect(stage.links.length).toBe(2);
    expect(seen.filter((text) => text === '1').length).toBe(2);
  });

  it('whose onProblem throws too ends nothing', async () => {
    const stage = new Stage();
    const client = await stage.connect({
      onProblem: () => {
        throw new Error('worse');
      },
    });
    await stage.when(
      client.subscribe('a', () => {
        throw new Error('bad');
      }),
    );
    const { error } = console;
    const told: unknown[] = [];
    console.error = (...data) => void told.push(...data);
    stage.link.post('a', 'x');
    await stage.settle();
    console.error = error;
    expect(told.length).toBeGreaterThan(0);
    expect(client.isConnected).toBe(true);
  });
});

describe('a loop that is left', () => {
  it('gives its message back, and later ones are acknowledged', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const subscription = await stage.when(client.subscribe('a'));
    for (const text of ['1', '2', '3']) stage.link.post('a', text, { qos: 1 });
    await stage.settle();
    for await (const message of subscription) {
      expect(message.text).toBe('1');
      break;
    }
    const iterator = subscription[Symbol.asyncIterator]();
    await stage.when(iterator.next());
    await stage.when(iterator.next());
    void iterator.next();
    await stage.settle();
    expect(stage.link.settledIdentifiers).toEqual([2, 3]);
  });

  it('of a subscription that is ended with messages in its buffer holds up nobody', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const subscription = await stage.when(client.subscribe('a'));
    await stage.when(client.subscribe('b', () => {}));
    stage.link.post('a', '1', { qos: 1 });
    stage.link.post('b', '2', { qos: 1 });
    await stage.settle();
    await stage.when(subscription.unsubscribe());
    expect(stage.link.settledIdentifiers).toEqual([1, 2]);
    const left: string[] = [];
    for await (const message of subscription) left.push(message.text);
    expect(left).toEqual(['1']);
  });
});
