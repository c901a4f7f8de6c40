// How a client ends: what close() waits for, and that nothing is left afterwards.
import { describe, expect, it } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import { Outcome, outcomesOf } from './support/outcome.ts';
import { Stage } from './support/stage.ts';

describe('a client that ends by itself', () => {
  it('rejects with a ClientError that has the cause, whatever the network said', async () => {
    const stage = new Stage();
    stage.script.holds.add('puback').add('suback');
    const client = await stage.connect({ reconnect: false });
    const all = outcomesOf<unknown>([client.publish('a', '', { qos: 1 }), client.subscribe('a')]);
    await stage.settle();
    stage.link.cut();
    await stage.settle();
    expect(all.map(({ code }) => code)).toEqual(['CONNECTION_LOST', 'CONNECTION_LOST']);
    expect((all[0]!.error as Error).cause).toMatchObject({ message: 'the network failed' });
    expect(await client.closed).toMatchObject({
      code: 'CONNECTION_LOST',
      message: expect.stringContaining('the network failed'),
    });
  });
});

describe('close', () => {
  it('waits for what was published, takes leave and ends', async () => {
    const stage = new Stage();
    stage.script.holds.add('puback');
    const client = await stage.connect();
    const published = new Outcome(client.publish('a', '', { qos: 1 }));
    const closing = new Outcome(client.close());
    await stage.settle();
    expect([client.state, closing.state]).toEqual(['closing', 'pending']);
    stage.link.answer();
    await stage.settle();
    expect(published.state).toBe('resolved');
    expect(closing.state).toBe('resolved');
    expect(stage.link.packets.at(-1)).toMatchObject({
      type: 'disconnect',
      reasonCode: 0,
      properties: { sessionExpiryInterval: 0 },
    });
    expect(await client.closed).toBeUndefined();
    expect(stage.clock.scheduled).toBe(0);
  });

  it('waits for no longer than it may', async () => {
    const stage = new Stage();
    stage.script.holds.add('puback');
    const client = await stage.connect();
    const published = new Outcome(client.publish('a', '', { qos: 1 }));
    const closing = new Outcome(client.close({ timeoutMs: 300 }));
    await stage.clock.advance(300);
    expect(published.code).toBe('CLOSED');
    expect(closing.state).toBe('resolved');
    expect(stage.clock.scheduled).toBe(0);
  });

  it('waits for nothing with flush: false', async () => {
    const stage = new Stage();
    stage.script.holds.add('puback').add('suback');
    const client = await stage.connect();
    const all = outcomesOf<unknown>([client.publish('a', '', { qos: 1 }), client.subscribe('a'), client.flush()]);
    await stage.when(client.close({ flush: false }));
    expect(all.map(({ code }) => code)).toEqual(['CLOSED', 'CLOSED', undefined]);
    expect(all[2]!.state).toBe('resolved');
  });

  it('is hurried by a second call that waits for nothing, and by the signal', async () => {
    const stage = new Stage();
    stage.script.holds.add('puback');
    const controller = new AbortController();
    for (const hurry of [(client: Client) => client.close({ flush: false }), () => controller.abort()]) {
      const client = await stage.connect({ signal: controller.signal });
      const published = new Outcome(client.publish('a', '', { qos: 1 }));
      const closing = new Outcome(client.close({ timeoutMs: 1e9 }));
      await stage.settle();
      void hurry(client);
      await stage.settle();
      expect([published.code, closing.state]).toEqual(['CLOSED', 'resolved']);
    }
    expect(stage.clock.scheduled).toBe(0);
  });

  it('waits for nothing when the connection fails meanwhile', async () => {
    const stage = new Stage();
    stage.script.holds.add('puback');
    const client = await stage.connect();
    const published = new Outcome(client.publish('a', '', { qos: 1 }));
    const closing = new Outcome(client.close({ timeoutMs: 1e9 }));
    await stage.settle();
    stage.link.cut();
    await stage.settle();
    expect([published.code, closing.state]).toEqual(['CLOSED', 'resolved']);
    expect(stage.clock.scheduled).toBe(0);
  });

  it('keeps the session of a client that asked for one, and sends the reason code it is given', async () => {
    const stage = new Stage();
    const client = await stage.connect({ sessionExpiryInterval: 99 });
    await stage.when(client.close({ reasonCode: 4, properties: { reasonString: 'bye' } }));
    const { reasonCode, properties } = stage.link.of('disconnect')[0]!;
    expect([reasonCode, properties]).toEqual([4, { reasonString: 'bye' }]);
  });

  it('reports an impossible reason code, and closes', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    await stage.when(client.close({ reasonCode: 0x42 }));
    expect(stage.problems.length).toBe(1);
    expect(client.state).toBe('closed');
  });

  it('twice is once, and everything after it rejects at once', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const closing = outcomesOf([client.close(), client.close(), client[Symbol.asyncDispose]()]);
    const late = outcomesOf<unknown>([
      client.publish('a', ''),
      client.publish('a', '', { timeoutMs: 5 }),
      client.subscribe('a'),
      client.request('a'),
      client.ready(),
      client.publishStream([{ topicName: 'a' }]),
    ]);
    await stage.settle();
    expect(closing.every(({ state }) => state === 'resolved')).toBe(true);
    expect(late.map(({ code }) => code)).toEqual(late.map(() => 'CLOSED'));
    expect(stage.link.of('disconnect').length).toBe(1);
    expect(stage.clock.scheduled).toBe(0);
  });

  it('leaves subscriptions that can be ended, and not changed', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const subscription = await stage.when(client.subscribe('a'));
    await stage.when(client.close());
    const [updated, unsubscribed] = [
      new Outcome(subscription.update({ qos: 0 })),
      new Outcome(subscription.unsubscribe()),
    ];
    await stage.settle();
    expect([updated.code, unsubscribed.state]).toEqual(['CLOSED', 'resolved']);
  });

  it.each(['dialling', 'connecting', 'waiting'])('while %s ends at once', async (moment) => {
    const stage = new Stage();
    if (moment === 'dialling') stage.script.dial = () => 'hang';
    if (moment === 'connecting') stage.script.connack = () => undefined;
    if (moment === 'waiting') stage.script.dial = () => 'refuse';
    const client = await stage.connect({ awaitConnection: false });
    const published = new Outcome(client.publish('a', '', { qos: 1 }));
    await stage.when(client.close());
    expect([client.state, published.code]).toEqual(['closed', 'CLOSED']);
    expect(stage.clock.scheduled).toBe(0);
  });

  it('on a half-open line ends as soon as the transport gives up', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    stage.link.transport.isHalfOpen = true;
    const closing = new Outcome(client.close());
    await stage.clock.advance(2_000);
    expect(closing.state).toBe('resolved');
    expect(stage.clock.scheduled).toBe(0);
  });

  it('ends the loops of subscriptions, of status() and of events(), also those that begin later', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const subscription = await stage.when(client.subscribe('a'));
    const states: string[] = [];
    const loops = outcomesOf<void>([
      (async () => {
        for await (const _ of subscription);
      })(),
      (async () => {
        for await (const { state } of client.status()) states.push(state);
      })(),
      (async () => {
        for await (const _ of client.events());
      })(),
    ]);
    await stage.when(client.close());
    expect(loops.map(({ state }) => state)).toEqual(['resolved', 'resolved', 'resolved']);
    expect(states).toEqual(['connected', 'closing', 'closed']);
    const late = outcomesOf<void>([
      (async () => {
        for await (const _ of client.status());
      })(),
      (async () => {
        for await (const _ of client.events());
      })(),
    ]);
    await stage.settle();
    expect(late.map(({ state }) => state)).toEqual(['resolved', 'resolved']);
  });

  it('is what aborting the signal does', async () => {
    const stage = new Stage();
    const controller = new AbortController();
    const client = await stage.connect({ signal: controller.signal });
    const published = new Outcome(client.publish('a', '', { qos: 1 }));
    stage.script.holds.add('puback');
    controller.abort();
    await stage.settle();
    expect([client.state, published.code]).toEqual(['closed', 'CLOSED']);
  });
});
