// When a received message is acknowledged.
import { describe, expect, it } from 'vitest';
import type { Message } from '../../../src/client/receiving/message.ts';
import { Stage } from '../support/stage.ts';

const flush = (stage: Stage) => stage.settle();

/** Handlers that are finished by hand. */
function slowHandler() {
  const running: { readonly message: Message; readonly done: () => void; readonly fail: (error: Error) => void }[] = [];
  const handler = (message: Message) =>
    new Promise<void>((resolve, reject) => running.push({ message, done: resolve, fail: reject }));
  return { running, handler };
}

describe('a message is acknowledged', () => {
  it.each([1, 2] as const)('when its handler has resolved, and not before, at QoS %s', async (qos) => {
    const stage = new Stage();
    const client = await stage.connect();
    const { running, handler } = slowHandler();
    await stage.when(client.subscribe('a', handler));
    stage.link.post('a', '1', { qos });
    await flush(stage);
    expect(stage.link.settledIdentifiers).toEqual([]);
    running[0]!.done();
    await flush(stage);
    expect(stage.link.settledIdentifiers).toEqual([1]);
  });

  it('when the next one is asked for, by whoever iterates', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const subscription = await stage.when(client.subscribe('a'));
    for (const text of ['1', '2']) stage.link.post('a', text, { qos: 1 });
    const iterator = subscription[Symbol.asyncIterator]();
    await stage.when(iterator.next());
    expect(stage.link.settledIdentifiers).toEqual([]);
    await stage.when(iterator.next());
    await flush(stage);
    expect(stage.link.settledIdentifiers).toEqual([1]);
  });

  it('at once when it is to be automatic', async () => {
    const stage = new Stage();
    const client = await stage.connect({ acknowledge: 'automatic' });
    const { handler } = slowHandler();
    await stage.when(client.subscribe('a', handler));
    stage.link.post('a', '1', { qos: 2 });
    await flush(stage);
    expect(stage.link.settledIdentifiers).toEqual([1]);
  });

  it.each([1, 2] as const)('by hand, with a reason code and words, at QoS %s', async (qos) => {
    const stage = new Stage();
    const client = await stage.connect();
    const messages: Message[] = [];
    await stage.when(client.subscribe('a', (message) => void messages.push(message), { acknowledge: 'manual' }));
    stage.link.post('a', '1', { qos });
    await flush(stage);
    expect(stage.link.settledIdentifiers).toEqual([]);
    messages[0]!.acknowledge({ reasonCode: 0x99, properties: { reasonString: 'no JSON' } });
    messages[0]!.acknowledge();
    await flush(stage);
    expect(stage.link.settledCodes).toEqual([0x99]);
  });

  it('by hand with a code that does not exist: that throws, and it can be acknowledged still', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const messages: Message[] = [];
    await stage.when(client.subscribe('a', (message) => void messages.push(message), { acknowledge: 'manual' }));
    stage.link.post('a', '1', { qos: 1 });
    await flush(stage);
    expect(() => messages[0]!.acknowledge({ reasonCode: 0x42 })).toThrow();
    messages[0]!.acknowledge();
    await flush(stage);
    expect(stage.link.settledCodes).toEqual([0]);
  });

  it('in the order of the messages, whatever the order of the handlers', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const { running, handler } = slowHandler();
    await stage.when(client.subscribe('a', handler, { concurrency: 3 }));
    for (const text of ['1', '2', '3']) stage.link.post('a', text, { qos: 1 });
    await flush(stage);
    expect(running.length).toBe(3);
    for (const index of [2, 1]) running[index]!.done();
    await flush(stage);
    expect(stage.link.settledIdentifiers).toEqual([]);
    running[0]!.done();
    await flush(stage);
    expect(stage.link.settledIdentifiers).toEqual([1, 2, 3]);
  });

  it('once all of its subscriptions are done with it', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const { running, handler } = slowHandler();
    await stage.when(client.subscribe('a', handler));
    await stage.when(client.subscribe('#', handler));
    stage.link.post('a', '1', { qos: 1 });
    await flush(stage);
    running[1]!.done();
    await flush(stage);
    expect(stage.link.settledIdentifiers).toEqual([]);
    running[0]!.done();
    await flush(stage);
    expect(stage.link.settledIdentifiers).toEqual([1]);
  });

  it('of an earlier connection at QoS 1: no more, it comes again', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const { running, handler } = slowHandler();
    await stage.when(client.subscribe('a', handler));
    stage.link.post('a', '1', { qos: 1 });
    await flush(stage);
    await stage.interrupt(client);
    running[0]!.done();
    await flush(stage);
    expect(running[1]!.message).toMatchObject({ text: '1', duplicate: true });
    expect(stage.link.settledIdentifiers).toEqual([]);
    running[1]!.done();
    await flush(stage);
    expect(stage.link.settledIdentifiers).toEqual([1]);
  });

  it('of an earlier connection at QoS 2: still, and the handler sees it once', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const { running, handler } = slowHandler();
    await stage.when(client.subscribe('a', handler));
    stage.link.post('a', '1', { qos: 2 });
    await flush(stage);
    await stage.interrupt(client);
    running[0]!.done();
    await flush(stage);
    expect(running.length).toBe(1);
    expect(stage.link.settledIdentifiers).toEqual([1]);
  });

  it('of a lost session: a new message with the same identifier is delivered, and acknowledged for itself', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const { running, handler } = slowHandler();
    await stage.when(client.subscribe('a', handler, { concurrency: 9 }));
    stage.link.post('a', 'old', { qos: 2 });
    await flush(stage);
    stage.sessions.clear();
    await stage.interrupt(client);
    stage.link.post('a', 'new', { qos: 2 });
    await flush(stage);
    expect(running.map(({ message }) => message.text)).toEqual(['old', 'new']);
    running[0]!.done();
    await flush(stage);
    expect(stage.link.settledIdentifiers).toEqual([]);
    running[1]!.done();
    await flush(stage);
    expect(stage.link.settledIdentifiers).toEqual([1]);
  });
});
