// subscribe(): what the server is asked, what it answers, and who gets a message.
import { describe, expect, it } from 'vitest';
import type { Message } from '../../../src/client/receiving/message.ts';
import { Outcome, outcomesOf } from '../support/outcome.ts';
import { Stage } from '../support/stage.ts';

function collector() {
  const texts: string[] = [];
  return { texts, handler: (message: Message) => void texts.push(message.text) };
}

describe('subscribe', () => {
  it('resolves with the result of each filter', async () => {
    const stage = new Stage();
    stage.script.grant = (topicFilter) => (topicFilter === 'no' ? 0x87 : 1);
    const client = await stage.connect();
    const subscription = await stage.when(client.subscribe(['a', 'no', 'b', 'a'], () => {}));
    expect(subscription.topicFilters).toEqual(['a', 'no', 'b']);
    expect(subscription.reasonCodes).toEqual([1, 0x87, 1]);
  });

  it('rejects when all filters are refused, and then nothing is wanted', async () => {
    const stage = new Stage();
    stage.script.grant = () => 0x87;
    const client = await stage.connect();
    const subscribed = new Outcome(client.subscribe(['a', 'b'], () => {}));
    await stage.settle();
    expect(subscribed.error).toMatchObject({ code: 'REFUSED', reasonCode: 0x87 });
    stage.script.grant = () => 0;
    stage.sessions.clear();
    await stage.interrupt(client);
    expect(stage.link.topicFilters).toEqual([]);
  });

  it.each(['', 'a/#/b', 'a+', '$share/g'])(
    'rejects a filter that is none, without a connection too: %j',
    async (bad) => {
      const stage = new Stage();
      const client = await stage.connect();
      const subscribed = new Outcome(client.subscribe(bad, () => {}));
      await stage.settle();
      expect(subscribed.error?.name).toBe('UsageError');
      stage.script.dial = () => 'refuse';
      stage.link.cut();
      await stage.settle();
      const offline = new Outcome(client.subscribe(bad, () => {}));
      await stage.settle();
      expect(offline.error?.name).toBe('UsageError');
    },
  );

  it('hands messages to the handler, and to whoever iterates', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const { texts, handler } = collector();
    await stage.when(client.subscribe('a', handler));
    const subscription = await stage.when(client.subscribe('b'));
    const iterator = subscription[Symbol.asyncIterator]();
    const first = new Outcome(iterator.next());
    for (const text of ['1', '2']) stage.link.post('a', text);
    for (const text of ['3', '4']) stage.link.post('b', text);
    await stage.settle();
    expect(texts).toEqual(['1', '2']);
    expect(first.value.value?.text).toBe('3');
    expect((await iterator.next()).value?.text).toBe('4');
    const last = new Outcome(iterator.next());
    await stage.when(subscription.unsubscribe());
    expect(last.value.done).toBe(true);
  });

  it('gives the message once to each of overlapping subscriptions', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const seen: string[] = [];
    for (const filter of ['a/b', 'a/+', '#', 'x'])
      await stage.when(client.subscribe(filter, () => void seen.push(filter)));
    await stage.when(client.subscribe(['a/#', 'a/b'], () => void seen.push('both')));
    stage.link.post('a/b', '', { qos: 1 });
    await stage.settle();
    expect(seen.sort()).toEqual(['#', 'a/+', 'a/b', 'both']);
    expect(stage.link.settledIdentifiers).toEqual([1]);
  });

  it('keeps what matters of a message: payload, QoS, RETAIN, DUP, properties, all of it its own', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const messages: Message[] = [];
    await stage.when(client.subscribe('a', (message) => void messages.push(message)));
    const properties = {
      correlationData: new Uint8Array([1, 2]),
      contentType: 'application/json',
      userProperties: [['k', 'v']] as [string, string][],
    };
    stage.link.post('a', '{"n":1}', { qos: 1, retain: true, properties });
    stage.link.post('a', 'x'.repeat(100));
    await stage.settle();
    expect(messages[0]).toMatchObject({ topicName: 'a', qos: 1, retain: true, duplicate: false, properties });
    expect(messages[0]?.json()).toEqual({ n: 1 });
  });

  it('does not match topics that begin with $ by wildcards', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const { texts, handler } = collector();
    await stage.when(client.subscribe(['#', '+/x'], handler));
    await stage.when(client.subscribe('$SYS/#', (message) => handler(message)));
    stage.link.post('$SYS/x', 'once');
    await stage.settle();
    expect(texts).toEqual(['once']);
  });

  it('finds messages of a shared subscription by its filter', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const { texts, handler } = collector();
    await stage.when(client.subscribe('$share/g/a/+', handler));
    stage.link.post('a/1', 'x');
    await stage.settle();
    expect(texts).toEqual(['x']);
  });

  it('sends the options, and those of update() with what stays', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const controller = new AbortController();
    const subscription = await stage.when(
      client.subscribe('a', () => {}, { qos: 1, noLocal: true, retainHandling: 2, signal: controller.signal }),
    );
    controller.abort(); // it was for that call
    await stage.when(subscription.update({ qos: 0, retainAsPublished: true }));
    expect(stage.link.of('subscribe').map(({ subscriptions }) => subscriptions[0])).toMatchObject([
      { topicFilter: 'a', qos: 1, noLocal: true, retainAsPublished: false, retainHandling: 2 },
      { topicFilter: 'a', qos: 0, noLocal: true, retainAsPublished: true, retainHandling: 2 },
    ]);
    expect(subscription.reasonCodes).toEqual([0]);
  });

  it('keeps the former options when an update is refused', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const subscription = await stage.when(client.subscribe('a', () => {}, { qos: 1 }));
    stage.script.grant = () => 0x80;
    const updated = new Outcome(subscription.update({ qos: 2 }));
    await stage.settle();
    expect(updated.code).toBe('REFUSED');
    expect(subscription.options.qos).toBe(1);
    expect(subscription.isEnded).toBe(false);
    expect(subscription.reasonCodes).toEqual([1]);
  });

  it('asks for the highest QoS when two subscriptions have the same filter', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    await stage.when(client.subscribe('a', () => {}, { qos: 2 }));
    await stage.when(client.subscribe('a', () => {}, { qos: 0 }));
    expect(stage.link.of('subscribe').map(({ subscriptions }) => subscriptions[0]?.qos)).toEqual([2, 2]);
  });

  it('gives up after timeoutMs, and takes back what the server may have granted', async () => {
    const stage = new Stage();
    stage.script.holds.add('suback');
    const client = await stage.connect();
    const subscribed = new Outcome(client.subscribe('a', () => {}, { timeoutMs: 10 }));
    await stage.clock.advance(10);
    expect(subscribed.code).toBe('TIMEOUT');
    expect(stage.link.of('unsubscribe').map(({ topicFilters }) => topicFilters)).toEqual([['a']]);
  });

  it('asked for without a connection, waits for one', async () => {
    const stage = new Stage();
    const client = await stage.offline();
    const all = outcomesOf(['a', 'b'].map((filter) => client.subscribe(filter, () => {})));
    await stage.settle();
    expect(all.map(({ state }) => state)).toEqual(['pending', 'pending']);
    await stage.online(client);
    expect(all.map(({ state }) => state)).toEqual(['resolved', 'resolved']);
  });
});

describe('unsubscribe', () => {
  it('tells the server once nobody wants the filter any more', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const [one, two] = [
      await stage.when(client.subscribe('a', () => {})),
      await stage.when(client.subscribe('a', () => {})),
    ];
    await stage.when(one.unsubscribe());
    expect(stage.link.of('unsubscribe')).toEqual([]);
    await stage.when(two.unsubscribe());
    expect(stage.link.of('unsubscribe').map(({ topicFilters }) => topicFilters)).toEqual([['a']]);
    await stage.when(two.unsubscribe());
    expect(stage.link.of('unsubscribe').length).toBe(1);
  });

  it('by filter ends every subscription that has it', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const subscription = await stage.when(client.subscribe(['a', 'b'], () => {}));
    await stage.when(client.unsubscribe('a'));
    expect(subscription.isEnded).toBe(true);
    await stage.when(client.unsubscribe('nothing'));
  });

  it('waits for the answer, over connections', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const subscription = await stage.when(client.subscribe('a', () => {}));
    stage.script.holds.add('unsuback');
    const unsubscribed = new Outcome(subscription.unsubscribe());
    await stage.settle();
    expect(unsubscribed.state).toBe('pending');
    stage.script.holds.clear();
    await stage.interrupt(client);
    expect(unsubscribed.state).toBe('resolved');
    expect(stage.link.of('unsubscribe').length).toBe(1);
  });

  it('acknowledges what still comes for it, and hands it to nobody, not even to a later subscription', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const subscription = await stage.when(client.subscribe('a', () => {}));
    await stage.when(subscription.unsubscribe());
    stage.link.post('a', 'late', { qos: 1 });
    await stage.settle();
    expect(stage.link.settledIdentifiers).toEqual([1]);
    const { texts, handler } = collector();
    await stage.when(client.subscribe('a', handler));
    expect(texts).toEqual([]);
  });
});
