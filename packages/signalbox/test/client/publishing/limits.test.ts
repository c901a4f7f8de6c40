// What CONNACK says the server does not take: told to the caller, never to the server. And Topic Aliases.
import { describe, expect, it } from 'vitest';
import { Outcome, outcomesOf } from '../support/outcome.ts';
import { Stage } from '../support/stage.ts';

describe('the limits of CONNACK', () => {
  it.each([
    [{ maximumQoS: 0 as const }, { qos: 1 as const }],
    [{ maximumQoS: 1 as const }, { qos: 2 as const }],
    [{ retainAvailable: false }, { retain: true }],
  ])('%o: a message that is above them rejects, the connection lives on', async (properties, options) => {
    const stage = new Stage();
    stage.script.announce(properties);
    const client = await stage.connect();
    const published = new Outcome(client.publish('a', 'x', options));
    const fine = new Outcome(client.publish('a', 'fine'));
    await stage.settle();
    expect(published.error).toMatchObject({ name: 'UsageError', code: 'NOT_SUPPORTED_BY_PEER' });
    expect(fine.state).toBe('resolved');
    expect(stage.link.messages).toEqual(['fine']);
    expect(stage.link.error).toBeUndefined();
  });

  it('Maximum Packet Size: a message that is too large fails its own promise, once, and nothing else', async () => {
    const stage = new Stage();
    stage.script.announce({ maximumPacketSize: 100 });
    const client = await stage.offline();
    const all = outcomesOf(
      [50, 200, 50].map((size) => client.publish('a', new Uint8Array(size), { qos: size > 100 ? 1 : 0 })),
    );
    await stage.online(client);
    expect(all.map(({ code, state }) => code ?? state)).toEqual(['resolved', 'PACKET_TOO_LARGE', 'resolved']);
    await stage.interrupt(client);
    expect(client.isConnected).toBe(true);
    expect(stage.link.messages).toEqual([]);
  });

  it('a message on its way that the next server does not take is given up with a code', async () => {
    const stage = new Stage();
    stage.script.holds.add('puback').add('pubrec');
    const client = await stage.connect();
    const all = outcomesOf([
      client.publish('a', new Uint8Array(200), { qos: 1 }),
      client.publish('a', '', { qos: 2 }),
      client.publish('a', '', { qos: 1, retain: true }),
    ]);
    await stage.settle();
    stage.script.announce({ maximumPacketSize: 100, maximumQoS: 1, retainAvailable: false });
    await stage.interrupt(client);
    expect(all.map(({ code }) => code)).toEqual(['NOT_SUPPORTED', 'NOT_SUPPORTED', 'NOT_SUPPORTED']);
    expect(client.statistics.inFlight).toBe(0);
  });

  it.each([
    [{ wildcardSubscriptionAvailable: false }, 'a/#'],
    [{ sharedSubscriptionAvailable: false }, '$share/g/a'],
  ])('%o: the subscription rejects and the connection lives on', async (properties, topicFilter) => {
    const stage = new Stage();
    stage.script.announce(properties);
    const client = await stage.connect();
    const refused = new Outcome(client.subscribe(topicFilter, () => {}));
    const plain = new Outcome(client.subscribe('a', () => {}));
    await stage.settle();
    expect(refused.error).toMatchObject({ code: 'NOT_SUPPORTED_BY_PEER' });
    expect(plain.state).toBe('resolved');
    expect(stage.link.error).toBeUndefined();
  });

  it('Server Keep Alive replaces ours', async () => {
    const stage = new Stage();
    stage.script.announce({ serverKeepAlive: 8 });
    await stage.connect({ keepAlive: 600 });
    await stage.clock.advance(20_000);
    expect(stage.link.pings).toEqual([6_000, 12_000, 18_000]);
  });

  it('Server Keep Alive 0 means none', async () => {
    const stage = new Stage();
    stage.script.announce({ serverKeepAlive: 0 });
    const client = await stage.connect();
    await stage.clock.advance(1e9);
    expect(stage.link.pings).toEqual([]);
    expect(client.isConnected).toBe(true);
  });
});

describe('Topic Aliases', () => {
  const sent = (stage: Stage) =>
    stage.link.of('publish').map(({ topicName, properties }) => [topicName, properties.topicAlias]);
  /** The core of the server resolves them: what it says is the Topic Name, and the alias it came with. */
  const bytes = (stage: Stage) => stage.link.transport.bytesWritten;

  it('are given as far as the server allows, the least recently used is replaced', async () => {
    const stage = new Stage();
    stage.script.announce({ topicAliasMaximum: 2 });
    const client = await stage.connect({ topicAliases: 'map' });
    for (const topic of ['a', 'b', 'a', 'c', 'a', 'b']) void client.publish(topic, '');
    await stage.settle();
    expect(sent(stage).map(([topic]) => topic)).toEqual(['a', 'b', 'a', 'c', 'a', 'b']);
    expect(sent(stage).map(([, alias]) => alias)).toEqual([1, 2, 1, 2, 1, 2]);
  });

  it('make a long topic cost nothing the second time, at QoS 1 too', async () => {
    const stage = new Stage();
    stage.script.announce({ topicAliasMaximum: 1 });
    const client = await stage.connect({ topicAliases: 'map' });
    const topic = 'long/'.repeat(100);
    void client.publish(topic, 'x', { qos: 1 });
    await stage.settle();
    const before = bytes(stage);
    void client.publish(topic, 'x', { qos: 1 });
    await stage.settle();
    expect(bytes(stage) - before).toBeLessThan(20);
    expect(stage.link.of('publish').map(({ topicName }) => topicName)).toEqual([topic, topic]);
  });

  it('are not given unless they are asked for', async () => {
    const stage = new Stage();
    stage.script.announce({ topicAliasMaximum: 5 });
    const client = await stage.connect();
    for (let count = 0; count < 3; count++) void client.publish('a', '');
    await stage.settle();
    expect(sent(stage).map(([, alias]) => alias)).toEqual([undefined, undefined, undefined]);
  });

  it.each([0, 1] as const)('given by hand are used as given, at QoS %s', async (qos) => {
    const stage = new Stage();
    stage.script.announce({ topicAliasMaximum: 5 });
    const client = await stage.connect({ topicAliases: 'off' });
    const properties = { topicAlias: 3 };
    const all = outcomesOf([client.publish('a', '', { qos, properties }), client.publish('', '', { qos, properties })]);
    await stage.settle();
    expect(all.map(({ state }) => state)).toEqual(['resolved', 'resolved']);
    expect(sent(stage)).toEqual([
      ['a', 3],
      ['a', 3],
    ]);
  });

  it('given by hand are refused above the maximum, and where the server takes none', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const published = new Outcome(client.publish('a', '', { properties: { topicAlias: 1 } }));
    await stage.settle();
    expect(published.error?.name).toBe('UsageError');
    expect(client.isConnected).toBe(true);
  });

  it('end with the connection: what is sent again has its Topic Name', async () => {
    const stage = new Stage();
    stage.script.announce({ topicAliasMaximum: 5 });
    stage.script.holds.add('puback');
    const client = await stage.connect({ topicAliases: 'map' });
    void client.publish('a', '1', { qos: 1 });
    void client.publish('a', '2', { qos: 1 });
    await stage.settle();
    stage.script.welcome();
    stage.script.holds.clear();
    await stage.interrupt(client);
    expect(stage.link.error).toBeUndefined();
    expect(sent(stage)).toEqual([
      ['a', undefined],
      ['a', undefined],
    ]);
  });
});
