// Subscriptions: by handler, by loop and by event, restored on each connection, and matched as the server does.
import { describe, expect, it } from 'vitest';
import { Outcome } from '../client/support/outcome.ts';
import { FLAG } from '../support/msip-wire.ts';
import { Stage } from './support/stage.ts';

describe('subscribeAsync', () => {
  it('resolves with the ACK, and its handler gets the messages', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    stage.script.holds.add('subscribe');
    const got: string[] = [];
    const outcome = new Outcome(client.subscribeAsync('a/+', ({ topic, text }) => void got.push(`${topic} ${text}`)));
    await stage.settle();
    expect([outcome.state, stage.link.lines.at(-1)]).toEqual(['pending', 'subscribe id=1 kind=1 flags=1 a/+']);
    stage.link.answerHeld();
    stage.link.event('a/b', 'one');
    stage.link.event('b', 'no');
    stage.link.event('a/c', 'two');
    await stage.settle();
    expect(outcome.value.topicFilters).toEqual(['a/+']);
    expect(got).toEqual(['a/b one', 'a/c two']);
  });

  it('is an async iterable; the loop ends when it is unsubscribed', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const subscription = await stage.when(client.subscribeAsync('a'));
    const got: string[] = [];
    const loop = new Outcome(
      (async () => {
        for await (const { text } of subscription) got.push(text);
      })(),
    );
    for (const text of ['1', '2', '3']) stage.link.event('a', text);
    await stage.settle();
    expect(got).toEqual(['1', '2', '3']);
    await stage.when(subscription.unsubscribe());
    await stage.settle();
    expect([loop.state, stage.link.texts('unsubscribe')]).toEqual(['resolved', ['a']]);
    await stage.when(subscription.unsubscribe()); // once is enough
    expect(stage.link.of('unsubscribe').length).toBe(1);
  });

  it('rejects when the server refuses, and asks no more', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    stage.script.refuse('subscribe', 'not for you');
    const outcome = new Outcome(client.subscribeAsync('secret'));
    await stage.settle();
    expect(outcome.error).toMatchObject({ code: 'REFUSED', text: 'not for you' });
    await stage.interrupt(client);
    expect(stage.link.of('subscribe')).toEqual([]);
    expect(stage.errors).toEqual([]);
  });

  it('of several filters tells which were refused', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const { script } = stage;
    script.answer = (frame) =>
      Buffer.from(frame.payload).toString() === 'bad'
        ? ['error', { msgId: frame.msgId, payload: 'no' }]
        : script.grant(frame);
    const subscription = await stage.when(client.subscribeAsync(['good', 'bad', 'good']));
    expect([...subscription.refusals.keys()]).toEqual(['bad']);
    expect(stage.link.texts('subscribe')).toEqual(['good', 'bad']);
    await stage.interrupt(client);
    expect(stage.link.texts('subscribe')).toEqual(['good']);
  });

  it('without a connection waits for one', async () => {
    const stage = new Stage();
    const client = await stage.offline();
    const outcome = new Outcome(client.subscribeAsync('a'));
    await stage.settle();
    expect(outcome.state).toBe('pending');
    await stage.online(client);
    expect([outcome.state, stage.link.texts('subscribe')]).toEqual(['resolved', ['a']]);
  });

  it('survives the loss of the connection before its answer', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    stage.script.holds.add('subscribe');
    const outcome = new Outcome(client.subscribeAsync('a'));
    await stage.settle();
    stage.script.holds.clear();
    await stage.interrupt(client);
    expect([outcome.state, stage.link.texts('subscribe')]).toEqual(['resolved', ['a']]);
  });

  it('leaves nothing behind when its time is over, it is aborted, or the client is closed', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    stage.script.holds.add('subscribe');
    const controller = new AbortController();
    const timedOut = new Outcome(client.subscribeAsync('a', { timeoutMs: 100 }));
    const aborted = new Outcome(client.subscribeAsync('b', { signal: controller.signal }));
    await stage.clock.advance(100);
    controller.abort(new Error('enough'));
    await stage.settle();
    expect([timedOut.code, aborted.error?.message]).toEqual(['TIMEOUT', 'enough']);
    expect(stage.link.texts('unsubscribe')).toEqual(['a', 'b']);
    await stage.interrupt(client);
    expect(stage.link.texts('subscribe')).toEqual([]);
    const open = new Outcome(client.subscribeAsync('c'));
    await stage.when(client.disconnect());
    expect(open.code).toBe('CLOSED');
  });

  it('rejects filters that cannot be written', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    for (const filters of [[], '\ud800'] as const) {
      const outcome = new Outcome(client.subscribeAsync(filters));
      await stage.settle();
      expect(outcome.error?.name).toBe('MsipUsageError');
    }
  });

  it('rejects options that are none, and asks for nothing', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    for (const options of [{ acknowledged: true }, { overflow: 'drop' }] as object[]) {
      const outcome = new Outcome(client.subscribeAsync('a', () => {}, options));
      await stage.settle();
      expect(outcome.error).toMatchObject({ name: 'MsipUsageError', code: 'INVALID_ARGUMENT' });
    }
    expect(stage.link.frames.length).toBe(1);
  });
});

describe('a subscription', () => {
  it('is restored on each connection, before the event connect: the TypeScript reference client forgets it', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    client.subscribe('bare');
    client.subscribe('unacknowledged', false);
    await stage.when(client.subscribeAsync(['x', 'y/#'], () => {}));
    client.subscribe('gone');
    client.unsubscribe('gone');
    await stage.settle();
    let next = 0n;
    client.on('connect', () => {
      next = client.ping();
    });
    await stage.interrupt(client);
    expect(stage.link.lines.at(-1)).toBe(`ping id=${next} kind=1 flags=0`);
    expect(stage.link.lines.slice(1, -1).map((line) => line.replace(/id=\d+ /, ''))).toEqual(
      ['bare', 'unacknowledged', 'x', 'y/#'].map((filter) => `subscribe kind=1 flags=1 ${filter}`),
    );
  });

  it('whose restoration is refused ends, and says so', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const subscription = await stage.when(client.subscribeAsync('a'));
    stage.script.refuse('subscribe', 'not any more');
    await stage.interrupt(client);
    expect(subscription.isEnded).toBe(true);
    expect(stage.errors).toMatchObject([{ code: 'REFUSED', text: 'not any more' }]);
  });

  it('gets a message once, however many of its filters match; each subscription gets it', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const got: string[] = [];
    await stage.when(client.subscribeAsync(['a/#', 'a/+', 'a/b'], () => void got.push('first')));
    await stage.when(client.subscribeAsync('a/b', () => void got.push('second')));
    client.on('message', () => got.push('event'));
    stage.link.event('a/b', 'x');
    await stage.settle();
    expect(got).toEqual(['first', 'second', 'event']);
  });

  it.each([
    ['a/+', ['a/b', 'a/'], ['a', 'a/b/c']],
    ['#', ['a', 'a/b', '/'], ['$SYS/x']],
    ['$SYS/#', ['$SYS', '$SYS/x'], ['x']],
    ['$share/g/a/+', ['a/b'], ['$share/g/a/b']],
    ['a+b', ['a+b'], ['aXb']],
    ['a/#/b', ['a/#/b'], ['a/x/b', 'a']],
  ])('to %s matches as the server does', async (filter, matching, others) => {
    const stage = new Stage();
    const client = await stage.connect();
    const got: string[] = [];
    await stage.when(client.subscribeAsync(filter, ({ topic }) => void got.push(topic)));
    for (const topic of [...matching, ...others, ...matching]) stage.link.event(topic, 'x');
    await stage.settle();
    expect(got).toEqual([...matching, ...matching]);
    expect(client.statistics.droppedIncoming).toBe(others.length);
  });

  it('whose filter another one has as well does not end that', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const one = await stage.when(client.subscribeAsync('a'));
    const got: string[] = [];
    await stage.when(client.subscribeAsync('a', ({ text }) => void got.push(text)));
    await stage.when(one.unsubscribe());
    expect(stage.link.of('unsubscribe')).toEqual([]);
    stage.link.event('a', 'still here');
    await stage.settle();
    expect(got).toEqual(['still here']);
    await stage.when(client.unsubscribeAsync('a'));
    expect(stage.link.texts('unsubscribe')).toEqual(['a']);
  });

  it('takes one message after the other, or as many as its concurrency', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const running: string[] = [];
    const release: (() => void)[] = [];
    const handler = ({ text }: { text: string }) => {
      running.push(text);
      return new Promise<void>((resolve) => release.push(resolve));
    };
    await stage.when(client.subscribeAsync('one', handler));
    await stage.when(client.subscribeAsync('two', handler, { concurrency: 2 }));
    for (const text of ['1', '2', '3']) stage.link.event('one', text);
    for (const text of ['a', 'b', 'c']) stage.link.event('two', text);
    await stage.settle();
    expect(running).toEqual(['1', 'a', 'b']);
    for (const resolve of release.splice(0)) resolve();
    await stage.settle();
    expect(running).toEqual(['1', 'a', 'b', '2', 'c']);
  });

  it('whose handler fails goes on, and the failure is told', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const got: string[] = [];
    await stage.when(
      client.subscribeAsync('a', ({ text }) => {
        got.push(text);
        if (text === '1') throw new Error('sync');
        if (text === '2') return Promise.reject(new Error('async'));
        return undefined;
      }),
    );
    for (const text of ['1', '2', '3']) stage.link.event('a', text);
    await stage.settle();
    expect(got).toEqual(['1', '2', '3']);
    expect(stage.errors.map(({ message }) => message)).toEqual(['sync', 'async']);
  });
});

it('unsubscribeAsync asks the server about filters nobody knows here, too', async () => {
  const stage = new Stage();
  const client = await stage.connect();
  await stage.when(client.unsubscribeAsync(['from/an/earlier/life', 'b']));
  expect(stage.link.texts('unsubscribe')).toEqual(['from/an/earlier/life', 'b']);
  stage.script.refuse('unsubscribe', 'no');
  const outcome = new Outcome(client.unsubscribeAsync('c'));
  await stage.settle();
  expect(outcome.code).toBe('REFUSED');
});

it('what is unsubscribed from and subscribed to again without a connection is subscribed to', async () => {
  const stage = new Stage();
  const client = await stage.offline();
  client.subscribe('a');
  const gone = new Outcome(client.unsubscribeAsync('a'));
  const back = new Outcome(client.subscribeAsync('a'));
  await stage.online(client);
  expect([gone.state, back.state]).toEqual(['resolved', 'resolved']);
  expect([stage.link.texts('subscribe'), stage.link.texts('unsubscribe')]).toEqual([['a'], []]);
});

it('a message nobody wants is counted', async () => {
  const stage = new Stage();
  const client = await stage.connect();
  stage.link.event('a', 'x', { flags: FLAG.none });
  await stage.settle();
  expect(client.statistics.droppedIncoming).toBe(1);
});
