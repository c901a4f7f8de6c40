// Subscriptions that exist and are no longer allowed: when the rules change, and when a session comes back.
import { describe, expect, it } from 'vitest';
import type { BrokerHooks } from '../../../src/broker/hooks.ts';
import { ReasonCode } from '../../../src/mqtt/reason-codes.ts';
import { startBroker } from '../../support/test-broker.ts';

const LASTING = { cleanStart: false, properties: { sessionExpiryInterval: 1_000 } };

async function start(later: 'at once' | 'later') {
  const forbidden = new Set<string>();
  const authorize: BrokerHooks['authorize'] = (_client, _action, topic) =>
    later === 'later' ? Promise.resolve(!forbidden.has(topic)) : !forbidden.has(topic);
  const started = await startBroker({ hooks: { authorize } });
  const ended: string[] = [];
  started.broker.on('unsubscribed', ({ topicFilter }) => ended.push(topicFilter));
  return { ...started, forbidden, ended };
}

describe.each(['at once', 'later'] as const)('when authorize answers %s', (later) => {
  it('reviewSubscriptions ends what is no longer allowed, and the connection with 0x87; nobody else notices', async () => {
    const { broker, connect, forbidden, ended } = await start(later);
    const client = await connect('one');
    const other = await connect('other');
    for (const filter of ['a', '$share/g/b', 'c']) await client.subscribe(filter);
    await other.subscribe('c');
    expect(await broker.reviewSubscriptions()).toBe(0);
    forbidden.add('a');
    forbidden.add('b');
    expect(await broker.reviewSubscriptions()).toBe(1);
    expect((await client.next('disconnect')).reasonCode).toBe(ReasonCode.NotAuthorized);
    expect(ended).toEqual(['a', '$share/g/b']);
    await broker.publish({ topicName: 'c', payload: 'x' });
    expect(await other.messages()).toEqual(['c=x']);
  });

  it('a session that comes back has only what is still allowed', async () => {
    const { broker, connect, forbidden, ended } = await start(later);
    const client = await connect('one', { connect: LASTING });
    await client.subscribe('a', 1);
    await client.subscribe('b', 1);
    await client.disconnect();
    forbidden.add('a');
    const again = await connect('one', { connect: LASTING });
    expect(again.connack.sessionPresent).toBe(true);
    expect(ended).toEqual(['a']);
    await broker.publish({ topicName: 'a', payload: '1', qos: 1 });
    await broker.publish({ topicName: 'b', payload: '2', qos: 1 });
    expect(await again.messages()).toEqual(['b=2']);
  });

  it('a session that comes back does not get what waited for what it may not have any more', async () => {
    const { broker, connect, forbidden } = await start(later);
    const client = await connect('one', { connect: LASTING });
    for (const filter of ['a/+', 'a/open', 'b']) await client.subscribe(filter, 1);
    await client.disconnect();
    forbidden.add('a/+');
    await broker.reviewSubscriptions();
    for (const topicName of ['a/secret', 'a/open', 'b']) await broker.publish({ topicName, payload: 'x', qos: 1 });
    const again = await connect('one', { connect: LASTING });
    expect(await again.messages()).toEqual(['a/open=x', 'b=x']);
    expect(broker.statistics.dropped).toEqual({ 'not-authorized': 1 });
  });

  it('a message that authorize allows is passed on, one that it forbids is not', async () => {
    const { broker, connect, forbidden } = await start(later);
    forbidden.add('secret');
    const client = await connect('one');
    await client.subscribe('#');
    expect(await client.publish('secret', '1', { qos: 1 })).toBe(ReasonCode.NotAuthorized);
    expect(await client.publish('open', '2', { qos: 1 })).toBe(0);
    expect(await client.publish('secret', '3', { qos: 2 })).toBe(ReasonCode.NotAuthorized);
    expect(await client.messages()).toEqual(['open=2']);
    expect(broker.statistics.dropped).toEqual({ 'not-authorized': 2 });
  });
});

describe('reviewSubscriptions', () => {
  it('a hook that fails for one client costs that one its connection', async () => {
    let isFailing = false;
    const { broker, connect } = await startBroker({
      hooks: {
        authorize: ({ clientId }) => {
          if (isFailing && clientId === 'one') throw new Error('no directory');
          return true;
        },
      },
    });
    const errors: unknown[] = [];
    broker.on('error', ({ error }) => errors.push(error));
    const [one, two] = [await connect('one'), await connect('two')];
    await one.subscribe('a');
    await two.subscribe('a');
    isFailing = true;
    expect(await broker.reviewSubscriptions()).toBe(1);
    expect((await one.next('disconnect')).reasonCode).toBe(ReasonCode.UnspecifiedError);
    expect(await two.messages()).toEqual([]);
    expect(errors).toHaveLength(1);
  });
});
