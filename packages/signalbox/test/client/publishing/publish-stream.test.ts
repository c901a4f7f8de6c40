// publishStream(): what an iterable yields, as fast as it is taken.
import { describe, expect, it } from 'vitest';
import type { OutgoingMessage } from '../../../src/client/publishing/publication.ts';
import { Outcome } from '../support/outcome.ts';
import { Stage } from '../support/stage.ts';

/** Messages of QoS 1, and how many were asked for. */
function source(count: number, topicName = (_: number) => 'a') {
  const state = { asked: 0, isReturned: false };
  function* messages(): Generator<OutgoingMessage> {
    try {
      for (; state.asked < count; ) {
        const index = state.asked++;
        yield { topicName: topicName(index), payload: String(index), qos: 1 };
      }
    } finally {
      state.isReturned = true;
    }
  }
  return { state, messages: messages() };
}

describe('publishStream', () => {
  it('publishes all in order, and counts', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const result = await stage.when(client.publishStream(source(100).messages));
    expect(result).toEqual({ published: 100, failed: 0 });
    expect(stage.link.messages).toEqual(Array.from({ length: 100 }, (_, index) => String(index)));
  });

  it('asks the source for no more than there is room for', async () => {
    const stage = new Stage();
    stage.script.holds.add('puback');
    const client = await stage.connect({ maximumInFlight: 10 });
    const { state, messages } = source(1_000);
    const streaming = new Outcome(client.publishStream(messages));
    await stage.settle();
    expect(state.asked).toBeLessThan(15);
    stage.link.answer(5);
    await stage.settle();
    expect(state.asked).toBeLessThan(20);
    stage.script.holds.clear();
    stage.link.answer();
    await stage.settle();
    expect(streaming.value).toEqual({ published: 1_000, failed: 0 });
  });

  it('without a connection fills the queue, and no more', async () => {
    const stage = new Stage();
    const client = await stage.offline({ queue: { messages: 50 } });
    const { state, messages } = source(200);
    const streaming = new Outcome(client.publishStream(messages));
    await stage.settle();
    expect(state.asked).toBeLessThan(53);
    await stage.online(client);
    expect(streaming.value).toEqual({ published: 200, failed: 0 });
  });

  it('ends with the first failure, and gives the source back', async () => {
    const stage = new Stage();
    const client = await stage.connect({ maximumInFlight: 1 });
    stage.script.reasonCodeOf = ({ topicName }) => (topicName === 'bad' ? 0x87 : 0);
    const { state, messages } = source(1_000, (index) => (index === 3 ? 'bad' : 'a'));
    const streaming = new Outcome(client.publishStream(messages));
    await stage.settle();
    expect(streaming.error).toMatchObject({ reasonCode: 0x87 });
    expect(state.isReturned).toBe(true);
    expect(state.asked).toBeLessThan(10);
  });

  it('tells each failure to onFailure, and goes on', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    stage.script.reasonCodeOf = ({ topicName }) => (topicName === 'bad' ? 0x87 : 0);
    const { messages } = source(10, (index) => (index % 2 ? 'bad' : 'a'));
    const failures: string[] = [];
    const onFailure = (_: unknown, { payload }: OutgoingMessage) => void failures.push(String(payload));
    const result = await stage.when(client.publishStream(messages, { onFailure }));
    expect(result).toEqual({ published: 5, failed: 5 });
    expect(failures).toEqual(['1', '3', '5', '7', '9']);
  });

  it('ends when onFailure throws, with that', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    stage.script.reasonCodeOf = () => 0x87;
    const onFailure = () => {
      throw new Error('enough');
    };
    const streaming = new Outcome(client.publishStream(source(5).messages, { onFailure }));
    await stage.settle();
    expect(streaming.error?.message).toBe('enough');
  });

  it('rejects with what the source throws', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    async function* broken(): AsyncGenerator<OutgoingMessage> {
      yield { topicName: 'a' };
      throw new Error('no more');
    }
    const streaming = new Outcome(client.publishStream(broken()));
    await stage.settle();
    expect(streaming.error?.message).toBe('no more');
  });

  it('ends when its signal says so, also while it waits for room', async () => {
    const stage = new Stage();
    const client = await stage.offline({ queue: { messages: 5 } });
    const controller = new AbortController();
    const streaming = new Outcome(client.publishStream(source(100).messages, { signal: controller.signal }));
    await stage.settle();
    controller.abort(new Error('enough'));
    await stage.settle();
    expect(streaming.error?.message).toBe('enough');
    expect(client.statistics.queuedMessages).toBe(0);
  });

  it('ends when the client closes', async () => {
    const stage = new Stage();
    stage.script.holds.add('puback');
    const client = await stage.connect({ maximumInFlight: 2 });
    const streaming = new Outcome(client.publishStream(source(100).messages));
    await stage.settle();
    await stage.when(client.close({ flush: false }));
    expect(streaming.code).toBe('CLOSED');
  });
});
