// The end of an MSIP client: as it was asked to, in time, and told to everybody who follows it.
import { describe, expect, it } from 'vitest';
import type { MsipClientStatus } from '../../src/msip-client/status.ts';
import { Outcome } from '../client/support/outcome.ts';
import { Stage } from './support/stage.ts';

describe('the end of a client', () => {
  it('is told by closed and status(), and every loop over status() ends', async () => {
    const stage = new Stage();
    const client = stage.make();
    const states: MsipClientStatus[] = [];
    const loop = new Outcome(
      (async () => {
        for await (const status of client.status()) states.push(status);
      })(),
    );
    await stage.when(client.connect());
    stage.link.cut();
    await stage.clock.advance(3_000);
    await stage.when(client.disconnect());
    await stage.settle();
    expect(loop.state).toBe('resolved');
    expect(states.map(({ state }) => state)).toEqual([
      'idle',
      'connecting',
      'connected',
      'connecting',
      'waiting',
      'connecting',
      'connected',
      'closing',
      'closed',
    ]);
    expect(await client.closed).toBeUndefined();
    expect(stage.of('disconnect').at(-1)).toEqual([undefined]);
  });

  it('is told to who asked for `closed` before connect(), and anew in each life', async () => {
    const stage = new Stage();
    const client = stage.make();
    const first = new Outcome(client.closed);
    await stage.when(client.connect());
    await stage.when(client.disconnect());
    expect(first.state).toBe('resolved');
    await stage.when(client.connect());
    const second = new Outcome(client.closed);
    await stage.settle();
    expect(second.state).toBe('pending');
    await stage.when(client.disconnect());
    expect(second.state).toBe('resolved');
  });

  it('comes with Symbol.asyncDispose, and with the signal of its options', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    await stage.when(client[Symbol.asyncDispose]());
    expect(client.state).toBe('closed');
    const controller = new AbortController();
    const other = await stage.connect({ signal: controller.signal });
    const subscription = await stage.when(other.subscribeAsync('t'));
    controller.abort();
    await stage.settle();
    expect([other.state, subscription.isEnded]).toEqual(['closed', true]);
    const late = new Outcome(other.connect());
    await stage.settle();
    expect(late.state).toBe('rejected');
  });

  it.each(['dialling', 'HELLO', 'waiting', 'connected'] as const)(
    'comes while %s, and leaves nothing',
    async (when) => {
      const stage = new Stage();
      const client = stage.make();
      if (when === 'dialling') stage.script.dial = () => 'hang';
      if (when === 'waiting') stage.script.dial = () => 'refuse';
      if (when === 'HELLO') stage.script.hello = () => undefined;
      const outcome = new Outcome(client.connect());
      await stage.settle();
      const closed = new Outcome(client.disconnect());
      await stage.clock.advance(2_000);
      expect(closed.state).toBe('resolved');
      expect(outcome.state).not.toBe('pending');
      expect([client.state, stage.clock.scheduled]).toEqual(['closed', 0]);
      await stage.clock.advance(1e7);
      expect(stage.dials.length).toBe(1);
    },
  );

  it('comes by drain() after everything was dealt with', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const handled: string[] = [];
    const release: (() => void)[] = [];
    const handler = async ({ text }: { text: string }) => {
      await new Promise<void>((resolve) => release.push(resolve));
      handled.push(text);
      client.publish('answers', text);
    };
    await stage.when(client.subscribeAsync('t', handler));
    for (const text of ['1', '2']) stage.link.event('t', text);
    await stage.settle();
    stage.script.holds.add('unsubscribe');
    const drained = new Outcome(client.drain());
    await stage.settle();
    stage.link.event('t', '3'); // before the server has answered
    await stage.settle();
    stage.link.answerHeld();
    await stage.settle();
    for (let count = 0; count < 3; count++) {
      expect(drained.state).toBe('pending');
      release[count]!();
      await stage.settle();
    }
    expect([drained.state, client.state, handled]).toEqual(['resolved', 'closed', ['1', '2', '3']]);
    expect(stage.link.texts('publish')).toEqual(['answers1', 'answers2', 'answers3'].map((text) => text));
    expect(stage.clock.scheduled).toBe(0);
  });

  it('comes by drain() in its time, even if that is too short', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    await stage.when(client.subscribeAsync('t', () => new Promise(() => {})));
    stage.link.event('t', 'x');
    await stage.settle();
    const drained = new Outcome(client.drain({ timeoutMs: 100 }));
    await stage.clock.advance(100);
    expect([drained.code, client.state]).toEqual(['TIMEOUT', 'closed']);
  });

  it('forgets what was subscribed to', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    client.subscribe('t');
    await stage.settle();
    await stage.when(client.disconnect());
    await stage.when(client.connect());
    expect(stage.link.of('subscribe')).toEqual([]);
  });
});
