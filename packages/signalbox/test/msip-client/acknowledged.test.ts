// Acknowledged sessions: what is acknowledged when, what comes again, and what waits for a subscription. docs/msip.md, §8
import { describe, expect, it } from 'vitest';
import type { MsipClientOptions } from '../../src/msip-client/client-options.ts';
import type { MsipClient } from '../../src/msip-client/index.ts';
import type { MsipMessage } from '../../src/msip-client/message.ts';
import { FLAG } from '../support/msip-wire.ts';
import type { ServerLink } from './support/server-link.ts';
import { Stage } from './support/stage.ts';

async function begin(options: MsipClientOptions = {}): Promise<{ stage: Stage; client: MsipClient }> {
  const stage = new Stage();
  return { stage, client: await stage.connect({ clientId: 'lamp', acknowledged: true, ...options }) };
}

function send(link: ServerLink, msgId: bigint, message: string, topic = 't'): void {
  link.event(topic, message, { msgId, flags: FLAG.ackRequired });
}

function acks(link: ServerLink): bigint[] {
  return link.of('ack').map(({ msgId }) => msgId);
}

describe('[MSIP-8-4] an EVENT with ACK_REQUIRED', () => {
  it('is acknowledged when its handler has resolved', async () => {
    const { stage, client } = await begin();
    const release: (() => void)[] = [];
    await stage.when(client.subscribeAsync('t', () => new Promise<void>((resolve) => release.push(resolve))));
    send(stage.link, 5n, 'x');
    await stage.settle();
    expect(acks(stage.link)).toEqual([]);
    release[0]!();
    await stage.settle();
    expect(acks(stage.link)).toEqual([5n]);
  });

  it('is acknowledged when the loop asks for the next one; leaving the loop acknowledges nothing', async () => {
    const { stage, client } = await begin();
    const subscription = await stage.when(client.subscribeAsync('t'));
    for (const msgId of [1n, 2n]) send(stage.link, msgId, 'x');
    const values = subscription[Symbol.asyncIterator]();
    await stage.when(values.next());
    expect(acks(stage.link)).toEqual([]);
    await stage.when(values.next());
    expect(acks(stage.link)).toEqual([1n]);
    await values.return!();
    await stage.settle();
    expect(acks(stage.link)).toEqual([1n]);
  });

  it('is acknowledged once everybody who wants it is done, the listeners of the client among them', async () => {
    const { stage, client } = await begin();
    const release: (() => void)[] = [];
    const wait = () => new Promise<void>((resolve) => release.push(resolve));
    await stage.when(client.subscribeAsync('t', wait));
    await stage.when(client.subscribeAsync('#', () => {}));
    client.on('event', wait);
    client.on('message', () => 'done at once');
    send(stage.link, 5n, 'x');
    await stage.settle();
    release[0]!();
    await stage.settle();
    expect(acks(stage.link)).toEqual([]);
    release[1]!();
    await stage.settle();
    expect(acks(stage.link)).toEqual([5n]);
  });

  it('is not acknowledged when a handler or a listener fails: the server has it still', async () => {
    const { stage, client } = await begin();
    await stage.when(client.subscribeAsync('t', ({ text }) => (text === 'bad' ? Promise.reject(new Error('no')) : 0)));
    client.on('event', ({ text }) => {
      if (text === 'worse') throw new Error('no');
    });
    client.on('message', (_, text) => (text === 'worst' ? Promise.reject(new Error('no')) : 0));
    send(stage.link, 1n, 'bad');
    send(stage.link, 2n, 'worse');
    send(stage.link, 3n, 'worst');
    send(stage.link, 4n, 'good');
    await stage.settle();
    expect(acks(stage.link)).toEqual([4n]);
    expect(stage.errors.length).toBe(3);
  });

  it('is acknowledged at once in the mode automatic, and by hand in the mode manual', async () => {
    const { stage, client } = await begin();
    const got: MsipMessage[] = [];
    const never = () => new Promise(() => {});
    await stage.when(client.subscribeAsync('a', never, { acknowledge: 'automatic', concurrency: 5 }));
    await stage.when(client.subscribeAsync('m', (message) => void got.push(message), { acknowledge: 'manual' }));
    send(stage.link, 1n, 'x', 'a');
    send(stage.link, 2n, 'x', 'm');
    await stage.settle();
    expect(acks(stage.link)).toEqual([1n]);
    got[0]!.acknowledge();
    got[0]!.acknowledge();
    await stage.settle();
    expect(acks(stage.link)).toEqual([1n, 2n]);
  });

  it.each([
    ['automatic', [1n]],
    ['manual', []],
  ] as const)('goes to listeners in the mode %s of the client', async (acknowledge, expected) => {
    const { stage, client } = await begin({ acknowledge });
    client.on('event', () => new Promise(() => {}));
    send(stage.link, 1n, 'x');
    await stage.settle();
    expect(acks(stage.link)).toEqual(expected);
  });

  it('that a buffer has no room for is acknowledged when it is dropped, and counted', async () => {
    const { stage, client } = await begin();
    const subscription = await stage.when(client.subscribeAsync('t', { buffer: 1, overflow: 'drop-newest' }));
    for (const msgId of [1n, 2n]) send(stage.link, msgId, 'x');
    await stage.settle();
    expect([acks(stage.link), subscription.dropped]).toEqual([[2n], 1]);
  });
});

describe('an EVENT with ACK_REQUIRED that comes again', () => {
  it('while it is being dealt with is delivered once, and acknowledged on the new connection', async () => {
    const { stage, client } = await begin();
    const release: (() => void)[] = [];
    let count = 0;
    const handler = () => {
      count++;
      return new Promise<void>((resolve) => release.push(resolve));
    };
    await stage.when(client.subscribeAsync('t', handler));
    send(stage.link, 5n, 'x');
    await stage.settle();
    await stage.interrupt(client);
    send(stage.link, 5n, 'x');
    await stage.settle();
    release[0]!();
    await stage.settle();
    expect([count, acks(stage.link)]).toEqual([1, [5n]]);
  });

  it('with the same number and other bytes is another message', async () => {
    const { stage, client } = await begin();
    const got: string[] = [];
    const handler = ({ text }: MsipMessage) => {
      got.push(text);
      return new Promise(() => {});
    };
    await stage.when(client.subscribeAsync('t', handler, { concurrency: 2 }));
    send(stage.link, 5n, 'x');
    await stage.settle();
    await stage.interrupt(client);
    send(stage.link, 5n, 'y');
    await stage.settle();
    expect(got).toEqual(['x', 'y']);
  });

  it('after its handler failed is tried again', async () => {
    const { stage, client } = await begin();
    let count = 0;
    await stage.when(
      client.subscribeAsync('t', () => {
        if (++count === 1) throw new Error('not now');
      }),
    );
    send(stage.link, 5n, 'x');
    await stage.settle();
    await stage.interrupt(client);
    send(stage.link, 5n, 'x');
    await stage.settle();
    expect([count, acks(stage.link)]).toEqual([2, [5n]]);
  });

  it('is not acknowledged on a connection it did not come by', async () => {
    const { stage, client } = await begin();
    const release: (() => void)[] = [];
    await stage.when(client.subscribeAsync('t', () => new Promise<void>((resolve) => release.push(resolve))));
    send(stage.link, 5n, 'x');
    await stage.settle();
    await stage.interrupt(client);
    release[0]!();
    await stage.settle();
    expect(acks(stage.link)).toEqual([]);
  });
});

describe('an EVENT with ACK_REQUIRED nobody wants yet', () => {
  it('waits for a subscription, or for a listener', async () => {
    const { stage, client } = await begin();
    send(stage.link, 1n, 'one', 'a');
    send(stage.link, 2n, 'two', 'b');
    await stage.settle();
    expect([acks(stage.link), client.statistics.unclaimed]).toEqual([[], 2]);
    const got: string[] = [];
    await stage.when(client.subscribeAsync('a', ({ text }) => void got.push(text)));
    client.on('message', (_, text) => void got.push(text));
    await stage.settle();
    expect([got, acks(stage.link), client.statistics.unclaimed]).toEqual([['one', 'two'], [1n, 2n], 0]);
  });

  it('is left to the server when too many wait, and when the connection is lost', async () => {
    const { stage, client } = await begin({ unclaimed: 2 });
    for (const msgId of [1n, 2n, 3n]) send(stage.link, msgId, 'x');
    await stage.settle();
    expect(client.statistics.unclaimed).toBe(2);
    await stage.interrupt(client);
    expect(client.statistics.unclaimed).toBe(0);
    for (const msgId of [1n, 2n]) send(stage.link, msgId, 'x');
    const got: MsipMessage[] = [];
    await stage.when(client.subscribeAsync('t', (message) => void got.push(message)));
    await stage.settle();
    expect([got.length, acks(stage.link)]).toEqual([2, [1n, 2n]]);
  });

  it('of a subscription that has ended is acknowledged: nobody will come', async () => {
    const { stage, client } = await begin();
    const subscription = await stage.when(client.subscribeAsync('t/#'));
    send(stage.link, 1n, 'buffered', 't/1');
    await stage.settle();
    await stage.when(subscription.unsubscribe());
    send(stage.link, 2n, 'late', 't/2');
    await stage.settle();
    expect(acks(stage.link)).toEqual([1n, 2n]);
  });
});
