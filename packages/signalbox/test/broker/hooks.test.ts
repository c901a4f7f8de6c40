// The hooks about messages and subscriptions: what they may decide, and who waits while they think.
import { describe, expect, it } from 'vitest';
import type { BrokerHooks, ClientInfo, PublishedMessage } from '../../src/broker/hooks.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { PendingHook } from '../support/pending-hook.ts';
import { startBroker } from '../support/test-broker.ts';

describe('authorize', () => {
  const rules: BrokerHooks['authorize'] = (client: ClientInfo, action, topic) =>
    topic === `${action}/${client.clientId}`;

  for (const kind of ['at once', 'later'] as const) {
    it(`decides on each topic, ${kind}`, async () => {
      const authorize: BrokerHooks['authorize'] =
        kind === 'at once' ? rules : (...args) => Promise.resolve(rules(...args));
      const { connect, broker } = await startBroker({ hooks: { authorize } });
      const client = await connect('me');
      const subscriptions = ['subscribe/me', 'subscribe/you', '#', '$share/g/subscribe/me'].map(
        (topicFilter) => ({ topicFilter, qos: 1 }) as const,
      );
      client.send({ type: 'subscribe', subscriptions });
      expect((await client.next('suback')).reasonCodes).toEqual([1, 0x87, 0x87, 1]);
      expect(await client.publish('publish/me', '', { qos: 1 })).toBe(0x10);
      expect(await client.publish('publish/you', '', { qos: 1 })).toBe(0x87);
      expect(await client.publish('publish/you', '', { qos: 2 })).toBe(0x87);
      await client.publish('publish/you', '');
      expect(await client.messages()).toEqual([]);
      expect(broker.statistics.dropped).toEqual({ 'not-authorized': 3 });
    });
  }

  it('is told the group of a shared subscription, also when it is asked again', async () => {
    const asked: unknown[] = [];
    const authorize: BrokerHooks['authorize'] = (_client, _action, topic, details) => {
      asked.push([topic, details]);
      return true;
    };
    const { connect, broker } = await startBroker({ hooks: { authorize } });
    const client = await connect('me');
    for (const topicFilter of ['$share/g/a/#', 'b']) await client.subscribe(topicFilter);
    await broker.reviewSubscriptions();
    const once = Object.entries({ 'a/#': { shareName: 'g' }, b: undefined });
    expect(asked).toEqual([...once, ...once]);
  });

  it('[MQTT-3.3.5-2@3.1.1] a message of 3.1.1 that is refused is acknowledged as usual', async () => {
    const { connect, broker } = await startBroker({ hooks: { authorize: () => false } });
    const client = await connect('client', { protocolVersion: 4 });
    expect((await client.subscribe('a', 1)).reasonCodes).toEqual([0x80]);
    expect(await client.publish('a', '', { qos: 1 })).toBe(0);
    expect(await client.publish('a', '', { qos: 2 })).toBe(0);
    expect(broker.statistics.dropped).toEqual({ 'not-authorized': 2 });
  });

  for (const kind of ['throws', 'rejects'] as const) {
    it(`when it ${kind} only its own client is ended, with 0x80, and the message goes nowhere`, async () => {
      const authorize: BrokerHooks['authorize'] = ({ clientId }) => {
        if (clientId !== 'poor') return true;
        if (kind === 'throws') throw new Error('no database');
        return Promise.reject(new Error('no database'));
      };
      const { connect, broker } = await startBroker({ hooks: { authorize } });
      const errors: unknown[] = [];
      broker.on('error', ({ error }) => errors.push(error));
      const other = await connect('other');
      await other.subscribe('#', 0);
      const poor = await connect('poor');
      void poor.publish('a', 'x', { qos: 1 });
      expect(await poor.next('disconnect')).toMatchObject({ reasonCode: 0x80 });
      await poor.closed;
      expect(await other.messages()).toEqual([]);
      expect(errors).toHaveLength(1);
    });
  }
});

describe('onPublish', () => {
  it('passes on, replaces, or refuses with a reason', async () => {
    const seen: PublishedMessage[] = [];
    const onPublish: BrokerHooks['onPublish'] = (_client, message) => {
      seen.push(message);
      switch (message.topicName) {
        case 'replace':
          return { payload: Buffer.from('other') };
        case 'forget':
          return { retain: false };
        case 'retain':
          return { retain: true, payload: Buffer.from('kept') };
        case 'no':
          return false;
        case 'quota':
          return 0x97;
        case 'fine':
          return 0;
        default:
          return undefined;
      }
    };
    const { connect, broker } = await startBroker({ hooks: { onPublish } });
    const watcher = await connect('watcher');
    await watcher.subscribe('#', 1);
    const client = await connect('client');
    const codes: number[] = [];
    const topics = ['plain', 'replace', 'forget', 'retain', 'no', 'quota', 'fine'];
    for (const topic of topics)
      codes.push(
        await client.publish(topic, 'payload', {
          qos: 1,
          retain: topic === 'forget',
          properties: { contentType: 'c' },
        }),
      );
    expect(codes).toEqual([0, 0, 0, 0, 0x87, 0x97, 0]);
    expect(seen.map(({ topicName, qos, retain }) => [topicName, qos, retain])).toEqual(
      topics.map((topic) => [topic, 1, topic === 'forget']),
    );
    const first = await watcher.message();
    expect(first).toMatchObject({ topicName: 'plain', text: 'payload', properties: { contentType: 'c' } });
    expect(await watcher.message()).toMatchObject({
      topicName: 'replace',
      text: 'other',
      properties: { contentType: 'c' },
    });
    expect(await watcher.messages()).toEqual(['forget=payload', 'retain=kept', 'fine=payload']);
    const late = await connect('late');
    await late.subscribe('#', 0);
    expect(await late.messages()).toEqual(['retain=kept']);
    expect(broker.statistics.dropped).toEqual({ 'refused-by-hook': 2 });
  });

  it('[MQTT-4.6.0-5] [MQTT-4.6.0-2] while it thinks only its client waits, and the order of its messages is kept', async () => {
    const hook = new PendingHook<undefined>();
    let asked = 0;
    const { connect } = await startBroker({
      hooks: { onPublish: ({ clientId }) => (clientId === 'slow' && asked++ === 0 ? hook.ask() : undefined) },
    });
    const [watcher, slow, quick] = [await connect('watcher'), await connect('slow'), await connect('quick')];
    await watcher.subscribe('#', 1);
    const settled = ['1', '2', '3'].map((payload, i) => slow.publish('t', payload, { qos: (i % 3) as 0 | 1 | 2 }));
    await hook.asked;
    for (let i = 0; i < 50; i++) await quick.publish('q', String(i), { qos: 1 });
    expect(await watcher.messages()).toHaveLength(50);
    hook.answer(undefined);
    expect(await Promise.all(settled)).toEqual([0, 0, 0]);
    expect(await watcher.messages()).toEqual(['t=1', 't=2', 't=3']);
  });

  it('PUBLISH followed by DISCONNECT is not lost over a slow hook, nor is the session change of DISCONNECT', async () => {
    const hook = new PendingHook<undefined>();
    const { connect, broker } = await startBroker({ hooks: { onPublish: () => hook.ask() } });
    const watcher = await connect('watcher');
    await watcher.subscribe('#', 1);
    const client = await connect('client', {
      connect: {
        cleanStart: false,
        properties: { sessionExpiryInterval: 3600 },
        will: { topicName: 'w', payload: 'will' },
      },
    });
    void client.publish('a', 'last words', { qos: 0 });
    client.send({ type: 'disconnect', properties: { sessionExpiryInterval: 0 } });
    await hook.asked;
    client.transport.destroy();
    await watcher.messages();
    const gone = new Promise<void>((resolve) => broker.on('disconnected', () => resolve()));
    hook.answer(undefined);
    await gone;
    expect(await watcher.messages()).toEqual(['a=last words']);
    expect((await connect('client', { connect: { cleanStart: false } })).connack.sessionPresent).toBe(false);
  });

  it('a client whose hook thinks longer than its Keep Alive is not cut off for it', async () => {
    const clock = new ManualClock();
    const hook = new PendingHook<undefined>();
    const { connect } = await startBroker({ clock, hooks: { onPublish: () => hook.ask() } });
    const client = await connect('client', { connect: { keepAlive: 1 } });
    const settled = client.publish('a', '', { qos: 1 });
    await hook.asked;
    client.send({ type: 'pingreq' });
    clock.advance(10);
    hook.answer(undefined);
    expect(await settled).toBe(0x10);
    await client.next('pingresp');
    clock.advance(10); // and now it is really silent
    await client.closed;
  });
});

describe('onSubscribe', () => {
  it('lowers, refuses, and never grants more than was asked for', async () => {
    const { connect } = await startBroker({
      hooks: {
        onSubscribe: (_client, { topicFilter }) => {
          if (topicFilter === 'low') return Promise.resolve(0);
          if (topicFilter === 'no') return false;
          if (topicFilter === 'quota') return 0x97;
          if (topicFilter === 'more') return 2;
          return undefined;
        },
      },
    });
    const client = await connect('client');
    const subscriptions = ['low', 'no', 'quota', 'more', 'plain'].map(
      (topicFilter) => ({ topicFilter, qos: 1 }) as const,
    );
    client.send({ type: 'subscribe', subscriptions });
    expect((await client.next('suback')).reasonCodes).toEqual([0, 0x87, 0x97, 1, 1]);
    const publisher = await connect('publisher');
    for (const { topicFilter } of subscriptions) await publisher.publish(topicFilter, '', { qos: 2 });
    const received = [await client.message(), await client.message(), await client.message()];
    expect(received.map(({ topicName, qos }) => [topicName, qos])).toEqual([
      ['low', 0],
      ['more', 1],
      ['plain', 1],
    ]);
  });

  it('[MQTT-3.9.3-2@3.1.1] every refusal is 0x80 before 5.0', async () => {
    const { connect } = await startBroker({ hooks: { onSubscribe: () => 0x97 } });
    expect((await (await connect('old', { protocolVersion: 4 })).subscribe('a', 2)).reasonCodes).toEqual([0x80]);
  });

  it('a client that is gone before the answer has no subscription', async () => {
    const hook = new PendingHook<undefined>();
    const { connect, broker } = await startBroker({ hooks: { onSubscribe: () => hook.ask() } });
    const client = await connect('client');
    client.send({ type: 'subscribe', subscriptions: [{ topicFilter: 'a', qos: 1 }] });
    await hook.asked;
    const gone = new Promise<void>((resolve) => broker.on('disconnected', () => resolve()));
    broker.disconnect('client');
    await client.closed;
    hook.answer(undefined);
    await gone;
    expect(await (await connect('publisher')).publish('a', '', { qos: 1 })).toBe(0x10);
  });
});
