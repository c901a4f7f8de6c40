// beforeConnect: what changes with each attempt.
import { describe, expect, it } from 'vitest';
import type { ConnectAttempt } from '../../src/client/client-options.ts';
import { Outcome } from './support/outcome.ts';
import { Stage } from './support/stage.ts';

describe('beforeConnect', () => {
  it('gives fresh credentials, another URL and another will to each attempt', async () => {
    const stage = new Stage();
    let count = 0;
    const beforeConnect = async () => {
      const n = ++count;
      await Promise.resolve();
      return { url: `mqtt://s${n}`, username: `u${n}`, password: `p${n}`, will: { topicName: `w${n}`, payload: '' } };
    };
    const client = await stage.connect({ beforeConnect });
    await stage.interrupt(client);
    expect(stage.links.map(({ url, connect }) => [url, connect.username, connect.will?.topicName])).toEqual([
      ['mqtt://s1', 'u1', 'w1'],
      ['mqtt://s2', 'u2', 'w2'],
    ]);
  });

  it('knows which attempt it is, and why', async () => {
    const stage = new Stage();
    const attempts: ConnectAttempt[] = [];
    const client = await stage.connect({ beforeConnect: (attempt) => void attempts.push(attempt) });
    await stage.interrupt(client);
    expect(attempts.map(({ attempt, url }) => [attempt, url])).toEqual([
      [1, 'mqtt://server'],
      [2, 'mqtt://server'],
    ]);
    expect(attempts[1]?.error?.message).toMatch(/the network failed/);
  });

  it('that rejects counts as a failed attempt: connect() rejects, a later one is repeated', async () => {
    const stage = new Stage();
    let isBroken = true;
    const beforeConnect = () => {
      if (isBroken) throw new Error('no token');
      return undefined;
    };
    const first = stage.begin({ beforeConnect });
    await stage.settle();
    expect(first.error?.message).toBe('no token');
    isBroken = false;
    const client = await stage.connect({ beforeConnect });
    isBroken = true;
    stage.link.cut();
    await stage.clock.advance(300_000);
    expect(client.state).not.toBe('closed');
    isBroken = false;
    await stage.clock.advance(240_000);
    expect(client.isConnected).toBe(true);
  });

  it('makes a refusal of credentials worth another attempt', async () => {
    const stage = new Stage();
    const client = await stage.connect({ beforeConnect: () => undefined });
    stage.script.refuse(0x87);
    stage.link.cut();
    await stage.clock.advance(60_000);
    stage.script.welcome();
    await stage.clock.advance(240_000);
    expect(client.isConnected).toBe(true);
  });

  it('that never answers holds up neither close() nor connect()', async () => {
    const stage = new Stage();
    let signal: AbortSignal | undefined;
    const controller = new AbortController();
    const begun = stage.begin({
      beforeConnect: (attempt) => {
        signal = attempt.signal;
        return new Promise(() => {});
      },
      signal: controller.signal,
    });
    await stage.settle();
    controller.abort(new Error('enough'));
    await stage.settle();
    expect(begun.error?.message).toBe('enough');
    expect(signal?.aborted).toBe(true);

    const client = await stage.connect({ awaitConnection: false, beforeConnect: () => new Promise(() => {}) });
    const closing = new Outcome(client.close());
    await stage.settle();
    expect(closing.state).toBe('resolved');
  });

  it('that answers after close() opens no connection', async () => {
    const stage = new Stage();
    let answer: () => void = () => {};
    const beforeConnect = () => new Promise<undefined>((resolve) => (answer = () => resolve(undefined)));
    const client = await stage.connect({ awaitConnection: false, beforeConnect });
    await stage.settle();
    void client.close();
    await stage.settle();
    answer();
    await stage.settle();
    expect(stage.dials.length).toBe(0);
  });
});
