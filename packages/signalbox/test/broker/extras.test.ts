// What a broker does beyond the standard when it is told to: rewriting, automatic subscriptions, retained messages with an
// age, Response Information, sharing.
import { describe, expect, it } from 'vitest';
import { Broker } from '../../src/broker/broker.ts';
import type { BrokerExtras } from '../../src/broker/extras.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { startBroker } from '../support/test-broker.ts';

describe('topic rewriting', () => {
  const rewrites = [
    { from: 'old/+/#', to: 'new/$1/$2' },
    { from: 'mine/#', to: 'clients/%c/$1' },
    { from: 'named/#', to: 'users/%u/$1' },
    { from: 'pub', to: 'published', action: 'publish' },
    { from: 'sub', to: 'subscribed', action: 'subscribe' },
    { from: 'broken/+', to: '$1' },
  ] as const;

  it('is done once, by the first rule, for publish, subscribe and unsubscribe', async () => {
    const { connect } = await startBroker({ rewrites: [...rewrites, { from: 'new/#', to: 'twice/$1' }] });
    const client = await connect('me', { connect: { username: 'joe' } });
    const watcher = await connect('watcher');
    await watcher.subscribe('#');
    for (const topic of ['old/a/b', 'mine/x', 'named/x', 'pub', 'sub', 'other'])
      await client.publish(topic, '', { qos: 1 });
    expect(await watcher.messages()).toEqual(
      ['new/a/b', 'clients/me/x', 'users/joe/x', 'published', 'sub', 'other'].map((topic) => `${topic}=`),
    );
    for (const filter of ['old/+/b', '$share/g/mine/#', 'sub', 'pub']) await client.subscribe(filter, 0);
    await watcher.publish('old/z/b');
    await watcher.publish('clients/me/y');
    await watcher.publish('subscribed');
    expect(await client.messages()).toEqual(['new/z/b=', 'clients/me/y=', 'subscribed=']);
    client.send({ type: 'unsubscribe', topicFilters: ['old/+/b', 'nothing'] });
    expect((await client.next('unsuback')).reasonCodes).toEqual([0, 0x11]);
  });

  it('leaves a topic as it is when it would become none, or a name is missing or dangerous', async () => {
    const { connect } = await startBroker({ rewrites });
    const watcher = await connect('watcher');
    await watcher.subscribe('#');
    const nameless = await connect('#');
    await nameless.publish('named/x', '', { qos: 1 });
    await nameless.publish('mine/x', '', { qos: 1 });
    await nameless.publish('broken/', '', { qos: 1 });
    expect(await watcher.messages()).toEqual(['named/x=', 'mine/x=', 'broken/=']);
    expect((await nameless.subscribe('mine/#')).reasonCodes).toEqual([0]);
    await watcher.publish('mine/y');
    await watcher.publish('clients/x/y');
    expect(await nameless.messages()).toEqual([]);
  });

  it('comes before hooks, holds for wills, and for what is delayed', async () => {
    const clock = new ManualClock();
    const asked: string[] = [];
    const { connect } = await startBroker({
      clock,
      rewrites,
      hooks: {
        authorize: (_client, action, topic) => {
          asked.push(`${action} ${topic}`);
          return true;
        },
      },
    });
    const watcher = await connect('watcher');
    await watcher.subscribe('old/+/#');
    const will = { topicName: 'old/will/x', payload: new Uint8Array(), qos: 0, retain: false, properties: {} } as const;
    const client = await connect('client', { connect: { will } });
    await client.publish('$delayed/5/old/late/x', '', { qos: 1 });
    await client.publish('old/a/b', '', { qos: 1 });
    await client.destroy();
    expect((await watcher.messages()).sort()).toEqual(['new/a/b=', 'new/will/x=']);
    clock.advance(6);
    expect(await watcher.messages()).toEqual(['new/late/x=']);
    const published = ['will/x', 'late/x', 'a/b', 'will/x', 'late/x'].map((topic) => `publish new/${topic}`);
    expect(asked).toEqual(['subscribe new/+/#', ...published]); // what waited, once more when it is published
    const second = await connect('second', { connect: { will: { ...will, topicName: '$delayed/5/old/will/y' } } });
    await second.destroy();
    clock.advance(6);
    expect(await watcher.messages()).toEqual(['new/will/y=']);
  });

  it('does not mix up Topic Aliases', async () => {
    const { connect } = await startBroker({ rewrites });
    const watcher = await connect('watcher');
    await watcher.subscribe('#');
    const client = await connect('client');
    await client.publish('old/a/b', '1', { qos: 1, properties: { topicAlias: 1 } });
    await client.publish('', '2', { qos: 1, properties: { topicAlias: 1 } });
    expect(await watcher.messages()).toEqual(['new/a/b=1', 'new/a/b=2']);
  });
});

describe('what a topic brings into a rewritten one', () => {
  it('is as it was: names are filled into what the operator wrote, and nowhere else', async () => {
    const { connect } = await startBroker({ rewrites: [{ from: 'a/+/#', to: 'b/%c/$1/%c/$2' }] });
    const watcher = await connect('watcher');
    await watcher.subscribe('#');
    const client = await connect('me');
    await client.publish('a/%c/x%u', '1', { qos: 1 });
    expect(await watcher.messages()).toEqual(['b/me/%c/me/x%u=1']);
  });

  it('costs no more than it is long', async () => {
    const { broker, connect } = await startBroker({ rewrites: [{ from: 'a/#', to: 'b/$1' }] });
    const errors: unknown[] = [];
    broker.on('error', ({ error }) => errors.push(error));
    const watcher = await connect('watcher');
    await watcher.subscribe('b/#');
    const client = await connect('c'.repeat(60_000)); // two gigabytes, if each name were filled in
    await client.publish(`a/${'%c'.repeat(32_000)}`, '1', { qos: 1 });
    expect(await watcher.messages()).toEqual([`b/${'%c'.repeat(32_000)}=1`]);
    expect(errors).toEqual([]);
  });
});

describe('rewriting and delays together', () => {
  it('a delay within a delay does not get past whoever is asked', async () => {
    const clock = new ManualClock();
    const asked: string[] = [];
    const { connect } = await startBroker({
      clock,
      rewrites: [{ from: 'old/#', to: '$1' }],
      hooks: {
        authorize: (_client, action, topic) => {
          if (action === 'publish') asked.push(topic);
          return !topic.startsWith('secret');
        },
      },
    });
    const watcher = await connect('watcher');
    await watcher.subscribe('#');
    const client = await connect('me');
    await client.publish('$delayed/1/old/$delayed/0/secret', 'x', { qos: 1 });
    await client.publish('$delayed/1/old/secret', 'y', { qos: 1 });
    await client.publish('$delayed/1/old/open', 'z', { qos: 1 });
    clock.advance(2_000);
    expect(await watcher.messages()).toEqual(['open=z']);
    expect(asked).toEqual(['secret', 'open', 'open']);
  });
});

describe('automatic subscriptions', () => {
  const autoSubscribe = [
    { topicFilter: 'to/%c', qos: 1, retainHandling: 0 },
    { topicFilter: 'users/%u' },
    { topicFilter: '$share/workers/jobs' },
  ] as const;

  it('are there before CONNACK, without asking hooks', async () => {
    const { connect, broker } = await startBroker({ autoSubscribe, hooks: { authorize: () => false } });
    const subscribed: string[] = [];
    broker.on('subscribed', ({ client, topicFilter, reasonCode }) =>
      subscribed.push(`${client.clientId} ${topicFilter} ${reasonCode}`),
    );
    await broker.publish({ topicName: 'to/a', payload: 'retained', retain: true, qos: 1 });
    const client = await connect('a', { connect: { username: 'joe' } });
    await broker.publish({ topicName: 'users/joe', payload: 'x' });
    await broker.publish({ topicName: 'jobs', payload: 'y' });
    expect(await client.messages()).toEqual(['to/a=retained', 'users/joe=x', 'jobs=y']);
    expect(subscribed).toEqual(['a to/a 1', 'a users/joe 0', 'a $share/workers/jobs 0']);
  });

  it('are left out for names that would mean something else', async () => {
    const { connect, broker } = await startBroker({ autoSubscribe });
    const client = await connect('+', { connect: { username: 'a/b' } });
    await broker.publish({ topicName: 'to/x' });
    await broker.publish({ topicName: 'users/a/b' });
    expect(await client.messages()).toEqual([]);
  });

  it('lead nobody to topics that begin with $, whatever its name', async () => {
    const { connect, broker } = await startBroker({
      autoSubscribe: [{ topicFilter: '%c/x/#' }, { topicFilter: '$share/g/%u/#' }, { topicFilter: 'to/%c' }],
    });
    const subscribed: string[] = [];
    broker.on('subscribed', ({ topicFilter }) => subscribed.push(topicFilter));
    await connect('$share', { connect: { username: '$SYS' } });
    expect(subscribed).toEqual(['to/$share']);
  });

  it('come again with a session that is resumed, and can be ended by the client', async () => {
    const { connect, broker } = await startBroker({ autoSubscribe: autoSubscribe.slice(0, 1) });
    const lasting = { connect: { cleanStart: false, properties: { sessionExpiryInterval: 100 } } };
    const client = await connect('a', lasting);
    client.send({ type: 'unsubscribe', topicFilters: ['to/a'] });
    expect((await client.next('unsuback')).reasonCodes).toEqual([0]);
    await client.disconnect();
    const again = await connect('a', lasting);
    await broker.publish({ topicName: 'to/a', payload: 'x', qos: 1 });
    expect(await again.messages()).toEqual(['to/a=x']);
  });
});

describe('retained messages with an age', () => {
  it('are forgotten by it, or earlier when they expire; the first rule holds', async () => {
    const clock = new ManualClock();
    const retainedExpiry = [
      { topicFilter: 'a/long', seconds: 100 },
      { topicFilter: 'a/#', seconds: 10 },
    ];
    const { connect, broker } = await startBroker({ clock, retainedExpiry });
    const watcher = await connect('watcher');
    await watcher.subscribe('#', 1, { retainHandling: 2 });
    for (const topicName of ['a/short', 'a/long', 'b']) await broker.publish({ topicName, payload: 'x', retain: true });
    await broker.publish({ topicName: 'a/soon', payload: 'x', retain: true, properties: { messageExpiryInterval: 3 } });
    const live = await Promise.all(Array.from({ length: 4 }, () => watcher.message()));
    expect(live.map(({ properties }) => properties.messageExpiryInterval)).toEqual([
      undefined,
      undefined,
      undefined,
      3,
    ]);
    const found = async () => {
      const client = await connect();
      await client.subscribe('#');
      return (await client.messages()).map((message) => message.slice(0, -2)).sort();
    };
    expect(await found()).toEqual(['a/long', 'a/short', 'a/soon', 'b']);
    clock.advance(5);
    expect(await found()).toEqual(['a/long', 'a/short', 'b']);
    clock.advance(6);
    expect(await found()).toEqual(['a/long', 'b']);
    clock.advance(100);
    expect(await found()).toEqual(['b']);
  });
});

describe('Response Information', () => {
  it('[MQTT-3.1.2-28] is told to who asks for it', async () => {
    const { connect } = await startBroker({ responseInformation: 'replies/%c' });
    const asking = await connect('a', { connect: { properties: { requestResponseInformation: true } } });
    expect(asking.connack.properties.responseInformation).toBe('replies/a');
    const silent = await connect('b');
    expect(silent.connack.properties.responseInformation).toBeUndefined();
    const named = await connect('c/d', { connect: { properties: { requestResponseInformation: true } } });
    expect(named.connack.properties.responseInformation).toBeUndefined();
    const assigned = await connect('', { connect: { properties: { requestResponseInformation: true } } });
    const { assignedClientIdentifier, responseInformation } = assigned.connack.properties;
    expect(responseInformation).toBe(`replies/${assignedClientIdentifier}`);
  });
});

describe('sharing', () => {
  async function shares(extras: BrokerExtras, shareName: string): Promise<number[]> {
    const { connect } = await startBroker(extras);
    const members = [await connect('one'), await connect('two')];
    for (const member of members) await member.subscribe(`$share/${shareName}/a/#`, 1);
    const publisher = await connect('publisher');
    for (let i = 0; i < 10; i++) await publisher.publish('a/same', '', { qos: 1 });
    return Promise.all(members.map(async (member) => (await member.messages()).length));
  }

  it('goes by the strategy of the group, or of the broker', async () => {
    expect(await shares({}, 'g')).toEqual([5, 5]);
    expect(await shares({ sharing: { strategy: 'sticky' } }, 'g')).toEqual([10, 0]);
    expect((await shares({ sharing: { strategy: 'hash-topic' } }, 'g')).sort()).toEqual([0, 10]);
    expect((await shares({ sharing: { groups: { g: 'hash-client' } } }, 'g')).sort()).toEqual([0, 10]);
    expect(await shares({ sharing: { groups: { g: 'sticky' } } }, 'constructor')).toEqual([5, 5]);
    const random = await shares({ sharing: { strategy: 'random' } }, 'g');
    expect(random[0]! + random[1]!).toBe(10);
  });

  it('least-in-flight prefers who acknowledges', async () => {
    const { connect } = await startBroker({ sharing: { strategy: 'least-in-flight' } });
    const slow = await connect('slow', { silent: true });
    const quick = await connect('quick');
    for (const member of [slow, quick]) await member.subscribe('$share/g/a', 1);
    const publisher = await connect('publisher');
    for (let i = 0; i < 10; i++) {
      await publisher.publish('a', '', { qos: 1 });
      await quick.messages();
    }
    expect(await slow.messages()).toHaveLength(1);
  });
});

it('settings that make no sense are refused with a word about them', () => {
  const cases: [BrokerExtras, string][] = [
    [{ sharing: { strategy: 'best' as never } }, 'there is no sharing strategy “best”, but round-robin, random,'],
    [{ sharing: { groups: { g: 'best' as never } } }, 'there is no sharing strategy “best”'],
    [{ rewrites: [{ from: 'a/#/b', to: 'x' }] }, '“a/#/b” is no Topic Filter to rewrite'],
    [{ rewrites: [{ from: 'a', to: '' }] }, '“a” cannot become “”: it is empty'],
    [{ rewrites: [{ from: 'a', to: 'b', action: 'all' as never }] }, 'is for publish or subscribe, not all'],
    [{ rewrites: Array.from({ length: 1001 }, () => ({ from: 'a', to: 'b' })) }, 'rewrites has more than 1000 rules'],
    [
      { autoSubscribe: [{ topicFilter: 'a#' }] },
      'autoSubscribe “a#” is no Topic Filter: # must be the whole last level',
    ],
    [{ autoSubscribe: [{ topicFilter: 'a', qos: 3 as never }] }, 'there is no QoS 3'],
    [{ autoSubscribe: [{ topicFilter: 'a', retainHandling: 3 as never }] }, 'there is no Retain Handling 3'],
    [{ autoSubscribe: [{ topicFilter: '$share/g/a', noLocal: true }] }, 'a Shared Subscription has no No Local'],
    [{ retainedExpiry: [{ topicFilter: '', seconds: 1 }] }, 'retainedExpiry “” is no Topic Filter: it is empty'],
    [{ retainedExpiry: [{ topicFilter: 'a', seconds: 0.5 }] }, 'seconds must be an integer of at least 1'],
    [{ responseInformation: 'a/#' }, 'responseInformation is no Topic Name: a Topic Name must not contain + or #'],
  ];
  for (const [extras, words] of cases) expect(() => new Broker(extras)).toThrow(words);
});
